package redact

import "strings"

// flag is an option of some commands whose value is a password, or user:password.
type flag struct {
	text     string
	commands []string // one of them stands before it on the line
	attached bool     // the value follows at once
	pair     bool     // user:password
}

var flags = []flag{
	{" -p", []string{"mysql", "mariadb", "sshpass"}, true, false},
	{" -p ", []string{"sshpass", " login", "beeline", "mongo"}, false, false},
	{" -P ", []string{"sqlcmd", "bcp", "mongo"}, false, false},
	{" -a ", []string{"redis-cli"}, false, false},
	{" -w ", []string{"ldapsearch", "ldapmodify"}, false, false},
	{" -u ", []string{"curl", "wget", "http"}, false, true},
	{" --user ", []string{"curl", "wget", "http"}, false, true},
	{" login ", []string{"wandb"}, false, false},
	{"pass:", []string{"openssl"}, true, false},
	{"user.info=", []string{"auth"}, true, true}, // of Kafka's schema registry
}

func commandRules() []rule {
	var out []rule
	for _, f := range flags {
		out = append(out, rule{kind: "command_password", label: secretLabel, anchors: []anchor{exact(f.text)}, find: f.find})
	}
	var short []anchor
	for _, name := range []string{"pass", "pw"} {
		for _, next := range []string{"=", ":", `"`, "'", `\`} {
			short = append(short, fold(name+next))
		}
	}
	out = append(out, rule{kind: "password", label: secretLabel, find: findShortName, anchors: short},
		rule{kind: "password", label: secretLabel, find: findAfterwards, anchors: []anchor{exact(" -> ")}})
	return append(out, rule{kind: "command_password", label: secretLabel, find: findSlashed, anchors: []anchor{exact("sqlplus "), exact("oracle:thin:")}})
}

func (f flag) find(s string, at, end int) span {
	before := s[max(0, at-nearby) : at+1]
	if cut := strings.LastIndexByte(before, '\n'); cut >= 0 {
		before = before[cut:]
	}
	if !f.follows(before) || end >= len(s) || f.attached && spaceBytes[s[end]] {
		return span{}
	}
	v := argument(s, end)
	if f.pair {
		colon := strings.IndexByte(s[v.start:v.end], ':')
		if colon <= 0 || strings.HasPrefix(s[v.start+colon:], "://") {
			return span{}
		}
		v.start += colon + 1
	}
	if f.attached && run(s, v.start, lowerBytes, maxJudged) == v.end { // an option that is written out: -prompt
		return span{}
	}
	if v.end-v.start < 4 || harmless(s[v.start:v.end]) || s[v.start] == '-' {
		return span{}
	}
	return span{start: v.start, end: v.end}
}

func (f flag) follows(before string) bool {
	for _, c := range f.commands {
		if strings.Contains(before, c) {
			return true
		}
	}
	return false
}

// argument is one argument of a command, without its quotes.
func argument(s string, i int) value {
	if slashes, q := quoteAt(s, i); q != 0 {
		return quotedValue(s, i+slashes+1, slashes, q)
	}
	return plainValue(s, i, maxJudged)
}

// findSlashed is the password of user/password@database.
func findSlashed(s string, _, end int) span {
	user := run(s, end, nameBytes, 64)
	if user == end || user >= len(s) || s[user] != '/' {
		return span{}
	}
	stop := run(s, user+1, userEnd.not(), 128)
	host := strings.IndexByte(s[user:stop], '@')
	if host < 0 || harmless(s[user+1:user+host]) {
		return span{}
	}
	return span{start: user + 1, end: user + host}
}
