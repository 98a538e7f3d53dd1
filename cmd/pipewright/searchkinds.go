package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/retrieval"
)

// documentKinds are what --kind may name.
var documentKinds = []pipewright.DocumentKind{pipewright.LogDocument, pipewright.RunDocument, pipewright.MetricDocument, pipewright.ChangeDocument, pipewright.IncidentDocument, pipewright.RunbookDocument}

// kindsOf reads --kind: kinds between commas, or all.
func kindsOf(s string) (out []pipewright.DocumentKind, err error) {
	if s == "all" {
		return nil, nil
	}
	for _, k := range strings.Split(s, ",") {
		kind := pipewright.DocumentKind(strings.TrimSpace(k))
		if !slices.Contains(documentKinds, kind) {
			return nil, pipewright.Errorf(pipewright.Invalid, "--kind %q is not one of log, run, metric, change, incident, runbook, several of them between commas, or all", kind)
		}
		out = append(out, kind)
	}
	return out, nil
}

// printDocuments prints what is kept of any kind: for log records a template in an hour.
func (p program) printDocuments(ctx context.Context, store anyStore, f searchFlags, q retrieval.LogSearch) error {
	kinds, err := kindsOf(f.kinds)
	if err != nil {
		return err
	}
	know, err := p.know(f.dbFlags)
	if err != nil {
		return err
	}
	defer know.model.close()
	archive, err := know.archive(ctx, store)
	if err != nil {
		return err
	}
	found, err := archive.Search(ctx, retrieval.ArchiveSearch{Text: q.Text, Limit: q.Limit, DocumentQuery: pipewright.DocumentQuery{
		Kinds: kinds, Resources: q.Resources, Levels: q.Levels, Run: q.Run, Window: q.Window, NewSince: q.NewSince}})
	if err != nil {
		return err
	}
	res := searchResult{Hits: []hit{}, Searched: searched(q.LogQuery)}
	res.Searched["kinds"], res.Searched["embeddings"] = f.kinds, found.Models
	if found.Degraded != nil {
		res.Searched["degraded"] = found.Degraded.Error()
	}
	for _, h := range found.Hits {
		res.Hits = append(res.Hits, documentHit(h))
	}
	if len(res.Hits) == 0 {
		res.WhyEmpty = fmt.Sprintf("no document of the kinds %s, the source, run, level and time asked for has a word of %q, or its meaning; incidents, metric windows and runbooks are kept by serve", f.kinds, q.Text)
	}
	if f.json {
		return json.NewEncoder(p.out).Encode(res)
	}
	if res.WhyEmpty != "" {
		fmt.Fprintln(p.out, res.WhyEmpty)
	}
	for _, h := range found.Hits {
		fmt.Fprintln(p.out, sayDocument(h.Document))
	}
	return nil
}

func documentHit(h retrieval.ArchiveHit) hit {
	d := h.Document
	return hit{ID: d.ID, Kind: string(d.Kind), Source: pipewright.ResourceID(d.Citation.Source), Score: h.Score, Excerpt: d.Text,
		Start: d.At, End: d.Until, Lines: [2]int64{d.Citation.FirstLine, d.Citation.LastLine}, Template: d.Template}
}

// sayDocument is a document for people: what it is, where it stands, when it was.
func sayDocument(d retrieval.Document) string {
	where := d.Citation.Source
	if d.Citation.FirstLine > 0 {
		where += fmt.Sprintf(":%d-%d", d.Citation.FirstLine, d.Citation.LastLine)
	}
	when := ""
	if !d.At.IsZero() {
		when = "  " + d.At.Format(time.RFC3339)
	}
	if d.Count > 1 {
		when += fmt.Sprintf("  %d times", d.Count)
	}
	return fmt.Sprintf("%s  %s%s\n%s\n", d.Kind, where, when, pipewright.Visible(d.Text))
}
