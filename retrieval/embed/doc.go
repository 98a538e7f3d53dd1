// Package embed turns text into vectors without a model: features of the text
// hashed into a fixed number of dimensions. It is deterministic, needs no network
// and no training, and is good at what logs are made of: the parts of identifiers,
// the names of errors, kinds of values, and words of one meaning.
//
// Rare words ought to count for more, but how rare a word is changes while logs
// come in. So documents are embedded without, and a query is weighted by the
// frequencies of the moment: vectors never go stale.
package embed
