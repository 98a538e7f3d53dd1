package block

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func outlined(t require.TestingT, lines []Line) (*Outline, string) {
	var w Words
	terms, _ := w.Of(lines)
	packed := w.Outline(lines)
	if packed == nil {
		return nil, terms
	}
	o := ReadOutline(packed, len(lines))
	require.NotNil(t, o)
	return o, " " + terms + " "
}

// What an outline is sure of is what the texts say.
func TestAnOutlineSaysWhatTheTextsSay(t *testing.T) {
	words := rapid.SampledFrom([]string{"task", "Task", "done", "in", "ms", "é", "7", "12ab", strings.Repeat("long", 17), strings.Repeat("long", 16), "x1", "x2"})
	sure := 0
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.Map(rapid.SliceOfN(words, 0, 9), func(ws []string) string {
			return strings.Join(ws, rapid.SampledFrom([]string{" ", "_", ".."}).Draw(rt, "mark"))
		})
		lines := make([]Line, rapid.IntRange(1, 60).Draw(rt, "lines"))
		for i := range lines {
			lines[i] = Line{Level: rapid.SampledFrom([]string{"", "error"}).Draw(rt, "level"), Text: text.Draw(rt, "text")}
		}
		o, terms := outlined(rt, lines)
		if o == nil {
			return
		}
		require.Len(rt, o.Of, len(lines))
		p := NewPhrase(strings.Join(rapid.SliceOfN(words, 1, 3).Draw(rt, "phrase"), "_"), rapid.Bool().Draw(rt, "prefix"))
		for _, w := range p.words {
			if !strings.Contains(terms, " "+string(indexed(w))+" ") {
				return // the index would not name this block
			}
		}
		counts := make([]int32, len(o.Shapes))
		in, ok := o.Count(p, counts, nil)
		if !ok {
			return
		}
		sure++
		f := NewFinder([]Phrase{p})
		records := make([]int, len(o.Shapes))
		for i, l := range lines {
			want, n := f.Find(l.Text)
			s := o.Shapes[o.Of[i]]
			require.EqualValues(rt, want[0], counts[o.Of[i]], "%q in %q", p.words, l.Text)
			require.Equal(rt, want[0] > 0, bytes.IndexByte(in, o.Of[i]) >= 0)
			require.EqualValues(rt, n, s.Words)
			require.Equal(rt, l.Level, o.Levels[s.Level])
			records[o.Of[i]]++
		}
		for i, s := range o.Shapes {
			require.EqualValues(rt, records[i], s.Records)
		}
	})
	assert.Positive(t, sure)
}

func TestWhatIsListed(t *testing.T) {
	var lines []Line
	for i := range 500 {
		lines = append(lines, Line{Text: fmt.Sprintf("job %d of host %c%c ended, code 17", i, 'a'+i%26, 'a'+i/26%26)})
	}
	o, _ := outlined(t, lines)
	require.NotNil(t, o)
	for word, want := range map[string]bool{"job": true, "17": false, "499": false, "host ": true, "of host": true, "code 17": false, "ended code": true, "job of": true, "bc": false} {
		_, sure := o.Count(NewPhrase(word, false), make([]int32, len(o.Shapes)), nil)
		assert.Equal(t, want, sure, word)
	}
	in, sure := o.Count(NewPhrase("job of", false), make([]int32, len(o.Shapes)), nil)
	assert.True(t, sure)
	assert.Empty(t, in, "a number stands between")
}

func TestADamagedOutlineIsNone(t *testing.T) {
	lines := []Line{{Text: "some words"}, {Text: "some others"}}
	var w Words
	w.Of(lines)
	packed := w.Outline(lines)
	require.NotNil(t, ReadOutline(packed, 2))
	assert.Nil(t, ReadOutline(packed, 3))
	for i := range packed {
		bad := append([]byte(nil), packed...)
		bad[i] ^= 0x40
		assert.Nil(t, ReadOutline(bad, 2), "byte %d", i)
		assert.Nil(t, ReadOutline(packed[:i], 2), "cut at %d", i)
	}
}

func BenchmarkOutline(b *testing.B) {
	lines := sample()
	if p := os.Getenv("SAMPLE"); p != "" {
		body, _ := os.ReadFile(p)
		lines = nil
		for i, l := range strings.Split(string(body), "\n") {
			if i == 1024 {
				break
			}
			lines = append(lines, Line{Text: l})
		}
	}
	var w Words
	b.Run("words", func(b *testing.B) {
		for b.Loop() {
			w.Of(lines)
		}
	})
	var packed []byte
	b.Run("outline", func(b *testing.B) {
		for b.Loop() {
			packed = w.Outline(lines)
		}
		b.ReportMetric(float64(len(packed))/float64(len(lines)), "B/line")
	})
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			ReadOutline(packed, len(lines))
		}
	})
	o := ReadOutline(packed, len(lines))
	if o == nil {
		return
	}
	fmt.Println(len(o.Shapes), "shapes", len(o.hashes), "words", o.Size(), "bytes", len(w.met), "met")
}
