package redact

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// maker builds values in the documented shape of a kind. Nothing in this file is a credential:
// every value comes from a seeded generator.
type maker struct{ *rand.Rand }

func newMaker(seed uint64) maker { return maker{rand.New(rand.NewPCG(seed, 1))} }

const (
	alnum   = lowers + uppers + digits
	hexes   = digits + "abcdef"
	base64s = alnum + "+/"
	urlsafe = alnum + "_-"
)

func (m maker) of(alphabet string, n int) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = alphabet[m.IntN(len(alphabet))]
	}
	// A digit and both cases, as nearly every real value has.
	if n >= 8 && alphabet != digits && strings.Contains(alphabet, "A") && strings.Contains(alphabet, "a") {
		out[1], out[3], out[5] = 'a'+byte(m.IntN(26)), 'A'+byte(m.IntN(26)), '2'+byte(m.IntN(8))
		out[0], out[n-1] = 'b', 'c'
	}
	return string(out)
}

func (m maker) password() string { return m.of(alnum, 6) + m.of("!#%*+~^?", 1) + m.of(alnum, 8) }

func (m maker) card() string {
	body := []byte(m.of("45", 1) + m.of("12345", 1) + m.of(digits, 13))
	for d := byte('0'); d <= '9'; d++ {
		if full := append(append([]byte(nil), body...), d); luhn(full) {
			return string(full)
		}
	}
	return ""
}

func (m maker) iban() string {
	body := m.of(digits, 18)
	for check := range 100 {
		if full := fmt.Sprintf("DE%02d%s", check, body); mod97([]byte(full)) {
			return full
		}
	}
	return ""
}

func (m maker) jwt() string {
	part := func(v any) string {
		text, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	return part(map[string]string{"alg": "HS256"}) + "." + part(map[string]string{"sub": m.of(alnum, 12)}) + "." + m.of(urlsafe, 43)
}

func (m maker) block(title, eol string) string {
	lines := []string{"-----BEGIN " + title + "PRIVATE KEY-----"}
	for range 5 {
		lines = append(lines, m.of(base64s, 64))
	}
	return strings.Join(append(lines, m.of(base64s, 30)+"==", "-----END "+title+"PRIVATE KEY-----"), eol)
}

// shape is a kind whose values show what they are, in whatever text.
type shape struct {
	kind string
	make func(m maker) string
}

func shapes() []shape {
	fixed := func(kind, prefix, alphabet string, n int) shape {
		return shape{kind, func(m maker) string { return prefix + m.of(alphabet, n) }}
	}
	return []shape{
		fixed("aws_access_key_id", "AK"+"IA", uppers+"234567", 16),
		fixed("aws_access_key_id", "AS"+"IA", uppers+"234567", 16),
		fixed("gcp_api_key", "AI"+"za", urlsafe, 35),
		fixed("gcp_oauth_token", "ya"+"29.", urlsafe, 60),
		fixed("gcp_client_secret", "GOC"+"SPX-", urlsafe, 28),
		fixed("github_token", "gh"+"p_", alnum, 36),
		fixed("github_token", "github"+"_pat_", alnum, 82),
		fixed("gitlab_token", "gl"+"pat-", alnum, 20),
		{"slack_token", func(m maker) string {
			return "xo" + "xb-" + m.of(digits, 12) + "-" + m.of(digits, 12) + "-" + m.of(alnum, 24)
		}},
		fixed("anthropic_key", "sk"+"-ant-api03-", urlsafe, 93),
		fixed("openai_key", "sk"+"-", alnum, 48),
		fixed("openai_key", "sk"+"-proj-", urlsafe, 120),
		fixed("huggingface_token", "hf"+"_", alnum, 34),
		fixed("stripe_key", "sk"+"_live_", alnum, 24),
		fixed("twilio_key", "S"+"K", hexes, 32),
		{"sendgrid_key", func(m maker) string { return "S" + "G." + m.of(urlsafe, 22) + "." + m.of(urlsafe, 43) }},
		fixed("npm_token", "np"+"m_", alnum, 36),
		fixed("pypi_token", "py"+"pi-AgEI", urlsafe, 150),
		fixed("databricks_token", "da"+"pi", hexes, 32),
		fixed("vault_token", "hv"+"s.", alnum, 90),
		fixed("digitalocean_token", "do"+"p_v1_", hexes, 64),
		fixed("grafana_token", "gl"+"sa_", alnum, 41),
		fixed("docker_token", "dckr"+"_pat_", urlsafe, 27),
		fixed("shopify_token", "shp"+"at_", hexes, 32),
		fixed("linear_key", "lin"+"_api_", alnum, 40),
		fixed("newrelic_key", "NR"+"AK-", uppers+digits, 27),
		{"telegram_token", func(m maker) string { return m.of("123456789", 9) + ":A" + "A" + m.of(urlsafe, 33) }},
		{"jwt", maker.jwt},
		{"payment_card", maker.card},
		{"iban", maker.iban},
		{"email", func(m maker) string { return m.of(lowers, 6) + "." + m.of(lowers, 5) + "@" + m.of(lowers, 7) + ".com" }},
		{"private_key", func(m maker) string { return m.block("RSA ", `\n`) }},
		{"private_key", func(m maker) string { return m.block("OPENSSH ", "\n") }},
	}
}

// place is a kind that is known by where it stands. %s is the value.
type place struct {
	kind, text string
	make       func(m maker) string
}

func places() []place {
	pw := maker.password
	run := func(alphabet string, n int) func(maker) string {
		return func(m maker) string { return m.of(alphabet, n) }
	}
	return []place{
		{"aws_secret_access_key", `aws_secret_access_key = %s`, run(base64s, 40)},
		{"aws_secret_access_key", `{"SecretAccessKey": "%s", "Expiration": "2026-01-01"}`, run(base64s, 40)},
		{"aws_secret_access_key", `spark.hadoop.fs.s3a.secret.key=%s`, run(base64s, 40)},
		{"aws_session_token", `export AWS_SESSION_TOKEN=%s`, run(base64s, 200)},
		{"aws_session_token", `GET /b/k?X-Amz-Date=20260101&X-Amz-Security-Token=%s&X-Amz-Expires=900`, run(alnum, 200)},
		{"presigned_url_signature", `GET /b/k?X-Amz-Expires=900&X-Amz-Signature=%s HTTP/1.1`, run(hexes, 64)},
		{"azure_account_key", `DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=%s==;EndpointSuffix=core.windows.net`, run(base64s, 86)},
		{"azure_account_key", `fs.azure.account.key.shop.dfs.core.windows.net=%s==`, run(base64s, 86)},
		{"azure_sas_signature", `https://shop.blob.core.windows.net/raw?sv=2022-11-02&sp=r&sig=%s%%3D&se=2026`, run(alnum, 43)},
		{"slack_webhook", "POST https://hooks.slack" + ".com/services/%s 200", func(m maker) string {
			return "T" + m.of(uppers+digits, 8) + "/B" + m.of(uppers+digits, 8) + "/" + m.of(alnum, 24)
		}},
		{"webhook_url", "POST https://discord" + ".com/api/webhooks/%s 204", func(m maker) string { return m.of(digits, 18) + "/" + m.of(urlsafe, 68) }},
		{"jdbc_password", `jdbc:postgresql://db:5432/shop?user=etl&password=%s&ssl=true`, run(alnum, 14)},
		{"jdbc_password", `Connecting to jdbc:sqlserver://db:1433;user=etl;password=%s;encrypt=true`, pw},
		{"odbc_password", `Driver={ODBC Driver 18};Server=db,1433;UID=etl;PWD=%s;Encrypt=yes`, pw},
		{"url_password", `could not connect to postgresql://etl:%s@db.shop.example:5432/shop`, run(alnum, 12)},
		{"url_password", `broker=amqp://guest:%s@mq:5672//`, pw2},
		{"basic_auth", `> Authorization: Basic %s`, func(m maker) string {
			return base64.StdEncoding.EncodeToString([]byte("etl:" + m.of(alnum, 14)))
		}},
		{"bearer_token", `curl -H 'Authorization: Bearer %s' https://api`, run(urlsafe, 40)},
		{"bearer_token", `{"headers":{"Authorization":"Bearer %s"}}`, run(urlsafe, 40)},
		{"authorization_header", `{"headers":{"authorization":"Token %s"}}`, run(hexes, 40)},
		{"sql_password", `CREATE USER etl WITH PASSWORD '%s' VALID UNTIL 'infinity'`, pw},
		{"kafka_jaas_password", `sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="etl" password="%s";`, pw},
		{"redshift_password", `{"DbUser": "IAM:etl", "DbPassword": "%s", "Expiration": "2026-01-01T00:00:00Z"}`, run(base64s, 120)},
		{"fernet_key", `AIRFLOW__CORE__FERNET_KEY=%s=`, run(urlsafe, 43)},
		{"fernet_key", `fernet_key: '%s='`, run(urlsafe, 43)},
		{"session_cookie", `Cookie: theme=dark; session=%s; lang=en`, run(alnum, 32)},
		{"session_cookie", `Set-Cookie: JSESSIONID=%s; Path=/; HttpOnly`, run(uppers+digits, 32)},
		{"us_ssn", `applicant ssn: %s approved`, func(m maker) string { return "1" + m.of(digits, 2) + "-" + m.of(digits, 2) + "-" + m.of(digits, 4) }},
		{"us_ssn", `{"social_security_number":"%s"}`, func(m maker) string { return "2" + m.of(digits, 2) + "-" + m.of(digits, 2) + "-" + m.of(digits, 4) }},
		{"gcp_private_key_id", `{"type": "service_account", "private_key_id": "%s", "client_id": "1"}`, run(hexes, 40)},
		{"gcp_service_account_key", `{"type": "service_account", "private_key": "%s\n", "client_id": "1"}`, func(m maker) string { return m.block("", `\n`) }},
		{"password", `password=%s`, pw},
		{"password", `2026-01-01 03:10:00 INFO db_passwd: %s host=db`, pw},
		{"password", `{"user":"etl","password":"%s","port":5432}`, pw},
		{"password", `{"msg":"{\"user\":\"etl\",\"password\":\"%s\",\"port\":5432}"}`, pw},
		{"password", `level=info msg="connecting" db_password="%s" host=db`, pw},
		{"password", `  password: "%s"`, pw},
		{"password", `psql --password %s -h db`, pw},
		{"password", `{'user': 'etl', 'password': '%s'}`, pw},
		{"password", `DB_PASS=%s ./load`, pw},
		{"password", `conf['password'] = '%s'`, pw},
		{"password", `<password>%s</password>`, pw},
		{"password", `Config(user=etl, password=%s)`, pw},
		{"password", `{"name": "DB_PASSWORD", "value": "%s"}`, pw},
		{"secret", `client_secret=%s&grant_type=x`, run(alnum, 30)},
		{"secret", `"clientSecret" : "%s"`, run(alnum, 30)},
		{"api_key", `x-api-key: %s`, run(alnum, 32)},
		{"api_key", `DATADOG_API_KEY=%s ./agent`, run(hexes, 32)},
		{"token", `refresh_token=%s`, run(alnum, 40)},
		{"token", `{"access_token": "%s", "expires_in": 3600}`, run(alnum, 40)},
	}
}

func pw2(m maker) string { return url.PathEscape(m.of(alnum, 5) + "@" + m.of(alnum, 6)) }

var formats = []struct{ name, text string }{
	{"plain", "2026-01-01T03:10:00Z ERROR orders_etl could not load: %s"},
	{"airflow", "[2026-01-01T03:10:00.123+0000] {taskinstance.py:1768} INFO - using %s for the load"},
	{"logfmt", `ts=2026-01-01T03:10:00Z level=info value=%s attempt=2`},
	{"json", `{"ts":"2026-01-01T03:10:00Z","level":"info","message":"%s"}`},
	{"escaped json", `{"log":"{\"message\":\"%s\",\"n\":1}\n","stream":"stdout"}`},
	{"sentence", "It was sent (%s), then refused."},
}

type example struct{ name, kind, text, value string }

func corpus(seed uint64) []example {
	var out []example
	for i, s := range shapes() {
		m := newMaker(seed + uint64(i))
		for _, f := range formats {
			v := s.make(m)
			out = append(out, example{s.kind + " in " + f.name, s.kind, strings.Replace(f.text, "%s", v, 1), v})
		}
	}
	for i, p := range places() {
		m := newMaker(seed + 1000 + uint64(i))
		for _, before := range []string{"", "2026-01-01 03:10:00,123 INFO [main] conf: "} {
			v := p.make(m)
			out = append(out, example{p.kind + " in " + p.text, p.kind, before + fmt.Sprintf(p.text, v), v})
		}
	}
	return out
}

func newRedactor(t testing.TB, patterns ...Pattern) *Redactor {
	t.Helper()
	r, err := New([]byte("a salt for tests only"), patterns...)
	require.NoError(t, err)
	return r
}

func TestEveryExampleOfEveryKindIsHidden(t *testing.T) {
	r := newRedactor(t)
	kinds := map[string]bool{}
	n := 0
	for seed := uint64(1); seed <= 5; seed++ {
		for _, e := range corpus(seed * 7919) {
			n++
			clean, hidden := r.Text(e.text)
			assert.NotContains(t, clean, e.value, e.name)
			assert.Equal(t, 1, hidden, "%s: %s", e.name, clean)
			found := r.Find(e.text)
			if assert.Len(t, found, 1, e.name) {
				assert.Equal(t, e.kind, found[0].Kind, e.name)
				assert.Contains(t, e.text[found[0].Start:found[0].End], e.value)
			}
			again, more := r.Text(clean)
			assert.Equal(t, clean, again, e.name)
			assert.Zero(t, more, e.name)
			kinds[e.kind] = true
			if strings.HasPrefix(e.text, "{\"") && json.Valid([]byte(e.text)) {
				assert.True(t, json.Valid([]byte(clean)), clean)
			}
		}
	}
	assert.GreaterOrEqual(t, n/5, 200)
	assert.GreaterOrEqual(t, len(kinds), 30)
	t.Logf("%d examples of %d kinds", n, len(kinds))
}

func TestEveryKindHasAnExample(t *testing.T) {
	have := map[string]bool{}
	for _, e := range corpus(1) {
		have[e.kind] = true
	}
	r := newRedactor(t)
	for i, w := range wild {
		text, _ := newMaker(uint64(i)).fill(w[1])
		for _, f := range r.Find(text) {
			have[f.Kind] = true
		}
	}
	for _, kind := range r.Kinds() {
		assert.True(t, have[kind], kind)
	}
}
