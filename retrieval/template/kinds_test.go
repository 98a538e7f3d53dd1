package template_test

import (
	"bytes"
	"embed"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pipewright/pipewright/retrieval/template"
)

// kinds are made-up statements in the style of many kinds of software, one a line, their
// variables in braces. None of them is taken from a log that anyone recorded.
//
//go:embed testdata/kinds/*.txt
var kinds embed.FS

// corpus is a log written from statements, with the statement of each line.
type corpus struct{ lines, truth []string }

// writer fills in statements. Names come from small pools, as they do in a plant that
// has so many hosts and users and no more; numbers do not.
type writer struct {
	*rand.Rand
	pools map[string][]string
}

func (w *writer) num(from, to int) string { return fmt.Sprint(from + w.IntN(to-from)) }

func (w *writer) either(vs ...string) string {
	v := vs[w.IntN(len(vs))]
	if strings.HasPrefix(v, "%") {
		return fmt.Sprintf(v, w.Float64()*900)
	}
	return v
}

func (w *writer) hex(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "0123456789abcdef"[w.IntN(16)]
	}
	return string(b)
}

// word is a name that nothing knows.
func (w *writer) word() string {
	s := ""
	for range 2 + w.IntN(2) {
		s += string("bcdfgklmnprstvz"[w.IntN(15)]) + string("aeiou"[w.IntN(5)]) + w.either("", "", "n", "r")
	}
	return s
}

func (w *writer) title() string {
	s := w.word()
	return strings.ToUpper(s[:1]) + s[1:]
}

func (w *writer) list(stem, sep string) string {
	items := make([]string, 1+w.IntN(4))
	for i := range items {
		items[i] = stem + w.num(1, 250)
	}
	return strings.Join(items, sep)
}

// value is what stands for a variable in one line.
func (w *writer) value(name string) string {
	if f := fresh[name]; f != nil {
		return f(w)
	}
	if w.pools[name] == nil {
		w.pools[name] = w.pool(name)
	}
	return w.pools[name][w.IntN(len(w.pools[name]))]
}

// pool draws the names that a plant has, few or many.
func (w *writer) pool(name string) []string {
	if list, ok := closed[name]; ok {
		if strings.Contains(list, "|") {
			return strings.Split(list, "|")
		}
		return strings.Fields(list)
	}
	make1 := open[name]
	if make1 == nil {
		panic("no variable is called " + name)
	}
	out := make([]string, int(math.Exp(w.Float64()*3.2)))
	for i := range out {
		out[i] = make1(w)
	}
	return out
}

// cut splits a statement at its variables: texts, and the names between them.
func cut(statement string) (texts, names []string) {
	text := ""
	for statement != "" {
		open := strings.IndexByte(statement, '{')
		end := -1
		if open >= 0 {
			end = strings.IndexAny(statement[open+1:], "{} =")
		}
		if end < 0 || statement[open+1+end] != '}' || end == 0 {
			n := max(open+1, 1)
			if open < 0 {
				n = len(statement)
			}
			text, statement = text+statement[:n], statement[n:]
			continue
		}
		texts, names = append(texts, text+statement[:open]), append(names, statement[open+1:open+1+end])
		text, statement = "", statement[open+end+2:]
	}
	return append(texts, text), names
}

// instances writes n lines of a statement, with the template of each. It is not clear what
// that is when a variable has two or three values that read like words: then nobody can
// tell it from text that differs.
func (w *writer) instances(statement string, n int) (lines, truth []string, clear bool) {
	texts, names := cut(statement)
	seen := make([]map[string]bool, len(names))
	for range n {
		line, t := texts[0], texts[0]
		for k, name := range names {
			v := w.value(name)
			line += v + texts[k+1]
			if !slices.Contains(telling, name) {
				if seen[k] == nil {
					seen[k] = map[string]bool{}
				}
				if !strings.ContainsAny(v, "0123456789./\\@_-") {
					seen[k][v] = true
				}
				v = "<*>"
			}
			t += v + texts[k+1]
		}
		lines, truth = append(lines, line), append(truth, t)
	}
	return lines, truth, !slices.ContainsFunc(seen, func(vs map[string]bool) bool { return len(vs) == 2 || len(vs) == 3 })
}

// write writes a log of n lines. A few statements make most of them, and many are seen
// once or twice, as in the logs of real systems.
func write(kind string, n int, seed uint64) corpus {
	raw, err := kinds.ReadFile("testdata/kinds/" + kind + ".txt")
	if err != nil {
		panic(err)
	}
	statements := strings.Split(strings.TrimSpace(string(raw)), "\n")
	w := &writer{rand.New(rand.NewPCG(seed, 17)), map[string][]string{}}
	w.Shuffle(len(statements), func(i, j int) { statements[i], statements[j] = statements[j], statements[i] })
	total, slope := 0.0, 1.2+w.Float64()
	weights := make([]float64, len(statements))
	for i := range weights {
		weights[i] = math.Pow(float64(i+1), -slope)
		total += weights[i]
	}
	var c corpus
	for i, s := range statements {
		n := max(1, int(float64(n)*weights[i]/total))
		if lines, truth, clear := w.instances(s, n); clear {
			c.lines, c.truth = append(c.lines, lines...), append(c.truth, truth...)
		}
	}
	w.Shuffle(len(c.lines), func(i, j int) {
		c.lines[i], c.lines[j] = c.lines[j], c.lines[i]
		c.truth[i], c.truth[j] = c.truth[j], c.truth[i]
	})
	return c
}

// agreement is how well mined templates agree with the true ones: the share of lines in
// groups that are exactly the true ones (GA), and the F-measure over groups (FGA).
func agreement(mined, truth []string) (ga, fga float64) {
	sizes, groups := map[string]int{}, map[string][]int{}
	for i, t := range truth {
		sizes[t]++
		groups[mined[i]] = append(groups[mined[i]], i)
	}
	lines, exact := 0, 0
	for _, g := range groups {
		t := truth[g[0]]
		if len(g) == sizes[t] && !slices.ContainsFunc(g, func(i int) bool { return truth[i] != t }) {
			lines += len(g)
			exact++
		}
	}
	return float64(lines) / float64(len(truth)), 2 * float64(exact) / float64(len(groups)+len(sizes))
}

// TestLogsOfManyKinds shows a rule that helps one log and harms the rest: the figures are floors.
func TestLogsOfManyKinds(t *testing.T) {
	files, err := kinds.ReadDir("testdata/kinds")
	require.NoError(t, err)
	const seeds = 3
	meanGA, meanFGA := 0.0, 0.0
	for _, f := range files {
		kind := strings.TrimSuffix(f.Name(), ".txt")
		ga, fga := 0.0, 0.0
		for seed := range uint64(seeds) {
			c := write(kind, 2000, seed+1)
			g, f := agreement(mine(template.New(template.Options{}), c.lines), c.truth)
			ga, fga = ga+g/seeds, fga+f/seeds
		}
		t.Logf("%-14s GA %.3f FGA %.3f", kind, ga, fga)
		require.Greater(t, ga, 0.6, kind)
		meanGA, meanFGA = meanGA+ga/float64(len(files)), meanFGA+fga/float64(len(files))
	}
	t.Logf("%-14s GA %.3f FGA %.3f", "mean", meanGA, meanFGA)
	require.Greater(t, meanGA, 0.955)
	require.Greater(t, meanFGA, 0.91)
}

func TestLogsOfManyKindsAcrossRestartsAndReplicas(t *testing.T) {
	files, err := kinds.ReadDir("testdata/kinds")
	require.NoError(t, err)
	for _, f := range files {
		c := write(strings.TrimSuffix(f.Name(), ".txt"), 600, 9)
		whole, first, second := template.New(template.Options{}), template.New(template.Options{}), template.New(template.Options{})
		mine(whole, c.lines)
		mine(first, c.lines[:len(c.lines)/2])
		mine(second, c.lines[len(c.lines)/2:])
		var disk bytes.Buffer
		require.NoError(t, second.Save(&disk))
		require.NoError(t, first.Load(&disk))
		require.Equal(t, summary(whole), summary(first), f.Name())
	}
}
