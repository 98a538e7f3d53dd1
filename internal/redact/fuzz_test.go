package redact

import (
	"strings"
	"testing"
)

// FuzzText: never panics, is idempotent, leaves text without findings as it is, and Find agrees.
func FuzzText(f *testing.F) {
	for _, e := range corpus(3) {
		f.Add(e.text)
	}
	for _, line := range benign(3) {
		f.Add(line)
	}
	r := newRedactor(f)
	r.Remember("db_password", "c0rrect horse/battery")
	f.Fuzz(func(t *testing.T, s string) {
		once, n := r.Text(s)
		if found := r.Find(s); (n == 0) != (len(found) == 0) || n == 0 && once != s {
			t.Fatalf("%q: %d hidden, %d found", s, n, len(found))
		}
		if twice, more := r.Text(once); twice != once || more != 0 {
			t.Fatalf("%q\n-> %q\n-> %q", s, once, twice)
		}
		if n > 0 && !strings.Contains(once, opening) {
			t.Fatalf("%q: %q", s, once)
		}
	})
}
