package main

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/retrieval/template"
)

// loghubSystem is the log of one system with the template of each line.
type loghubSystem struct {
	name    string
	whole   []string // lines as they stand in the log
	content []string // without their headers
	truth   []string
}

// loadLoghub reads every system in DIR/loghub.
func loadLoghub(dir string) ([]loghubSystem, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "loghub", "*", "*_2k.log_structured.csv"))
	if err != nil || len(paths) == 0 {
		return nil, pipewright.Errorf(pipewright.NotFound, "there is no loghub/SYSTEM/SYSTEM_2k.log_structured.csv in %s", dir)
	}
	var out []loghubSystem
	for _, path := range paths {
		s := loghubSystem{name: filepath.Base(filepath.Dir(path))}
		if s.content, s.truth, err = readStructured(path); err != nil {
			return nil, err
		}
		raw, err := os.ReadFile(strings.TrimSuffix(path, "_structured.csv"))
		if err != nil {
			return nil, pipewright.Errorf(pipewright.NotFound, "read the log of %s: %w", s.name, err)
		}
		s.whole = strings.Split(strings.TrimRight(string(raw), "\r\n"), "\n")
		out = append(out, s)
	}
	return out, nil
}

func readStructured(path string) (content, truth []string, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, pipewright.Errorf(pipewright.NotFound, "open the truth: %w", err)
	}
	rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, nil, pipewright.Errorf(pipewright.Invalid, "read %s: it is empty or no CSV", path)
	}
	c, t := slices.Index(rows[0], "Content"), slices.Index(rows[0], "EventTemplate")
	if c < 0 || t < 0 {
		return nil, nil, pipewright.Errorf(pipewright.Invalid, "%s has no columns Content and EventTemplate", path)
	}
	for _, row := range rows[1:] {
		content, truth = append(content, row[c]), append(truth, row[t])
	}
	return content, truth, nil
}

// mined is the id and the text of the template of each line.
func mined(lines []string) (ids, texts []string) {
	m := template.New(template.Options{})
	refs := make([]template.Ref, len(lines))
	for i, l := range lines {
		refs[i] = m.Add(template.Line{Text: []byte(l)})
	}
	v := m.View()
	for _, r := range refs {
		t := v.Templates[v.Of(r)]
		ids, texts = append(ids, t.ID), append(texts, t.Text)
	}
	return ids, texts
}

// grouping is how well mined templates agree with the true ones.
type grouping struct{ ga, fga, pa float64 }

// score compares groups of lines as the loghub evaluation does: a group counts when its
// lines are exactly those of a true one. GA is the share of lines in such groups (Zhu et
// al., ICSE-SEIP 2019), FGA the F-measure over groups (Jiang et al., ISSTA 2024), PA the
// share of lines whose template has the true text (Dai et al., TSE 2020).
func score(ids, texts, truth []string) grouping {
	mined, true_ := map[string][]int{}, map[string]int{}
	same := 0
	for i := range ids {
		mined[ids[i]] = append(mined[ids[i]], i)
		true_[truth[i]]++
		if texts[i] == truth[i] {
			same++
		}
	}
	lines, groups := 0, 0
	for _, group := range mined {
		first := truth[group[0]]
		pure := !slices.ContainsFunc(group, func(i int) bool { return truth[i] != first })
		if pure && true_[first] == len(group) {
			lines += len(group)
			groups++
		}
	}
	n := float64(len(ids))
	return grouping{float64(lines) / n, 2 * float64(groups) / float64(len(mined)+len(true_)), float64(same) / n}
}

// The figures of the miner.
const (
	mineOne   = "template grouping accuracy"
	mineGA    = "template grouping accuracy (GA)"
	mineFGA   = "F1 of grouping (FGA)"
	minePA    = "parsing accuracy (PA)"
	mineSpeed = "miner, one core, whole lines"
)

func benchMining(systems []loghubSystem) []figure {
	var out []figure
	var sum grouping
	lines, spent := 0, time.Duration(0)
	for _, s := range systems {
		ids, texts := mined(s.content)
		g := score(ids, texts, s.truth)
		out = append(out, figure{What: mineOne, Of: s.name, Measured: g.ga})
		sum.ga, sum.fga, sum.pa = sum.ga+g.ga, sum.fga+g.fga, sum.pa+g.pa
		lines += len(s.whole)
		spent += miningTime(s.whole)
	}
	n := float64(len(systems))
	return append(out,
		figure{What: mineGA, Of: "mean", Measured: sum.ga / n, Goal: 0.95},
		figure{What: mineFGA, Of: "mean", Measured: sum.fga / n, Goal: 0.92},
		figure{What: minePA, Of: "mean", Measured: sum.pa / n, Goal: 0.55},
		figure{What: mineSpeed, Of: "all", Measured: float64(lines) / spent.Seconds(), Goal: 1e6, Unit: "lines/s"})
}

// miningTime is how long a warm miner takes for the lines: the best of some rounds, so
// that what else the machine does counts least.
func miningTime(lines []string) time.Duration {
	m := template.New(template.Options{})
	raw := make([][]byte, len(lines))
	for i, l := range lines {
		raw[i] = []byte(l)
	}
	best := time.Duration(1 << 62)
	for range 30 {
		start := time.Now()
		for _, l := range raw {
			m.Add(template.Line{Text: l})
		}
		best = min(best, time.Since(start))
	}
	return best
}
