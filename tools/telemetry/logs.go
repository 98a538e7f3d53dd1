package telemetry

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/retrieval"
	"github.com/pipewright/pipewright/tools"
)

const (
	maxLines    = 200     // records of one search
	maxExcerpt  = 8 << 10 // bytes of one excerpt, whole records, never less than one
	maxGroups   = 8       // evidences of one search
	groupedRead = 10_000  // records read to count by resource
)

// Levels that a person asks for. "error" is the default of counts.
var levelArg = tools.Arg{Name: "level", Type: "string", Purpose: "level of the records", Enum: []string{"error", "warn", "info", "debug", "all"}}

var textArg = tools.Arg{Name: "text", Type: "string", Purpose: "words that must all occur"}

// Logs is the data of search_logs: records, oldest first, or with a text best first.
type Logs struct {
	Lines     []pipewright.LogLine `json:"lines"`
	Templates []string             `json:"templates,omitempty"` // of each, with a text
	Total     int                  `json:"total"`               // how many there are in the window, with a text how many were found
	Degraded  string               `json:"degraded,omitempty"`  // why the configured embeddings did not take part
}

// Count is the data of count_logs.
type Count struct {
	Total      int             `json:"total"`
	ByResource []ResourceCount `json:"by_resource"` // most first; of the newest 10,000
}

// ResourceCount is how many records one resource wrote.
type ResourceCount struct {
	Resource pipewright.ResourceID `json:"resource"`
	Count    int                   `json:"count"`
}

// Rate is the data of log_rate: equal buckets over the window.
type Rate struct {
	Bucket  time.Duration `json:"bucket"`
	Buckets []RateBucket  `json:"buckets"`
}

// RateBucket counts the records of [Start, Start+Bucket).
type RateBucket struct {
	Start time.Time `json:"start"`
	Count int       `json:"count"`
}

func (r reader) logQuery(ctx context.Context, in input, def string) (q pipewright.LogQuery, ok bool, err error) {
	q = pipewright.LogQuery{Window: in.window(), Text: in.str("text"), Run: in.str("run")}
	q.Resources, ok, err = r.scope(ctx, in)
	if id := in.resource(); err == nil && id != "" && in.bound("hops", 0, 8) > 0 {
		ok = true
		q.Resources, err = Neighbourhood(ctx, r.store, id, in.bound("hops", 0, 8))
	}
	level := in.str("level")
	if level == "" {
		level = def
	}
	if level != "all" {
		q.Levels = []pipewright.Level{pipewright.Level(level)}
	}
	return q, ok, err
}

func (r reader) searchLogs() spec {
	return spec{name: "search_logs", purpose: "log records of a resource in a window, with their record numbers: the newest, or with text those that answer it best, by words and meaning",
		args: []tools.Arg{resourceArg, kindArg, levelArg, {Name: "text", Type: "string", Purpose: "what to look for, in any words; empty for the newest records"},
			{Name: "run", Type: "string", Purpose: "id of the run that wrote them"}, startArg, endArg, hopsArg, newArg, limitArg("at most that many records, 200 at most")},
		run: func(ctx context.Context, in input) (tools.Result, error) {
			q, ok, why, err := r.search(ctx, in)
			if err != nil || why != "" {
				return tools.Result{Empty: why}, err
			}
			if !ok {
				return r.nothing(ctx, in, "log record", time.Time{})
			}
			q.Limit = in.bound("limit", 20, maxLines)
			if q.Text != "" || in.flag("new") {
				return r.ranked(ctx, in, q)
			}
			return r.newest(ctx, in, q.LogQuery)
		}}
}

// newest are the newest records of a query.
func (r reader) newest(ctx context.Context, in input, q pipewright.LogQuery) (tools.Result, error) {
	total, err := r.store.CountLogs(ctx, q)
	if err != nil {
		return tools.Result{}, err
	}
	if total == 0 {
		return r.noLogs(ctx, in, q)
	}
	q.Newest = true
	lines, err := r.store.Logs(ctx, q)
	return tools.Result{Evidence: Cite(lines, in.query(), q.Window), Hits: total, Data: Logs{Lines: lines, Total: total}}, err
}

// ranked are the records that answer a search best.
func (r reader) ranked(ctx context.Context, in input, q retrieval.LogSearch) (tools.Result, error) {
	found, err := retrieval.SearchLogs(ctx, r.logs(), q)
	if err != nil {
		return tools.Result{}, err
	}
	if len(found.Hits) == 0 {
		return degraded(found.Degraded)(r.noLogs(ctx, in, q.LogQuery))
	}
	data := Logs{Total: len(found.Hits)}
	if found.Degraded != nil {
		data.Degraded = found.Degraded.Error()
	}
	for _, h := range found.Hits {
		data.Lines = append(data.Lines, h.Line)
		data.Templates = append(data.Templates, h.Template)
	}
	return tools.Result{Evidence: citeEach(data.Lines[:min(len(data.Lines), maxGroups)], in.query(), q.Window), Hits: data.Total, Data: data}, nil
}

// degraded adds to an empty result that words alone were searched.
func degraded(why error) func(tools.Result, error) (tools.Result, error) {
	return func(res tools.Result, err error) (tools.Result, error) {
		if why != nil && err == nil {
			res.Empty += fmt.Sprintf("; the configured embeddings took no part: %v", why)
		}
		return res, err
	}
}

func (r reader) countLogs() spec {
	return spec{name: "count_logs", purpose: "how many log records of a level (errors unless said) a resource wrote in a window, by resource",
		args: []tools.Arg{resourceArg, kindArg, levelArg, textArg, startArg, endArg, hopsArg, newArg},
		run: func(ctx context.Context, in input) (tools.Result, error) {
			q, ok, err := r.logQuery(ctx, in, "error")
			if err != nil {
				return tools.Result{}, err
			}
			if !ok {
				return r.nothing(ctx, in, "log record", time.Time{})
			}
			if in.flag("new") {
				return r.countNew(ctx, in, q)
			}
			total, err := r.store.CountLogs(ctx, q)
			if err != nil {
				return tools.Result{}, err
			}
			if total == 0 {
				return r.noLogs(ctx, in, q)
			}
			q.Limit, q.Newest = groupedRead, true
			lines, err := r.store.Logs(ctx, q)
			if err != nil {
				return tools.Result{}, err
			}
			data := Count{Total: total, ByResource: byResource(lines)}
			if len(data.ByResource) == 1 {
				data.ByResource[0].Count = total
			}
			return tools.Result{Evidence: Cite(tail(lines, 5), in.query(), q.Window), Hits: total, Data: data}, nil
		}}
}

// countNew counts the records of templates that are new since the last good run.
func (r reader) countNew(ctx context.Context, in input, q pipewright.LogQuery) (tools.Result, error) {
	if r.archive == nil || q.Text != "" {
		return tools.Result{}, pipewright.Errorf(pipewright.Invalid, "what is new is counted without text, where templates are kept: use search_logs with new")
	}
	since, why, err := r.sinceGood(ctx, in)
	if err != nil || why != "" {
		return tools.Result{Empty: why}, err
	}
	docs, err := r.archive.All(ctx, pipewright.DocumentQuery{Kinds: []pipewright.DocumentKind{pipewright.LogDocument}, Resources: q.Resources, Levels: q.Levels, Run: q.Run, Window: q.Window, NewSince: since})
	if err != nil {
		return tools.Result{}, err
	}
	if len(docs) == 0 {
		return r.noLogs(ctx, in, q)
	}
	counts := map[pipewright.ResourceID]int{}
	data := Count{}
	var cited []pipewright.LogLine
	for _, d := range docs {
		data.Total += int(d.Count)
		counts[d.Resource] += int(d.Count)
		if len(cited) < maxGroups {
			lines, err := r.store.Logs(ctx, pipewright.LogQuery{Resources: []pipewright.ResourceID{d.Resource}, FirstLine: d.Citation.FirstLine, LastLine: d.Citation.FirstLine})
			if err != nil {
				return tools.Result{}, err
			}
			cited = append(cited, lines...)
		}
	}
	for id, n := range counts {
		data.ByResource = append(data.ByResource, ResourceCount{id, n})
	}
	sortCounts(data.ByResource)
	return tools.Result{Evidence: citeEach(cited, in.query(), q.Window), Hits: data.Total, Data: data}, nil
}

// noLogs explains an empty search and cites the newest record of the resource.
func (r reader) noLogs(ctx context.Context, in input, q pipewright.LogQuery) (tools.Result, error) {
	what := "log record"
	if len(q.Levels) == 1 {
		what = string(q.Levels[0]) + " log record"
	}
	if in.flag("new") {
		what = "new " + what
	}
	if q.Text != "" {
		what += fmt.Sprintf(" with %q", q.Text)
	}
	last, err := r.store.Logs(ctx, pipewright.LogQuery{Resources: q.Resources, Limit: 1, Newest: true})
	if err != nil {
		return tools.Result{}, err
	}
	var newest time.Time
	if len(last) > 0 {
		newest = last[0].At
	}
	res, err := r.nothing(ctx, in, what, newest)
	res.Evidence = Cite(last, in.query(), in.window())
	res.Data = Count{}
	return res, err
}

func (r reader) logRate() spec {
	return spec{name: "log_rate", purpose: "how many log records of a level a resource wrote in each of up to 48 equal buckets of a window",
		args: []tools.Arg{resourceArg, kindArg, levelArg, textArg, must(startArg), must(endArg), hopsArg, limitArg("number of buckets, 12 unless said, 48 at most")},
		run: func(ctx context.Context, in input) (tools.Result, error) {
			q, ok, err := r.logQuery(ctx, in, "error")
			if err != nil {
				return tools.Result{}, err
			}
			w := in.window()
			if !ok || w.Span() <= 0 {
				return r.nothing(ctx, in, "log record", time.Time{})
			}
			n := in.bound("limit", 12, 48)
			rate := Rate{Bucket: w.Span() / time.Duration(n)}
			total := 0
			for i := range n {
				b := pipewright.Window{Start: w.Start.Add(time.Duration(i) * rate.Bucket), End: w.Start.Add(time.Duration(i+1) * rate.Bucket)}
				if i == n-1 {
					b.End = w.End
				}
				q.Window = b
				c, err := r.store.CountLogs(ctx, q)
				if err != nil {
					return tools.Result{}, err
				}
				rate.Buckets = append(rate.Buckets, RateBucket{Start: b.Start, Count: c})
				total += c
			}
			q.Window = w
			if total == 0 {
				return r.noLogs(ctx, in, q)
			}
			q.Limit, q.Newest = 3, true
			lines, err := r.store.Logs(ctx, q)
			return tools.Result{Evidence: Cite(lines, in.query(), w), Hits: total, Data: rate}, err
		}}
}

func tail[T any](s []T, n int) []T {
	if len(s) > n {
		return s[len(s)-n:]
	}
	return s
}

func byResource(lines []pipewright.LogLine) []ResourceCount {
	at := map[pipewright.ResourceID]int{}
	var out []ResourceCount
	for _, l := range lines {
		i, seen := at[l.Resource]
		if !seen {
			i = len(out)
			at[l.Resource] = i
			out = append(out, ResourceCount{Resource: l.Resource})
		}
		out[i].Count++
	}
	sortCounts(out)
	return out
}

// sortCounts puts the most first.
func sortCounts(out []ResourceCount) {
	slices.SortFunc(out, func(a, b ResourceCount) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		return strings.Compare(string(a.Resource), string(b.Resource))
	})
}

// citeEach cites each record by itself, in the order given.
func citeEach(lines []pipewright.LogLine, query string, w pipewright.Window) []pipewright.Evidence {
	out := []pipewright.Evidence{}
	for i := range lines {
		out = append(out, Cite(lines[i:i+1], query, w)...)
	}
	return out
}

// Cite makes evidence of log records: one for each stretch of consecutive record
// numbers of one source, the newest stretches first. An excerpt is exactly the
// texts of its records joined by newlines.
func Cite(lines []pipewright.LogLine, query string, w pipewright.Window) []pipewright.Evidence {
	lines = slices.Clone(lines)
	slices.SortStableFunc(lines, func(a, b pipewright.LogLine) int {
		if a.Resource != b.Resource {
			return strings.Compare(string(a.Resource), string(b.Resource))
		}
		return int(a.Line - b.Line)
	})
	type stretch struct {
		e  pipewright.Evidence
		at time.Time
	}
	var out []stretch
	for _, l := range lines {
		if n := len(out) - 1; n >= 0 && out[n].e.Source == l.Resource && out[n].e.Lines[1]+1 == l.Line && len(out[n].e.Excerpt)+len(l.Text) < maxExcerpt {
			out[n].e.Excerpt += "\n" + l.Text
			out[n].e.Lines[1], out[n].at = l.Line, l.At
			continue
		}
		out = append(out, stretch{at: l.At, e: pipewright.Evidence{Source: l.Resource, Kind: pipewright.LogEvidence, Query: query,
			Start: w.Start, End: w.End, Excerpt: l.Text, Lines: []int64{l.Line, l.Line}}})
	}
	slices.SortStableFunc(out, func(a, b stretch) int { return b.at.Compare(a.at) })
	evidence := []pipewright.Evidence{}
	for _, s := range out[:min(len(out), maxGroups)] {
		s.e.Link = fmt.Sprintf("pipewright search --source %s --lines %d-%d", s.e.Source, s.e.Lines[0], s.e.Lines[1])
		evidence = append(evidence, s.e)
	}
	return evidence
}
