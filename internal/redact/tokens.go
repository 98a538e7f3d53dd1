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

var tokenBytes = bytesOf(lowers + uppers + digits + "+/=_-:")

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
		{"bedrock_key", []string{"AB" + "SK"}, base64Bytes, 60, 0, true},
		{"gcp_refresh_token", []string{"1/" + "/0"}, nameBytes, 30, 0, true},
		{"gcp_hmac_key", []string{"GO" + "OG1"}, upperDigits, 20, 0, false},
		{"gitlab_token", []string{"GR" + "1348941", "gl" + "oas-", "gl" + "imt-", "gl" + "ffct-"}, nameBytes, 20, 0, false},
		{"slack_token", []string{"xw" + "fp-"}, dottedBytes, 10, 0, true},
		{"groq_key", []string{"gs" + "k_"}, alnumBytes, 40, 0, true},
		{"xai_key", []string{"xa" + "i-"}, alnumBytes, 60, 0, true},
		{"replicate_token", []string{"r8" + "_"}, alnumBytes, 30, 0, true},
		{"perplexity_key", []string{"pp" + "lx-"}, alnumBytes, 40, 0, true},
		{"langsmith_key", []string{"lsv2" + "_pt_", "lsv2" + "_sk_"}, nameBytes, 32, 0, true},
		{"pinecone_key", []string{"pc" + "sk_"}, nameBytes, 40, 0, true},
		{"dbt_token", []string{"db" + "tc_", "db" + "tu_"}, nameBytes, 30, 0, true},
		{"prefect_key", []string{"pn" + "u_", "pn" + "b_"}, alnumBytes, 30, 0, true},
		{"pulumi_token", []string{"pu" + "l-"}, hexBytes, 40, 40, false},
		{"doppler_token", []string{"dp" + ".pt.", "dp" + ".st.", "dp" + ".ct.", "dp" + ".sa."}, dottedBytes, 40, 0, true},
		{"tailscale_key", []string{"ts" + "key-"}, nameBytes, 16, 0, true},
		{"postman_key", []string{"PM" + "AK-"}, nameBytes, 50, 0, true},
		{"sentry_token", []string{"snt" + "rys_", "snt" + "ryu_"}, base64Bytes, 40, 0, true},
		{"atlassian_token", []string{"ATA" + "TT3", "ATC" + "TT3", "ATB" + "B"}, base64Bytes, 24, 0, true},
		{"figma_token", []string{"fi" + "gd_"}, nameBytes, 30, 0, true},
		{"notion_token", []string{"nt" + "n_"}, alnumBytes, 40, 0, true},
		{"airtable_token", []string{"pa" + "t"}, dottedBytes, 79, 79, true},
		{"planetscale_token", []string{"pscale" + "_tkn_", "pscale" + "_pw_", "pscale" + "_oauth_"}, nameBytes, 30, 0, true},
		{"supabase_key", []string{"sb" + "p_", "sb" + "_secret_"}, nameBytes, 24, 0, true},
		{"rubygems_key", []string{"rubygems" + "_"}, hexBytes, 48, 48, false},
		{"sonar_token", []string{"sq" + "u_", "sq" + "p_", "sq" + "a_"}, hexBytes, 40, 40, false},
		{"buildkite_token", []string{"bk" + "ua_"}, hexBytes, 40, 40, false},
		{"snowflake_token", []string{"ver" + ":1-hint:"}, tokenBytes, 60, 0, true},
		{"mailgun_key", []string{"ke" + "y-"}, hexBytes, 32, 32, false},
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
	out = append(out, rule{kind: "azure_client_secret", label: "azure_client_secret", find: findAzureSecret, reaches: true, anchors: []anchor{exact("Q~").after(digitBytes)}},
		rule{kind: "terraform_token", label: "terraform_token", find: findTerraform, reaches: true, anchors: []anchor{exact(".atlas" + "v1.")}},
		rule{kind: "mailchimp_key", label: "mailchimp_key", find: findMailchimp, reaches: true, anchors: []anchor{exact("-us").after(hexBytes)}},
		rule{kind: "password_hash", label: "password_hash", find: findHash, anchors: []anchor{
			exact("$6$"), exact("$5$"), exact("$2a$"), exact("$2b$"), exact("$2y$"), exact("$apr1$"), exact("$argon2"), exact("SCRAM-SHA-256$")}})
	return append(out, rule{kind: "jwt", label: "jwt", find: findJWT, anchors: []anchor{exact("ey" + "J").after(nameBytes.not())}},
		rule{kind: "telegram_token", label: "telegram_token", find: findBotToken, reaches: true, anchors: []anchor{exact(":A" + "A").after(digitBytes)}})
}

// probe is how many bytes decide whether a token is one; only then is the rest read.
const probe = 128

func (t token) find(s string, at, end int) span {
	stop := trimDots(s, end, run(s, end, t.alphabet, probe))
	if t.kind == "openai_key" && strings.HasPrefix(s[end:], "ant-") {
		return span{} // the longer prefix is another vendor's
	}
	if t.kind == "mailgun_key" && at > 0 && s[at-1] == '-' {
		return span{} // the end of a longer name: cache-key-
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

// findAzureSecret: three letters or digits, a digit, Q~ and 31 to 34 of an alphabet of 65.
func findAzureSecret(s string, at, end int) span {
	from, stop := runBack(s, at, alnumBytes, 5), run(s, end, secretBytes, 64)
	if at-from < 3 || at-from > 4 || stop-end < 30 {
		return span{}
	}
	return span{start: from, end: trimDots(s, end, stop)}
}

var secretBytes = bytesOf(lowers + uppers + digits + "_.~-")

// findTerraform: 14 letters and digits, .atlas, a version, and 60 and more.
func findTerraform(s string, at, end int) span {
	from, stop := runBack(s, at, alnumBytes, 15), run(s, end, nameBytes, 128)
	if at-from != 14 || stop-end < 50 {
		return span{}
	}
	return span{start: from, end: stop}
}

// findMailchimp: 32 hex digits, then the data centre.
func findMailchimp(s string, at, end int) span {
	from, stop := runBack(s, at, hexBytes, 33), run(s, end, digitBytes, 3)
	if at-from != 32 || stop == end || !ends(s, stop) || from > 0 && !outsideBytes[s[from-1]] {
		return span{}
	}
	return span{start: from, end: stop}
}

var hashBytes = bytesOf(lowers + uppers + digits + "./$,=+:-")

// findHash is a salted password hash as crypt(3), htpasswd and PostgreSQL keep it.
func findHash(s string, at, end int) span {
	stop := run(s, end, hashBytes, 512)
	if colon := strings.IndexByte(s[end:stop], ':'); colon >= 0 && s[at] == '$' {
		stop = end + colon
	}
	stop = trimDots(s, end, stop)
	if stop-end < 22 || !looksRandom(s[stop-20:stop]) {
		return span{}
	}
	return span{start: at, end: stop}
}
