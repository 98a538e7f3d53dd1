package redact

import "strings"

// keyword is a word that makes a name sensitive. A weak one also names harmless
// things (a token of a parser, the name of a secret), so its values are judged more carefully.
type keyword struct {
	word, kind string
	weak       bool
}

// keywords are asked in this order; a longer word comes before one that it holds.
var keywords = []keyword{
	{"secret_access_key", "aws_secret_access_key", false},
	{"secretaccesskey", "aws_secret_access_key", false},
	{"aws_secret_key", "aws_secret_access_key", false},
	{"security-token", "aws_session_token", false},
	{"security_token", "aws_session_token", false},
	{"session_token", "aws_session_token", true},
	{"sessiontoken", "aws_session_token", true},
	{"sharedaccesskey", "azure_account_key", false},
	{"accountkey", "azure_account_key", false},
	{"account_key", "azure_account_key", false},
	{"fernet_key", "fernet_key", false},
	{"fernet key", "fernet_key", true},
	{"fernet-key", "fernet_key", false},
	{"fernetkey", "fernet_key", false},
	{"dbpassword", "redshift_password", false},
	{"password", "password", false},
	{"passwd", "password", false},
	{"passphrase", "password", false},
	{"pass_phrase", "password", false},
	{"pwd", "password", false},
	{"_pass", "password", true},
	{"dbpass", "password", true},
	{"private_key_id", "gcp_private_key_id", true},
	{"private_key", "api_key", true},
	{"encryption_key", "api_key", true},
	{"signing_key", "api_key", true},
	{"azure.account.key", "azure_account_key", false},
	{"secret.key", "aws_secret_access_key", false},
	{"access.key", "api_key", true},
	{"access_key", "api_key", true},
	{"access-key", "api_key", true},
	{"accesskey", "api_key", true},
	{"api_key", "api_key", true},
	{"api-key", "api_key", true},
	{"apikey", "api_key", true},
	{"jsessionid", "session_cookie", true},
	{"phpsessid", "session_cookie", true},
	{"connect.sid", "session_cookie", true},
	{"sessionid", cookieKind, true},
	{"session_id", cookieKind, true},
	{"session", cookieKind, true},
	{"authorization", "authorization_header", true},
	{"secret", "secret", true},
	{"token", "token", true},
}

// cookieKind marks names that are sensitive in a cookie header only.
const cookieKind = "cookie"

// tails may follow the word in a sensitive name ("secret_key", "password2"); with any
// other tail the name is of something else ("secretName", "token_count", "password_file").
var tails = map[string]bool{
	"": true, "key": true, "accesskey": true, "value": true, "string": true, "text": true, "plain": true, "plaintext": true, "base64": true,
	"old": true, "new": true, "current": true, "previous": true, "hash": true, "token": true, "id": false,
}

// pagers stand before "token" in names of positions in a listing, of requests, and of
// a language model's vocabulary.
var pagers = []string{"next", "page", "continuation", "pagination", "clientrequest", "request", "idempotency", "pad", "bos", "eos", "unk", "mask", "sep", "cls", "max", "sync", "resume", "cancellation", "cancel", "unexpected", "stop"}

// match tells whether a name holds the word at its end, with an accepted tail.
// name is the whole identifier, at is where the word starts.
func (k keyword) match(name string, at int) bool {
	if !hasFold(name, at, k.word) || !tailFits(name[at+len(k.word):]) {
		return false
	}
	if k.word == "password" && squeeze(name[at+len(k.word):]) == "key" {
		return false // where Kubernetes keeps it
	}
	if k.word != "token" {
		return true
	}
	head := squeeze(name[:at])
	for _, p := range pagers {
		if strings.HasSuffix(head, p) {
			return false
		}
	}
	return true
}

func tailFits(tail string) bool {
	if len(tail) > 24 {
		return false
	}
	return tails[strings.TrimRight(squeeze(tail), digits)]
}

// squeeze is a name in lower case without its separators.
func squeeze(name string) string {
	if name == "" {
		return ""
	}
	out := make([]byte, 0, 64)
	for i := 0; i < len(name); i++ {
		if c := name[i]; alnumBytes[c] {
			out = append(out, lowerByte(c))
		}
	}
	return string(out)
}

// nameKind is the kind of value that a name announces, or "".
func nameKind(name string) string {
	if kind := wholeName(name); kind != "" {
		return kind
	}
	if k := announced(name); k.kind != cookieKind {
		return k.kind
	}
	return ""
}

// announced is the first keyword that makes a name sensitive.
func announced(name string) keyword {
	for _, k := range keywords {
		for at := 0; at+len(k.word) <= len(name); at++ {
			if k.match(name, at) {
				return k
			}
		}
	}
	return keyword{}
}

func wholeName(name string) string {
	switch squeeze(name) {
	case "cookie", "setcookie":
		return "session_cookie"
	case "sessionid", "session":
		return "session_cookie"
	case "ssn", "socialsecuritynumber":
		return "us_ssn"
	}
	return ""
}
