package record_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipewright/pipewright/internal/redact"
	"github.com/pipewright/pipewright/retrieval/record"
)

// stored is the text of every record of a log as it is stored: read, cut, redacted.
func stored(t *testing.T, log string) string {
	t.Helper()
	red, err := redact.New([]byte("a salt for tests only"))
	require.NoError(t, err)
	r := record.NewReader(record.NewLines(strings.NewReader(log)), time.Unix(0, 0))
	var out strings.Builder
	for {
		rec, ok := r.Next()
		if !ok {
			require.NoError(t, r.Err())
			return out.String()
		}
		text, _ := red.Text(rec.Text)
		out.WriteString(text + "\n")
	}
}

// TestNoSecretIsCutInTwo puts a secret across the place where a long line is cut, and a private key
// across those where the middle of a long record is left out: a part of a
// secret is not known for one.
func TestNoSecretIsCutInTwo(t *testing.T) {
	token := "gh" + "p_" + strings.Repeat("a1B2c3D4e", 4)
	for name, c := range map[string]struct{ before, filler, secret, after string }{
		"a token among words":         {"", "word ", "using " + token, " now"},
		"a token in a query string":   {"GET /x?", "a=1&", "t=" + token, "&b=2"},
		"a token in JSON":             {`{"x":[`, `"v",`, `"` + token + `"`, "]}"},
		"a password of several words": {"", "word ", `password="` + token + " " + token + `"`, " now"},
	} {
		t.Run(name, func(t *testing.T) {
			for back := 0; back <= len(c.secret)+8; back += 3 {
				room := record.MaxLine - len(c.before) - back
				line := c.before + strings.Repeat(c.filler, room/len(c.filler)) + c.secret + c.after + strings.Repeat(c.filler, 100)
				assert.NotContains(t, stored(t, line+"\nnext\n"), token[:12], "%d bytes before the cut", back)
			}
		})
	}
	body := strings.Repeat("Kq7", 21) + "x"
	key := "-----BEGIN RSA PRIVATE KEY-----\n" + strings.Repeat(body+"\n", 25) + "-----END RSA PRIVATE KEY-----\n"
	for before := 2480; before <= 2510; before += 5 {
		var log strings.Builder
		log.WriteString("2026-11-20 03:10:00 ERROR cannot load\n")
		for i := range before {
			fmt.Fprintf(&log, "\tat com.shop.Load.step%d(Load.java:31)\n", i)
		}
		log.WriteString(key)
		for i := range 6000 - before {
			fmt.Fprintf(&log, "\tat com.shop.Load.after%d(Load.java:31)\n", i)
		}
		log.WriteString(key)
		log.WriteString("\tat com.shop.Load.run(Load.java:31)\n")
		assert.NotContains(t, stored(t, log.String()), body, "%d lines before the key", before)
	}
}

func TestAPrivateKeyIsOneRecordHoweverItsLinesAreWritten(t *testing.T) {
	body := strings.Repeat("Kq7", 21) + "x"
	for name, prefix := range map[string]string{
		"plain":             "",
		"a time each":       "2026-11-20 03:10:00,%03d INFO loader: ",
		"an Airflow task":   "[2026-11-20T03:10:00.%03d+0000] {subprocess.py:93} INFO - ",
		"Kubernetes":        "2026-11-20T03:10:00.%03dZ stdout F ",
		"a container's":     `{"time":"2026-11-20T03:10:00.%03dZ","stream":"stdout","log":"`,
		"a system's syslog": "Nov 20 03:10:00 etl-worker-1 loader[4711]: ",
	} {
		t.Run(name, func(t *testing.T) {
			var log strings.Builder
			for i, line := range append(append([]string{"loading the key", "-----BEGIN RSA PRIVATE KEY-----", "Proc-Type: 4,ENCRYPTED", ""}, slices.Repeat([]string{body}, 60)...), "-----END RSA PRIVATE KEY-----", "loaded it") {
				if strings.Contains(prefix, "%") {
					fmt.Fprintf(&log, prefix, i)
				} else {
					log.WriteString(prefix)
				}
				log.WriteString(line)
				if strings.HasPrefix(prefix, "{") {
					log.WriteString(`\n"}`)
				}
				log.WriteString("\n")
			}
			out := stored(t, log.String())
			assert.NotContains(t, out, body[:24])
			assert.Contains(t, out, "loading the key")
			assert.Contains(t, out, "loaded it")
		})
	}
}
