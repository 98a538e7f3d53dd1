package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/retrieval"
	"github.com/pipewright/pipewright/tools/telemetry"
)

// hit is one search result in the JSON that DESIGN fixes.
type hit struct {
	ID       string                `json:"id"`
	Kind     string                `json:"kind"`
	Source   pipewright.ResourceID `json:"source"`
	Score    float64               `json:"score"`
	Excerpt  string                `json:"excerpt"`
	Start    time.Time             `json:"start"`
	End      time.Time             `json:"end"`
	Lines    [2]int64              `json:"lines"`
	Template string                `json:"template"`
}

type searchResult struct {
	Hits     []hit          `json:"hits"`
	Searched map[string]any `json:"searched"`
	WhyEmpty string         `json:"why_empty"`
}

// searchFlags say which records are searched, before any is ranked.
type searchFlags struct {
	dbFlags
	source, lines, run, level string
	kinds                     string
	since                     time.Duration
	hops, limit               int
	onlyNew                   bool
}

func (p program) searchCommand() *cobra.Command {
	var f searchFlags
	cmd := &cobra.Command{
		Use:   "search [QUERY]",
		Short: "Search stored log records, cited; --source S --lines a-b prints exactly those records",
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withStore(cmd.Context(), f.dbFlags, func(ctx context.Context, store anyStore) error {
				if strings.HasPrefix(f.source, telemetry.RunbookKind+"/") {
					return p.printRunbook(ctx, store, f)
				}
				q, err := p.logSearch(ctx, store, f, strings.Join(args, " "))
				if err != nil {
					return err
				}
				if q.FirstLine > 0 {
					return p.printLines(ctx, store, f.dbFlags, q.LogQuery)
				}
				if f.kinds != "" {
					return p.printDocuments(ctx, store, f, q)
				}
				return p.printHits(ctx, store, f.dbFlags, q)
			})
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&f.source, "source", "", "only this resource")
	cmd.Flags().StringVar(&f.lines, "lines", "", "records a-b of the source, as a citation names them")
	cmd.Flags().StringVar(&f.run, "run", "", "only what this run wrote")
	cmd.Flags().StringVar(&f.level, "level", "", "only this level: error, warn, info or debug")
	cmd.Flags().DurationVar(&f.since, "since", 0, "only the last so long (2h); 0: everything")
	cmd.Flags().IntVar(&f.hops, "hops", 0, "the resources so many hops around --source along the lineage as well")
	cmd.Flags().BoolVar(&f.onlyNew, "new", false, "only what --source did not log before: templates new since its last good run")
	cmd.Flags().StringVar(&f.kinds, "kind", "", "documents in place of log records: log (a template in an hour), run, metric, change, incident, runbook, several between commas, or all")
	cmd.Flags().IntVar(&f.limit, "limit", 10, "at most this many hits")
	return cmd
}

func (p program) logSearch(ctx context.Context, store anyStore, f searchFlags, text string) (q retrieval.LogSearch, err error) {
	q.Text, q.Limit, q.Run = text, f.limit, f.run
	if f.since < 0 || f.limit < 1 {
		return q, pipewright.Errorf(pipewright.Invalid, "--since must not be negative and --limit must be at least 1")
	}
	if f.source == "" && (f.lines != "" || f.hops != 0 || f.onlyNew) {
		return q, pipewright.Errorf(pipewright.Invalid, "--lines needs --source, as do --hops and --new: they are of one resource")
	}
	if f.level != "" {
		q.Levels = []pipewright.Level{pipewright.Level(f.level)}
		if !slices.Contains([]pipewright.Level{pipewright.Err, pipewright.Warn, pipewright.Info, pipewright.Debug}, q.Levels[0]) {
			return q, pipewright.Errorf(pipewright.Invalid, "--level %q is not one of error, warn, info, debug", f.level)
		}
	}
	if f.source != "" {
		if err := p.around(ctx, store, f, &q); err != nil {
			return q, err
		}
	}
	if f.lines != "" {
		if q.FirstLine, q.LastLine, err = lineRange(f.lines); err != nil {
			return q, err
		}
		q.Limit = int(q.LastLine-q.FirstLine) + 1
	} else if text == "" {
		return q, pipewright.Errorf(pipewright.Invalid, "say what to search for, or which records with --source and --lines")
	}
	if f.since > 0 {
		now, err := p.nowOf(ctx, store)
		if err != nil {
			return q, err
		}
		q.Window.Start = now.Add(-f.since)
	}
	return q, nil
}

// around makes the filters that start from the source.
func (p program) around(ctx context.Context, store anyStore, f searchFlags, q *retrieval.LogSearch) error {
	id, err := observed(ctx, store, []string{f.source})
	if err != nil {
		return err
	}
	q.Resources = []pipewright.ResourceID{id}
	if f.hops > 0 && f.lines == "" {
		if q.Resources, err = telemetry.Neighbourhood(ctx, store, id, f.hops); err != nil {
			return err
		}
	}
	if !f.onlyNew {
		return nil
	}
	good, ok, err := telemetry.LastGoodRun(ctx, store, id, time.Time{})
	if err == nil && !ok {
		err = pipewright.Errorf(pipewright.NotFound, "%s has no run that succeeded, so nothing is new since one: leave --new out", id)
	}
	q.NewSince = telemetry.EndOf(good)
	return err
}

const maxLines = 10_000

// lineRange reads "120-131" or "120".
func lineRange(s string) (a, b int64, err error) {
	from, to, ranged := strings.Cut(s, "-")
	if !ranged {
		to = from
	}
	a, errA := strconv.ParseInt(strings.TrimSpace(from), 10, 64)
	b, errB := strconv.ParseInt(strings.TrimSpace(to), 10, 64)
	if errA != nil || errB != nil || a < 1 || b < a || b-a >= maxLines {
		return 0, 0, pipewright.Errorf(pipewright.Invalid, "--lines %q is not a range such as 120-131 of at most %d records", s, maxLines)
	}
	return a, b, nil
}

// printLines prints records word for word, as evidence quotes them.
func (p program) printLines(ctx context.Context, store anyStore, f dbFlags, q pipewright.LogQuery) error {
	found, err := store.Logs(ctx, q)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return pipewright.Errorf(pipewright.NotFound, "%s has no records %d-%d", q.Resources[0], q.FirstLine, q.LastLine)
	}
	if f.json {
		res := searchResult{Searched: searched(q)}
		for _, l := range found {
			res.Hits = append(res.Hits, hitOf(pipewright.LogHit{Line: l}))
		}
		return json.NewEncoder(p.out).Encode(res)
	}
	for _, l := range found {
		fmt.Fprintln(p.out, pipewright.Visible(l.Text))
	}
	return nil
}

func (p program) printHits(ctx context.Context, store anyStore, f dbFlags, q retrieval.LogSearch) error {
	know, err := p.know(f)
	if err != nil {
		return err
	}
	defer know.model.close()
	if q.Embedder, err = know.model.embedder(ctx, store); err != nil {
		return err
	}
	if q.Archive, err = know.archive(ctx, store); err != nil {
		return err
	}
	found, err := retrieval.SearchLogs(ctx, store, q)
	if err != nil {
		return err
	}
	res := searchResult{Hits: []hit{}, Searched: searched(q.LogQuery)}
	if q.Embedder != nil && found.Degraded == nil {
		res.Searched["embeddings"] = q.Embedder.Name()
	}
	if found.Degraded != nil {
		res.Searched["degraded"] = found.Degraded.Error()
	}
	if !q.NewSince.IsZero() {
		res.Searched["new_since"] = q.NewSince
	}
	for _, h := range found.Hits {
		one := hitOf(pipewright.LogHit{Line: h.Line, Score: h.Score})
		one.Template = h.Template
		res.Hits = append(res.Hits, one)
	}
	if len(found.Hits) == 0 {
		if res.WhyEmpty, err = whyEmpty(ctx, store, q); err != nil {
			return err
		}
	}
	if f.json {
		return json.NewEncoder(p.out).Encode(res)
	}
	if res.WhyEmpty != "" {
		fmt.Fprintln(p.out, res.WhyEmpty)
	}
	for _, h := range res.Hits {
		fmt.Fprintf(p.out, "%s:%d  %s\n%s\n\n", h.Source, h.Lines[0], h.Start.Format(time.RFC3339), pipewright.Visible(h.Excerpt))
	}
	return nil
}

func hitOf(h pipewright.LogHit) hit {
	return hit{
		ID: fmt.Sprintf("%s:%d", h.Line.Resource, h.Line.Line), Kind: "log", Source: h.Line.Resource, Score: h.Score,
		Excerpt: h.Line.Text, Start: h.Line.At, End: h.Line.At, Lines: [2]int64{h.Line.Line, h.Line.Line},
	}
}

func searched(q pipewright.LogQuery) map[string]any {
	return map[string]any{"text": q.Text, "sources": q.Resources, "window": q.Window, "levels": q.Levels, "run": q.Run}
}

// whyEmpty says what was searched and why nothing may be there.
func whyEmpty(ctx context.Context, store anyStore, q retrieval.LogSearch) (string, error) {
	wider := q.LogQuery
	if q.NewSince.After(wider.Window.Start) {
		wider.Window.Start = q.NewSince
	}
	wider.Text = ""
	n, err := store.CountLogs(ctx, wider)
	if err != nil {
		return "", err
	}
	if n == 0 {
		return "no log record is stored for that source, run, level and time at all", nil
	}
	if !q.NewSince.IsZero() {
		return fmt.Sprintf("of the %d log records since the last good run, none that is new has a word of %q, or its meaning", n, q.Text), nil
	}
	return fmt.Sprintf("none of the %d log records searched has a word of %q, or its meaning", n, q.Text), nil
}
