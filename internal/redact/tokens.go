package redact

import "strings"

// token is a key that shows what it is: a prefix, then at least min bytes of an
// alphabet. With max, a longer run is something else.
type token struct {
	kind     string
	prefixes []string
	alphabet *set
	min, max int
	random   bool // demand a digit and a letter, against ordinary hyphenated words
}

var upperDigits = bytesOf(uppers + digits)

// tokens follows the vendors' own documentation of prefixes and lengths, loosely
// enough to survive a longer key.
func tokens() []token {
	return []token{
		{"aws_access_key_id", []string{"AK" + "IA", "AS" + "IA", "AB" + "IA", "AC" + "CA"}, upperDigits, 16, 16, false},
		{"gcp_api_key", []string{"AI" + "za"}, nameBytes, 35, 0, false},
		{"gcp_oauth_token", []string{"ya" + "29."}, dottedBytes, 20, 0, false},
		{"gcp_client_secret", []string{"GOC" + "SPX-"}, nameBytes, 24, 0, false},
		{"github_token", []string{"gh" + "p_", "gh" + "o_", "gh" + "u_", "gh" + "s_", "gh" + "r_", "github" + "_pat_"}, nameBytes, 22, 0, true},
		{"gitlab_token", []string{"gl" + "pat-", "gl" + "dt-", "gl" + "rt-", "gl" + "cbt-", "gl" + "ptt-", "gl" + "ft-", "gl" + "soat-", "gl" + "agent-"}, dottedBytes, 20, 0, false},
		{"slack_token", []string{"xo" + "xb-", "xo" + "xp-", "xo" + "xa-", "xo" + "xr-", "xo" + "xs-", "xo" + "xe-", "xo" + "xe.", "xo" + "xc-", "xo" + "xd-", "xa" + "pp-"}, dottedBytes, 10, 0, true},
		{"anthropic_key", []string{"sk" + "-ant-"}, nameBytes, 20, 0, true},
		{"openai_key", []string{"sk" + "-"}, nameBytes, 20, 0, true},
		{"huggingface_token", []string{"hf" + "_"}, alnumBytes, 30, 0, false},
		{"stripe_key", []string{"sk" + "_live_", "sk" + "_test_", "rk" + "_live_", "rk" + "_test_", "wh" + "sec_"}, alnumBytes, 16, 0, false},
		{"twilio_key", []string{"S" + "K"}, hexBytes, 32, 32, false},
		{"sendgrid_key", []string{"S" + "G."}, dottedBytes, 50, 0, true},
		{"npm_token", []string{"np" + "m_"}, alnumBytes, 36, 0, false},
		{"pypi_token", []string{"py" + "pi-"}, nameBytes, 50, 0, true},
		{"databricks_token", []string{"da" + "pi"}, hexBytes, 32, 32, false},
		{"vault_token", []string{"hv" + "s.", "hv" + "b.", "hv" + "r."}, nameBytes, 24, 0, false},
		{"digitalocean_token", []string{"do" + "p_v1_", "do" + "o_v1_", "do" + "r_v1_"}, hexBytes, 64, 64, false},
		{"grafana_token", []string{"gl" + "sa_", "gl" + "c_"}, base64Bytes, 32, 0, true},
		{"docker_token", []string{"dckr" + "_pat_"}, nameBytes, 24, 0, false},
		{"shopify_token", []string{"shp" + "at_", "shp" + "ca_", "shp" + "pa_", "shp" + "ss_"}, alnumBytes, 32, 0, false},
		{"linear_key", []string{"lin" + "_api_"}, alnumBytes, 32, 0, false},
		{"newrelic_key", []string{"NR" + "AK-"}, upperDigits, 27, 27, false},
	}
}

func tokenRules() []rule {
	var out []rule
	for _, t := range tokens() {
		r := rule{kind: t.kind, label: t.kind, find: t.find}
		for _, p := range t.prefixes {
			r.anchors = append(r.anchors, exact(p).after(outsideBytes))
		}
		out = append(out, r)
	}
	return append(out, rule{kind: "jwt", label: "jwt", find: findJWT, anchors: []anchor{exact("ey" + "J").after(nameBytes.not())}},
		rule{kind: "telegram_token", label: "telegram_token", find: findBotToken, anchors: []anchor{exact(":A" + "A").after(digitBytes)}})
}

// probe is how many bytes decide whether a token is one; only then is the rest read.
const probe = 128

func (t token) find(s string, at, end int) span {
	stop := trimDots(s, end, run(s, end, t.alphabet, probe))
	if t.kind == "openai_key" && strings.HasPrefix(s[end:], "ant-") {
		return span{} // the longer prefix is another vendor's
	}
	n := stop - end
	if n < t.min || t.max > 0 && (n > t.max || !ends(s, stop)) || t.random && !looksRandom(s[end:stop]) {
		return span{}
	}
	return span{start: at, end: trimDots(s, end, run(s, end, t.alphabet, len(s)))}
}

// trimDots leaves out the full stop of the sentence that a token ends.
func trimDots(s string, from, stop int) int {
	for stop > from && s[stop-1] == '.' {
		stop--
	}
	return stop
}

// looksRandom wants, in the first 64 bytes, digits and letters in both cases,
// or digits among letters in a run of 16 without a hyphen.
func looksRandom(v string) bool {
	v = v[:min(len(v), 64)]
	lower, upper, digit := mix(v)
	if !digit || !lower && !upper {
		return false
	}
	if lower && upper {
		return true
	}
	for i := 0; i < len(v); i++ {
		if stop := run(v, i, alnumBytes, len(v)); stop-i >= 16 {
			return true
		} else if stop > i {
			i = stop
		}
	}
	return false
}

// findJWT wants three base64url parts (RFC 7519); both JSON parts start with {".
func findJWT(s string, at, _ int) span {
	head := run(s, at, nameBytes, len(s))
	if head-at < 10 || head >= len(s) || s[head] != '.' {
		return span{}
	}
	body := run(s, head+1, nameBytes, len(s))
	if body-head < 10 || s[head+1] != 'e' || body >= len(s) || s[body] != '.' {
		return span{}
	}
	return span{start: at, end: run(s, body+1, nameBytes, len(s))}
}

// findBotToken: 8 to 10 digits, a colon, then 35 bytes of base64url.
func findBotToken(s string, at, _ int) span {
	from, stop := runBack(s, at, digitBytes, 11), run(s, at+1, nameBytes, 36)
	if n := at - from; n < 8 || n > 10 || stop-at-1 != 35 || !ends(s, stop) {
		return span{}
	}
	return span{start: from, end: stop}
}
