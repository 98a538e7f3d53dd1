package record

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestLayoutsReadWhatPackageTimeReads(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := rapid.SampledFrom(layouts).Draw(rt, "layout")
		at := time.Unix(rapid.Int64Range(0, 4e9).Draw(rt, "at"), 0).UTC()
		s := []byte(at.Format(l.text))
		for range rapid.IntRange(0, 2).Draw(rt, "changes") {
			s[rapid.IntRange(0, len(s)-1).Draw(rt, "where")] = rapid.SampledFrom([]byte("0139 :/TJxé")).Draw(rt, "what")
		}
		want, err := time.Parse(l.text, string(s))
		got, ok := l.read(string(s))
		require.Equal(rt, err == nil, ok, "%s: %v", s, err)
		if ok {
			require.Equal(rt, want, got, "%s", s)
		}
	})
}
