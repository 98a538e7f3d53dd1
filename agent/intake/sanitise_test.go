package intake

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
)

func TestClean(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "a line\n\twith a tab", "a line\n\twith a tab"},
		{"other scripts", "naïve 日本語 🚂", "naïve 日本語 🚂"},
		{"NUL", "a\x00b", `a\x00b`},
		{"colours", "\x1b[31mred\x1b[0m", `\x1b[31mred\x1b[0m`},
		{"delete", "a\x7fb", `a\x7fb`},
		{"Windows line ends", "a\r\nb", "a\nb"},
		{"a progress bar", "10%\r20%", `10%\x0d20%`},
		{"C1 control", "a\u009bb", `a\u009bb`},
		{"text that runs backwards", "a\u202eb", `a\u202eb`},
		{"a zero-width space", "pass\u200bword", `pass\u200bword`},
		{"invalid UTF-8", "a\xff\xfeb", "a\ufffd\ufffdb"},
		{"half a character", "a\xe6\x97", "a\ufffd\ufffd"},
		{"empty", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { assert.Equal(t, tt.want, clean(tt.in)) })
	}
}

func TestCutKeepsHeadAndTail(t *testing.T) {
	long := "HEAD" + strings.Repeat("日", 10_000) + "TAIL"
	short, shortened := cut(long, 1000)
	assert.True(t, shortened)
	assert.LessOrEqual(t, len(short), 1000)
	assert.True(t, utf8.ValidString(short))
	assert.True(t, strings.HasPrefix(short, "HEAD") && strings.HasSuffix(short, "TAIL"))
	assert.Contains(t, short, "bytes cut")
	same, shortened := cut("short", 1000)
	assert.Equal(t, "short", same)
	assert.False(t, shortened)
}

func TestCutSplitsNoPlaceholder(t *testing.T) {
	const hidden = "[redacted:aws_secret_access_key:3f9a1c]"
	for at := range 200 {
		head := strings.Repeat("x", 300+at) + hidden // no space anywhere: a long query string
		text := head + strings.Repeat("y", 4000) + hidden + strings.Repeat("z", 500-at)
		short, shortened := cut(text, 1000)
		assert.True(t, shortened)
		assert.LessOrEqual(t, len(short), 1000)
		rest := strings.ReplaceAll(short, hidden, "")
		assert.NotContains(t, rest, "redact", at)
		assert.NotContains(t, rest, "3f9a", at)
	}
}

func FuzzClean(f *testing.F) {
	for _, seed := range []string{"", "a\x00b", "\xff\xfe", "a\r\nb\r", "\x1b[31m", "日\u202e", "\\x00"} {
		f.Add(seed, 40)
	}
	f.Fuzz(func(t *testing.T, in string, limit int) {
		out := clean(in)
		if !utf8.ValidString(out) {
			t.Fatalf("%q is not UTF-8", out)
		}
		for _, r := range out {
			if unicode.IsControl(r) && r != '\n' && r != '\t' {
				t.Fatalf("%q holds %U", out, r)
			}
		}
		if clean(out) != out {
			t.Fatalf("cleaning %q again gives %q", out, clean(out))
		}
		if limit = 100 + max(0, limit)%1000; true {
			short, _ := cut(out, limit)
			if len(short) > limit || !utf8.ValidString(short) {
				t.Fatalf("cut to %d: %d bytes, %q", limit, len(short), short)
			}
		}
	})
}

func BenchmarkClean(b *testing.B) {
	line := strings.Repeat("2026-03-11T12:00:00 INFO Executor: finished task 12 in stage 3 ", 4)
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		clean(line)
	}
}
