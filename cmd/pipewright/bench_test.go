package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestScoreOfGrouping(t *testing.T) {
	for name, c := range map[string]struct {
		ids, texts, truth string
		want              grouping
	}{
		"all right":              {"1 1 2", "a a b", "a a b", grouping{1, 1, 1}},
		"other names for groups": {"9 9 8", "x x y", "a a b", grouping{1, 1, 0}},
		"two true ones in one":   {"1 1 2", "a a b", "a c b", grouping{1.0 / 3, 2 * 1.0 / 5, 2.0 / 3}},
		"one true one in two":    {"1 3 2", "a a b", "a a b", grouping{1.0 / 3, 2 * 1.0 / 5, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			got := score(strings.Fields(c.ids), strings.Fields(c.texts), strings.Fields(c.truth))
			require.InDelta(t, c.want.ga, got.ga, 1e-9)
			require.InDelta(t, c.want.fga, got.fga, 1e-9)
			require.InDelta(t, c.want.pa, got.pa, 1e-9)
		})
	}
}

func TestBenchRetrieval(t *testing.T) {
	dir := t.TempDir()
	write := func(path, text string) {
		path = filepath.Join(dir, path)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	log, truth := "", "LineId,Content,EventTemplate\n"
	for i := range 40 {
		line := fmt.Sprintf("Task %d finished in %d ms", i, 7*i)
		log += "2026-11-20 03:10:00 INFO " + line + "\n"
		truth += fmt.Sprintf("%d,%s,Task <*> finished in <*> ms\n", i+1, line)
	}
	write("loghub/Made/Made_2k.log", log)
	write("loghub/Made/Made_2k.log_structured.csv", truth)
	write("logqa/Made/qa.json.train", `{"Question":"When did task 17 finish?","Answer":"119","RawLog":"Task 17 finished in 119 ms"}`+"\n")

	var out bytes.Buffer
	p := program{in: strings.NewReader(""), out: &out, err: &out, now: time.Now, env: func(string) string { return "" }}
	require.Zero(t, run(t.Context(), p, []string{"bench", "retrieval", "--data", dir, "--vectors", "500", "--json"}), out.String())
	var report struct{ Figures []figure }
	require.NoError(t, json.Unmarshal(out.Bytes(), &report))
	measured := map[string]float64{}
	for _, f := range report.Figures {
		measured[f.What] = f.Measured
	}
	for _, exact := range []string{"template grouping accuracy (GA)", "F1 of grouping (FGA)", "parsing accuracy (PA)", "LogQA hit@1, hybrid beside plain BM25", "answering line in a pack of 2,000 tokens", "vector search, recall@10"} {
		require.InDelta(t, 1, measured[exact], 1e-9, exact)
	}
	require.Positive(t, measured["ingest, embedded store"])
	require.Positive(t, measured["redaction, lines without secrets"])
	require.Zero(t, measured["redaction, values hidden in lines without secrets"])

	out.Reset()
	require.Equal(t, 1, run(t.Context(), p, []string{"bench", "retrieval", "--data", t.TempDir()}))
	require.Contains(t, out.String(), "there is no loghub/SYSTEM")
}

func TestDrain3BesideTheMiner(t *testing.T) {
	s := loghubSystem{name: "Made", whole: []string{"12:00 a 1", "12:01 a 2"}, content: []string{"a 1", "a 2"}, truth: []string{"a <*>", "a <*>"}}
	python := filepath.Join(t.TempDir(), "python3") // what runs it, in plain sight
	answer := func(text string) {
		require.NoError(t, os.WriteFile(python, []byte("#!/bin/sh\ncat >/dev/null\n"+text+"\n"), 0o700)) //nolint:gosec // it is run
	}
	answer(`echo '{"ids": ["1", "1"], "texts": ["a <*>", "a <*>"], "seconds": 0.5}'`)
	figures := benchMining([]loghubSystem{s})
	require.NoError(t, beside(t.Context(), python, []loghubSystem{s}, figures))
	baselines := map[string]float64{}
	for _, f := range figures {
		baselines[f.What] = f.Baseline
	}
	require.Equal(t, map[string]float64{mineOne: 1, mineGA: 1, mineFGA: 1, minePA: 1, mineSpeed: 4}, baselines)

	answer(`echo "ModuleNotFoundError: No module named 'drain3'" >&2; exit 1`)
	require.ErrorContains(t, beside(t.Context(), python, []loghubSystem{s}, figures), "pip install drain3")
	answer(`echo '{"ids": ["1"]}'`)
	require.ErrorContains(t, beside(t.Context(), python, []loghubSystem{s}, figures), "1 templates for 2 lines")
}
