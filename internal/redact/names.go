package redact

import "strings"

// keyword is a word that makes a name sensitive. A weak one also names harmless
// things (a token of a parser, the name of a secret), so its values are judged more carefully.
type keyword struct {
	word, kind string
	weak       bool
	random     bool // the value must look random: the word also names things that are no secret
}

// keywords are asked in this order; a longer word comes before one that it holds.
var keywords = []keyword{
	{"secret_access_key", "aws_secret_access_key", false, false},
	{"secretaccesskey", "aws_secret_access_key", false, false},
	{"aws_secret_key", "aws_secret_access_key", false, false},
	{"security-token", "aws_session_token", false, false},
	{"security_token", "aws_session_token", false, false},
	{"session_token", "aws_session_token", true, false},
	{"sessiontoken", "aws_session_token", true, false},
	{"sharedaccesskey", "azure_account_key", false, false},
	{"accountkey", "azure_account_key", false, false},
	{"account_key", "azure_account_key", false, false},
	{"fernet_key", "fernet_key", false, false},
	{"fernet key", "fernet_key", true, false},
	{"fernet-key", "fernet_key", false, false},
	{"fernetkey", "fernet_key", false, false},
	{"dbpassword", "redshift_password", false, false},
	{"password", "password", false, false},
	{"passwd", "password", false, false},
	{"passphrase", "password", false, false},
	{"pass_phrase", "password", false, false},
	{"pwd", "password", false, false},
	{"storepass", "password", false, false},
	{"keypass", "password", false, false},
	{"bindpw", "password", false, false},
	{"requirepass", "password", false, false},
	{"_pass", "password", true, false},
	{"dbpass", "password", true, false},
	{"private_key_id", "gcp_private_key_id", true, false},
	{"private_key", "api_key", true, false},
	{"encryption_key", "api_key", true, false},
	{"signing_key", "api_key", true, false},
	{"azure.account.key", "azure_account_key", false, false},
	{"secret.key", "aws_secret_access_key", false, false},
	{"access.key", "api_key", true, false},
	{"access_key", "api_key", true, false},
	{"access-key", "api_key", true, false},
	{"accesskey", "api_key", true, false},
	{"api_key", "api_key", true, false},
	{"api-key", "api_key", true, false},
	{"apikey", "api_key", true, false},
	{"security_answer", "password", false, false},
	{"totp_seed", "secret", true, true},
	{"subscription-key", "api_key", true, true},
	{"subscription_key", "api_key", true, true},
	{"routing_key", "api_key", true, true},
	{"integration_key", "api_key", true, true},
	{"license_key", "api_key", true, true},
	{"app_key", "api_key", true, true},
	{"appkey", "api_key", true, true},
	{"auth_key", "api_key", true, true},
	{"authkey", "api_key", true, true},
	{"code_verifier", "secret", true, true},
	{"jsessionid", "session_cookie", true, false},
	{"phpsessid", "session_cookie", true, false},
	{"connect.sid", "session_cookie", true, false},
	{"sessionid", cookieKind, true, false},
	{"session_id", cookieKind, true, false},
	{"session", cookieKind, true, false},
	{"authorization", "authorization_header", true, false},
	{"secret", "secret", true, false},
	{"token", "token", true, false},
}

// cookieKind marks names that are sensitive in a cookie header only.
const cookieKind = "cookie"

// tails may follow the word in a sensitive name ("secret_key", "password2"); with any
// other tail the name is of something else ("secretName", "token_count", "password_file").
var tails = map[string]bool{
	"": true, "key": true, "accesskey": true, "value": true, "string": true, "text": true, "plain": true, "plaintext": true, "base64": true,
	"old": true, "new": true, "current": true, "previous": true, "hash": true, "token": true, "id": false, "base": true, "keybase": true,
}

// pagers stand before "token" in names of positions in a listing, of requests, and of
// a language model's vocabulary.
var pagers = []string{"next", "page", "continuation", "pagination", "clientrequest", "request", "idempotency", "pad", "bos", "eos", "unk", "mask", "sep", "cls", "max", "sync", "resume", "cancellation", "cancel", "unexpected", "stop"}

// match tells whether a name holds the word at its end, with an accepted tail.
// name is the whole identifier, at is where it holds the word.
func (k keyword) match(name string, at int) bool {
	if !tailFits(name[at+len(k.word):]) {
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
	var room [128]byte
	low := string(appendLower(room[:0], name))
	for _, k := range keywords {
		for at := 0; ; at++ {
			i := strings.Index(low[at:], k.word)
			if i < 0 {
				break
			}
			if at += i; k.match(name, at) {
				return k
			}
		}
	}
	return keyword{}
}

func appendLower(out []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		out = append(out, lowerByte(s[i]))
	}
	return out
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
