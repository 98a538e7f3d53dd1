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
			s[rapid.IntRange(0, len(s)-1).Draw(rt, "where")] = rapid.SampledFrom([]byte("0139:/TJxé")).Draw(rt, "what")
		}
		want, err := time.Parse(l.text, string(s))
		got, ok := l.read(string(s))
		require.Equal(rt, err == nil, ok, "%s: %v", s, err)
		if ok {
			require.Equal(rt, want, got, "%s", s)
		}
	})
}

func TestPartsMayBePaddedWithASpace(t *testing.T) {
	for s, want := range map[string]time.Time{
		"Jun  9 06:06:01": time.Date(2026, 6, 9, 6, 6, 1, 0, time.UTC),
		"Jun 9  06:06:01": time.Date(2026, 6, 9, 6, 6, 1, 0, time.UTC),
		"Jun  9  6:06:01": time.Date(2026, 6, 9, 6, 6, 1, 0, time.UTC),
		"Jun 19  6:06:01": time.Date(2026, 6, 19, 6, 6, 1, 0, time.UTC),
	} {
		got, n, ok := stamp(s, time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC))
		require.True(t, ok, s)
		require.Equal(t, want, got, s)
		require.Equal(t, len(s), n, s)
	}
}
