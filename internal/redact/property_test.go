package redact

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// pieces are what hostile and ordinary texts are put together from.
func pieces() []string {
	out := []string{"password", "token", "secret", "=", ":", "\"", "\\\"", "'", " ", ",", ";", "&", "@", "://", "[redacted:", "[redacted:secret:abc123]", "]",
		"user", "a.b", ".com", "4111", "1111", "-", "\n", "\xff", "Bearer ", "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----", "%40", "<", ">", "\\n", "sk-", "x1Y2", "eyJ"}
	for _, e := range corpus(99) {
		out = append(out, e.value, e.text)
	}
	return out
}

func TestTextOfItsOwnOutputChangesNothing(t *testing.T) {
	r, all := newRedactor(t), pieces()
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(all), 1, 12).Draw(t, "pieces"), "")
		once, _ := r.Text(text)
		twice, n := r.Text(once)
		if once != twice || n != 0 {
			t.Fatalf("%q\n-> %q\n-> %q", text, once, twice)
		}
	})
}

func TestFindingsAreInOrderAndApart(t *testing.T) {
	r, all := newRedactor(t), pieces()
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(all), 1, 12).Draw(t, "pieces"), " ")
		at := 0
		for _, f := range r.Find(text) {
			if f.Start < at || f.End <= f.Start || f.End > len(text) || f.Kind == "" {
				t.Fatalf("%q: %+v", text, f)
			}
			at = f.End
		}
	})
}

func TestTheSameValueHasTheSamePlaceholder(t *testing.T) {
	r, other := newRedactor(t), newRedactor(t)
	rapid.Check(t, func(t *rapid.T) {
		v := "q" + rapid.StringMatching(`[a-z]{3}[A-Z]{3}[0-9]{6}[a-z]`).Draw(t, "value")
		want, _ := r.Pair("password", v)
		for _, text := range []string{"password=%", `{"secret":"%"}`, "postgres://etl:%@db/shop", "jdbc:x;password=%;a=b",
			"Authorization: Bearer %", "ALTER USER x PASSWORD '%'", "api_key=%, next", `{\"token\":\"%\"}`} {
			got, n := r.Text(strings.Replace(text, "%", v, 1))
			again, _ := other.Text(strings.Replace(text, "%", v, 1))
			if n != 1 || got != strings.Replace(text, "%", want, 1) || got != again {
				t.Fatalf("%s: %s, want %s", text, got, want)
			}
		}
	})
}

func TestAnEscapedValueHasThePlaceholderOfThePlainOne(t *testing.T) {
	r := newRedactor(t)
	want, _ := r.Pair("password", `q7"W\x`)
	for name, text := range map[string]string{
		"in JSON":             `{"password":"q7\"W\\x"}`,
		"in JSON within JSON": `{"log":"{\"password\":\"q7\\\"W\\\\x\"}"}`,
		"in a form":           `user=etl&password%3Dq7%22W%5Cx`,
		"in YAML":             `password: 'q7"W\x'`,
		"in base64":           "payload=" + base64.StdEncoding.EncodeToString([]byte(`{"password":"q7\"W\\x"}`)),
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := r.Text(text)
			assert.Contains(t, got, want, got)
		})
	}
}

func TestAKnownValueIsHiddenInEveryEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.StringMatching(`[a-zA-Z0-9!@#/ +]{11}[0-9][a-z]`).Draw(t, "value")
		r, err := New([]byte("a salt for tests only"))
		if err != nil {
			t.Fatal(err)
		}
		r.Remember("db_password", v)
		want, _ := r.Text(v)
		for _, text := range []string{v, url.QueryEscape(v), url.PathEscape(v), hex.EncodeToString([]byte(v)),
			base64.StdEncoding.EncodeToString([]byte(v)), base64.RawURLEncoding.EncodeToString([]byte(v))} {
			if got, n := r.Text("it was <" + text + ">"); n != 1 || got != "it was <"+want+">" {
				t.Fatalf("%q: %q, want %q", text, got, want)
			}
		}
		if got, n := r.Text(base64.StdEncoding.EncodeToString([]byte("user:" + v + ":x"))); n == 0 {
			t.Fatalf("inside base64: %q", got)
		}
	})
}

func TestAnotherSaltGivesAnotherPlaceholder(t *testing.T) {
	a := newRedactor(t)
	b, err := New([]byte("quite another salt"))
	require.NoError(t, err)
	x, _ := a.Text("password=abcdef1")
	y, _ := b.Text("password=abcdef1")
	assert.NotEqual(t, x, y)
	assert.Regexp(t, `^password=\[redacted:secret:[0-9a-f]{6}\]$`, x)
}

func TestNewRefusesAShortSaltAndBadPatterns(t *testing.T) {
	_, err := New([]byte("short"))
	assert.ErrorContains(t, err, "salt")
	salt := []byte("a salt for tests only")
	for name, p := range map[string]Pattern{"kind": {Kind: "No Good", Expr: "x"}, "pattern": {Kind: "x", Expr: "("}, "empty": {Kind: "x", Expr: "a*"}} {
		_, err := New(salt, p)
		assert.ErrorContains(t, err, name)
	}
}

func TestACustomPatternHidesItsGroup(t *testing.T) {
	r := newRedactor(t, Pattern{Kind: "employee", Expr: `emp#(\d{6})`})
	got, n := r.Text("by emp#123456, password=emp#654321")
	assert.Equal(t, 2, n)
	assert.Regexp(t, `^by emp#\[redacted:employee:\w{6}\], password=\[redacted:secret:\w{6}\]$`, got)
}

func TestACustomPatternIsFoundWhereItIsEncoded(t *testing.T) {
	r := newRedactor(t, Pattern{Kind: "employee", Expr: `emp#(\d{6})`})
	want, _ := r.Text("emp#123456")
	want = want[len("emp#"):]
	for name, text := range map[string]string{
		"in a form":           "who=emp%23123456&x=1",
		"in JSON within JSON": `{"log":"{\"who\":\"emp\u0023123456\"}"}`,
		"in base64":           "payload=" + base64.StdEncoding.EncodeToString([]byte("who is emp#123456 there")),
	} {
		t.Run(name, func(t *testing.T) {
			got, n := r.Text(text)
			assert.Equal(t, 1, n)
			assert.Contains(t, got, want)
			assert.NotContains(t, got, "123456")
		})
	}
}

func TestAPatternSkipsLinesWithoutWhatItMustHold(t *testing.T) {
	for expr, want := range map[string]string{
		`emp#(\d{6})`:            "emp#",
		`\bACME-[0-9]+-EU\b`:     "ACME-",
		`(?:no )*customer (\w+)`: "customer ",
		`(secret: )+x`:           "secret: ",
		`(?i)acme-\d+`:           "",
		`ab|cd`:                  "",
		`[0-9]{6}`:               "",
		`(?:ACME)?\d+`:           "",
	} {
		assert.Equal(t, want, held(expr), expr)
	}
	rapid.Check(t, func(t *rapid.T) { // what it must hold, every match holds
		expr := rapid.SampledFrom([]string{`emp#(\d{6})`, `\bACME-[0-9]+-EU\b`, `(?:no )*customer (\w+)`, `a(bc|d)+ef`, `x{2,3}yz?`}).Draw(t, "expr")
		if text := rapid.StringMatching(expr).Draw(t, "match"); !strings.Contains(text, held(expr)) {
			t.Fatalf("%q does not hold %q", text, held(expr))
		}
	})
}

func TestPairHidesTheWholeValueOfASensitiveName(t *testing.T) {
	r := newRedactor(t)
	for _, name := range []string{"DB_PASSWORD", "Authorization", "Set-Cookie", "x-api-key", "fs.s3a.secret.key", "AWS_SECRET_ACCESS_KEY", "clientSecret", "ssn"} {
		got, n := r.Pair(name, "two words")
		assert.Equal(t, 1, n, name)
		assert.Regexp(t, `^\[redacted:\w+:\w{6}\]$`, got, name)
		again, n := r.Pair(name, got)
		assert.Zero(t, n)
		assert.Equal(t, got, again)
	}
	for _, name := range []string{"secretName", "token_count", "password_file", "PATH", "nextToken"} {
		got, n := r.Pair(name, "two words")
		assert.Zero(t, n, name)
		assert.Equal(t, "two words", got)
	}
}

func TestShortAndOrdinaryValuesAreNotRemembered(t *testing.T) {
	r := newRedactor(t)
	r.Remember("x", "ab")
	r.Remember("x", "none")
	got, n := r.Text("abc none")
	assert.Zero(t, n)
	assert.Equal(t, "abc none", got)
}

func TestBytesThatAreNotTextPassUnharmed(t *testing.T) {
	got, n := newRedactor(t).Text("\xff\xfe password=abc\xffdef1 \xc3\x28")
	assert.Equal(t, 1, n)
	assert.True(t, strings.HasPrefix(got, "\xff\xfe password=[redacted:") && strings.HasSuffix(got, "] \xc3\x28"), got)
}

func TestQuotedValuesKeepTheirEscapes(t *testing.T) {
	r := newRedactor(t)
	for text, want := range map[string]string{
		`{"password":"a\"b\\","n":1}`:                                                `^\{"password":"X","n":1\}$`,
		`{\"password\":\"a\\\"b\",\"n\":1}`:                                          `^\{\\"password\\":\\"X\\",\\"n\\":1\}$`,
		`ALTER USER x PASSWORD 'it''s1';`:                                            `^ALTER USER x PASSWORD 'X';$`,
		"password=\"cut off in the middle\nnext":                                     "^password=\"X\nnext$",
		`password=p@ss,word!1 next`:                                                  `^password=X next$`,
		`f(password=abc1, user=x)`:                                                   `^f\(password=X, user=x\)$`,
		"key: -----BEGIN RSA PRIVATE KEY-----\n" + strings.Repeat("aB3d", 16) + "\n": "^key: X\n$",
	} {
		got, n := r.Text(text)
		assert.Equal(t, 1, n, text)
		assert.Regexp(t, strings.ReplaceAll(want, "X", `\[redacted:\w+:\w{6}\]`), got)
	}
}

func TestValuesAreRememberedWhileTextIsCleaned(t *testing.T) {
	r := newRedactor(t)
	var both sync.WaitGroup
	both.Go(func() {
		for i := range 50 {
			r.Remember("db_password", fmt.Sprintf("value-number-%d", i))
		}
	})
	both.Go(func() {
		for range 50 {
			r.Text("it was value-number-7")
		}
	})
	both.Wait()
	got, n := r.Text("it was value-number-7")
	assert.Equal(t, 1, n)
	assert.Contains(t, got, "[redacted:db_password:")
}
