package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/retrieval"
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

func (p program) searchCommand() *cobra.Command {
	var f dbFlags
	var source, lines string
	var since time.Duration
	var limit int
	cmd := &cobra.Command{
		Use:   "search [QUERY]",
		Short: "Search stored log records, cited; --source S --lines a-b prints exactly those records",
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withStore(cmd.Context(), f, func(ctx context.Context, store anyStore) error {
				q, err := p.logQuery(ctx, store, strings.Join(args, " "), source, lines, since, limit)
				if err != nil {
					return err
				}
				if q.FirstLine > 0 {
					return p.printLines(ctx, store, f, q)
				}
				return p.printHits(ctx, store, f, q)
			})
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&source, "source", "", "only this resource")
	cmd.Flags().StringVar(&lines, "lines", "", "records a-b of the source, as a citation names them")
	cmd.Flags().DurationVar(&since, "since", 0, "only the last so long (2h); 0: everything")
	cmd.Flags().IntVar(&limit, "limit", 10, "at most this many hits")
	return cmd
}

func (p program) logQuery(ctx context.Context, store anyStore, text, source, lines string, since time.Duration, limit int) (q pipewright.LogQuery, err error) {
	q.Text, q.Limit = text, limit
	if since < 0 || limit < 1 {
		return q, pipewright.Errorf(pipewright.Invalid, "--since must not be negative and --limit must be at least 1")
	}
	if source != "" {
		id, err := observed(ctx, store, []string{source})
		if err != nil {
			return q, err
		}
		q.Resources = []pipewright.ResourceID{id}
	}
	if lines != "" {
		if source == "" {
			return q, pipewright.Errorf(pipewright.Invalid, "--lines needs --source: lines are numbered within a resource")
		}
		if q.FirstLine, q.LastLine, err = lineRange(lines); err != nil {
			return q, err
		}
		q.Limit = int(q.LastLine-q.FirstLine) + 1
	} else if text == "" {
		return q, pipewright.Errorf(pipewright.Invalid, "say what to search for, or which records with --source and --lines")
	}
	if since > 0 {
		now, err := p.nowOf(ctx, store)
		if err != nil {
			return q, err
		}
		q.Window.Start = now.Add(-since)
	}
	return q, nil
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

func (p program) printHits(ctx context.Context, store anyStore, f dbFlags, q pipewright.LogQuery) error {
	found, err := retrieval.SearchLogs(ctx, store, q)
	if err != nil {
		return err
	}
	res := searchResult{Hits: []hit{}, Searched: searched(q)}
	for _, h := range found {
		one := hitOf(pipewright.LogHit{Line: h.Line, Score: h.Score})
		one.Template = h.Template
		res.Hits = append(res.Hits, one)
	}
	if len(found) == 0 {
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
	return map[string]any{"text": q.Text, "sources": q.Resources, "window": q.Window}
}

// whyEmpty says what was searched and why nothing may be there.
func whyEmpty(ctx context.Context, store anyStore, q pipewright.LogQuery) (string, error) {
	wider := q
	wider.Text = ""
	n, err := store.CountLogs(ctx, wider)
	if err != nil {
		return "", err
	}
	if n == 0 {
		return "no log record is stored for that source and time at all", nil
	}
	return fmt.Sprintf("none of the %d log records searched has a word of %q, or its meaning", n, q.Text), nil
}
