package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/retrieval"
	"github.com/pipewright/pipewright/retrieval/template"
)

// packTokens is the budget of the evidence pack that must hold the answering line.
const packTokens = 2000

// logQuestion is one question of LogQA with the line that answers it.
type logQuestion struct {
	Question string
	RawLog   string
}

// benchLogQA asks the questions of every system in DIR/logqa.
func benchLogQA(dir string, systems []loghubSystem) ([]figure, error) {
	var out []figure
	for _, s := range systems {
		questions, err := loadQuestions(filepath.Join(dir, "logqa", s.name))
		if err != nil {
			return nil, err
		}
		if len(questions) == 0 {
			continue
		}
		figures, err := askLogQA(s, questions)
		if err != nil {
			return nil, err
		}
		out = append(out, figures...)
	}
	return out, nil
}

func loadQuestions(dir string) (out []logQuestion, err error) {
	paths, err := filepath.Glob(filepath.Join(dir, "qa.json.*"))
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, pipewright.Errorf(pipewright.NotFound, "open the questions: %w", err)
		}
		for _, line := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
			var q logQuestion
			if err := json.Unmarshal([]byte(line), &q); err != nil {
				return nil, pipewright.Errorf(pipewright.Invalid, "read %s: %w", path, err)
			}
			out = append(out, q)
		}
	}
	return out, nil
}

// askLogQA searches the lines of a system by every question, hybrid and by plain BM25.
func askLogQA(s loghubSystem, questions []logQuestion) ([]figure, error) {
	x, err := indexOf(s.content)
	if err != nil {
		return nil, err
	}
	base := newPlainBM25(s.content)
	hybrid, plain, packed := 0, 0, 0
	for _, q := range questions {
		hits, err := x.Search(retrieval.Query{Text: q.Question, Limit: 1})
		if err != nil {
			return nil, err
		}
		if len(hits) > 0 && hits[0].Document.Text == q.RawLog {
			hybrid++
		}
		if s.content[base.best(q.Question)] == q.RawLog {
			plain++
		}
		pack, err := x.Pack(retrieval.Query{Text: q.Question}, packTokens)
		if err != nil {
			return nil, err
		}
		for _, p := range pack {
			if p.Text == q.RawLog {
				packed++
				break
			}
		}
	}
	n := float64(len(questions))
	return []figure{
		{What: "LogQA hit@1, hybrid beside plain BM25", Of: s.name, Measured: float64(hybrid) / n, Baseline: float64(plain) / n, Goal: float64(plain)/n + 0.05},
		{What: "answering line in a pack of 2,000 tokens", Of: s.name, Measured: float64(packed) / n, Goal: 0.95},
	}, nil
}

// indexOf indexes lines with the meaning of their template.
func indexOf(lines []string) (*retrieval.Index, error) {
	m := template.New(template.Options{})
	refs := make([]template.Ref, len(lines))
	for i, l := range lines {
		refs[i] = m.Add(template.Line{Text: []byte(l)})
	}
	v := m.View()
	x := retrieval.NewIndex()
	for i, l := range lines {
		t := v.Templates[v.Of(refs[i])]
		if err := x.Add(retrieval.Document{ID: strconv.Itoa(i + 1), Kind: retrieval.KindLog, Text: l, Meaning: t.Examples[0]}); err != nil {
			return nil, err
		}
	}
	return x, nil
}

// plainBM25 is the textbook: runs of letters and digits in lower case, k1 1.2, b 0.75.
type plainBM25 struct {
	docs []map[string]float64
	size []float64
	df   map[string]float64
	mean float64
}

var plainWord = regexp.MustCompile(`\w+`)

func newPlainBM25(lines []string) *plainBM25 {
	x := &plainBM25{df: map[string]float64{}}
	for _, l := range lines {
		tf := map[string]float64{}
		words := plainWord.FindAllString(strings.ToLower(l), -1)
		for _, w := range words {
			tf[w]++
		}
		for w := range tf {
			x.df[w]++
		}
		x.docs, x.size = append(x.docs, tf), append(x.size, float64(len(words)))
		x.mean += float64(len(words)) / float64(len(lines))
	}
	return x
}

// best is the index of the line with the highest score, the first among equals.
func (x *plainBM25) best(query string) int {
	best, top := 0, -1.0
	words := plainWord.FindAllString(strings.ToLower(query), -1)
	n := float64(len(x.docs))
	for i, tf := range x.docs {
		s := 0.0
		for _, w := range words {
			if f := tf[w]; f > 0 {
				s += math.Log(1+(n-x.df[w]+0.5)/(x.df[w]+0.5)) * f * 2.2 / (f + 1.2*(0.25+0.75*x.size[i]/x.mean))
			}
		}
		if s > top {
			best, top = i, s
		}
	}
	return best
}
