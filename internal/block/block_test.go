package block

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func drawLine(rt *rapid.T, number int64) Line {
	l := Line{
		Number: number,
		At:     rapid.OneOf(rapid.Int64(), rapid.Just(int64(math.MinInt64)), rapid.Map(rapid.Int64Range(0, 9), func(s int64) int64 { return s * 1e9 })).Draw(rt, "at"),
		Level:  rapid.SampledFrom([]string{"", "info", "error"}).Draw(rt, "level"),
		Run:    rapid.SampledFrom([]string{"", "jr_1", "jr_2", "\x00"}).Draw(rt, "run"),
		Text:   rapid.OneOf(rapid.String(), rapid.StringMatching(`(INFO task [0-9]{1,4} done ){0,9}`), rapid.Just(strings.Repeat("x", 70_000))).Draw(rt, "text"),
		Own:    rapid.Bool().Draw(rt, "own"),
	}
	if !l.Own {
		copy(l.Name[:], rapid.SampledFrom([]string{"", "stem-one..", "stem-two.."}).Draw(rt, "stem"))
		copy(l.Name[stemSize:], rapid.SliceOfN(rapid.Byte(), 6, 6).Draw(rt, "of stem"))
	}
	return l
}

func TestWhatIsPackedIsUnpacked(t *testing.T) {
	var p Packer
	rapid.Check(t, func(rt *rapid.T) {
		lines := make([]Line, rapid.IntRange(1, 40).Draw(rt, "lines"))
		number := int64(0)
		for i := range lines {
			number += rapid.Int64Range(1, 3).Draw(rt, "step")
			lines[i] = drawLine(rt, number)
		}
		packed := p.Pack(lines)
		got, err := Unpack(packed, Texts|Names)
		require.NoError(rt, err)
		require.Equal(rt, lines, got)
		bare, err := Unpack(packed, 0)
		require.NoError(rt, err)
		for i := range lines {
			lines[i].Text, lines[i].Own, lines[i].Name = "", false, Name{}
		}
		require.Equal(rt, lines, bare)
	})
}

func TestADamagedBlockIsAnErrorAndNeverOtherRecords(t *testing.T) {
	var p Packer
	packed := p.Pack([]Line{{Number: 1, Text: strings.Repeat("some words ", 50)}, {Number: 2, Text: "end"}})
	for i := range packed {
		bad := append([]byte(nil), packed...)
		bad[i] ^= 0x40
		_, err := Unpack(bad, Texts|Names)
		require.Error(t, err, "byte %d", i)
		_, err = Unpack(packed[:i], Texts|Names)
		require.Error(t, err, "cut at %d", i)
	}
}

func wordsOf(text string) (out []string) {
	s := scanner{text: text}
	for s.next() {
		out = append(out, string(s.word))
	}
	return out
}

func TestTextsAreCutIntoWords(t *testing.T) {
	for text, want := range map[string][]string{
		"":                        nil,
		"--":                      nil,
		"orders_etl JR_12ab":      {"orders", "etl", "jr", "12ab"},
		"Über-Größe naïve 数据":     {"uber", "große", "naive", "数据"},
		"cafe\u0301s":             {"cafes"},
		"100% it's":               {"100", "it", "s"},
		"a\uFFFDb":                {"a", "b"},
		"end\u00e9":               {"ende"},
		strings.Repeat("a", 1000): {strings.Repeat("a", 1000)},
	} {
		assert.Equal(t, want, wordsOf(text), "%q", text)
	}
}

func TestTheIndexHoldsEachWordOnceAndEachRun(t *testing.T) {
	var w Words
	for range 2 { // what it keeps between calls does not show
		terms, n := w.Of([]Line{{Text: "Task one", Run: "jr_1"}, {Text: "task TWO", Run: "jr_1"}, {Text: strings.Repeat("y", 200), Run: "jr_2"}})
		assert.Equal(t, 5, n)
		assert.Equal(t, []string{RunTerm("jr_1"), "task", "one", "two", RunTerm("jr_2"), strings.Repeat("y", longest)}, strings.Fields(terms))
	}
	var many []Line
	for i := range 5_000 {
		many = append(many, Line{Text: fmt.Sprintf("w%d w%d", i, i)})
	}
	terms, _ := w.Of(many)
	assert.Len(t, strings.Fields(terms), 5_000)
}

func TestPhrasesAreFound(t *testing.T) {
	for _, c := range []struct {
		text, phrase string
		prefix       bool
		want         int
	}{
		{"timeout timeout, Timeout", "timeout", false, 3},
		{"orders_etl of orders.etl", "orders_etl", false, 2},
		{"etl orders", "orders_etl", false, 0},
		{"OutOfMemoryError", "outofmemory", true, 1},
		{"OutOfMemoryError", "outofmemory", false, 0},
		{"load orders_etl2", "orders etl", true, 1},
		{"a", "a b", false, 0},
		{"a", "--", false, 0},
	} {
		counts, _ := NewFinder([]Phrase{NewPhrase(c.phrase, c.prefix)}).Find(c.text)
		assert.Equal(t, []int{c.want}, counts, "%q in %q", c.phrase, c.text)
	}
	assert.Equal(t, `"orders" AND "etl"*`, NewPhrase("Orders_ETL", true).Terms())
}

func BenchmarkPack(b *testing.B) {
	lines := sample()
	var p Packer
	var w Words
	size := 0
	for b.Loop() {
		size = len(p.Pack(lines))
		w.Of(lines)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(lines)), "ns/line")
	b.ReportMetric(float64(size)/float64(len(lines)), "B/line")
}

func BenchmarkFind(b *testing.B) {
	var p Packer
	packed := p.Pack(sample())
	f := NewFinder([]Phrase{NewPhrase("task", false), NewPhrase("12345", false)})
	n := 0
	for b.Loop() {
		lines, err := Unpack(packed, Texts)
		require.NoError(b, err)
		n = len(lines)
		for i := range lines {
			f.Holds(lines[i].Text)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/line")
}

func sample() (lines []Line) {
	for i := range 1024 {
		l := Line{Number: int64(i + 1), At: int64(i) * 1e9, Level: "info", Text: fmt.Sprintf("executor.Executor: Finished task %d.0 in stage %d.0 (TID %d) in %d ms on etl-worker-1 (executor driver)", i%200, i%7, i, i*7919%977)}
		copy(l.Name[:], "stem-one..")
		l.Name[15], l.Name[14] = byte(i), byte(i>>8)
		lines = append(lines, l)
	}
	return lines
}
