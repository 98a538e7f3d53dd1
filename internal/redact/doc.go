// Package redact hides confidential values in log text: passwords, keys, tokens
// and personal numbers become placeholders such as [redacted:secret:3f9a1c].
// Intake runs it over everything before truncation, disk, a model or chat.
//
// The suffix is a keyed hash (HMAC-SHA256 under the store's salt), so the same
// value has the same placeholder wherever it is found and cannot be recovered.
// A value that shows what it is (an access key, an e-mail address) is labelled with
// its kind; one known only by its place (after password=) is labelled "secret".
//
// A text is read as it stands and, where it has escapes, percent signs or base64 that hold text, as what
// they stand for: a password in JSON within JSON, in a query string or in a Kubernetes secret is found, and
// hidden where it stands.
//
// What it cannot know: a password that nothing names (a bare argument, a word of a sentence that
// speaks of none), one that looks like an ordinary word in prose, and a token in the shape of a request id that
// only a sentence calls a token. Remember and custom patterns are for those.
//
// What holds: the text around a value stays as it was, so JSON stays JSON; Text of
// its own output changes nothing; time is linear in the text; bytes that are
// not UTF-8 pass unharmed. A line with nothing to hide is returned as it is, and
// costs one pass of a byte automaton and no allocation.
package redact
