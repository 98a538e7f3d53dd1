package main

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/retrieval"
)

// archives are those of the stores that this process reads: each keeps its vectors in
// memory from the first search on.
type archives struct {
	mu sync.Mutex
	of map[anyStore]*retrieval.Archive
}

// archive is what searches every document of a store.
func (k knowledge) archive(ctx context.Context, store anyStore) (*retrieval.Archive, error) {
	embedder, err := k.model.embedder(ctx, store)
	if err != nil {
		return nil, err
	}
	if k.archives == nil { // nothing is kept between two searches
		return retrieval.NewArchive(store, embedder), nil
	}
	k.archives.mu.Lock()
	defer k.archives.mu.Unlock()
	a := k.archives.of[store]
	if a == nil {
		a = retrieval.NewArchive(store, embedder)
		a.Former = k.model.former(embedder)
		k.archives.of[store] = a
	}
	return a, nil
}

// former embeds by another model of the same endpoint, which was configured before.
func (t *thinker) former(now retrieval.Embedder) func(model string) retrieval.Embedder {
	if now == nil {
		return nil
	}
	vendor, _, _ := strings.Cut(now.Name(), "/")
	return func(model string) retrieval.Embedder {
		name, ours := strings.CutPrefix(model, vendor+"/")
		if !ours {
			return nil
		}
		if e := t.embeds.Of(name); e != nil {
			return e
		}
		return nil
	}
}

// embedEvery is how often the daemon looks for what has no vector.
const embedEvery = 15 * time.Second

// librarian keeps what is searched up to date, beside the loop.
type librarian struct {
	store   anyStore
	know    knowledge
	log     *slog.Logger
	clock   func(context.Context) (time.Time, error)
	seen    map[string]pipewright.State // incidents as they were documented
	hour    time.Time                   // metric windows up to it are documented
	said    string
	shelved bool // the runbooks
}

// run documents what intake does not bring, and embeds everything, until ctx ends. What
// fails is said once and tried again.
func (l *librarian) run(ctx context.Context) error {
	for ctx.Err() == nil {
		err := l.work(ctx)
		if err != nil && ctx.Err() == nil && err.Error() != l.said {
			l.said = err.Error()
			l.log.Warn("search goes on with the vectors that there are", "err", err)
		} else if err == nil {
			l.said = ""
		}
		if !elapsed(ctx, embedEvery) {
			return nil
		}
	}
	return nil
}

func (l *librarian) work(ctx context.Context) error {
	now, err := l.clock(ctx)
	if err != nil {
		return nil //nolint:nilerr // the loop says it
	}
	for _, step := range []func(context.Context, time.Time) error{l.incidents, l.runbooks, l.windows} {
		if err := step(ctx, now); err != nil {
			return err
		}
	}
	a, err := l.know.archive(ctx, l.store)
	if err == nil {
		_, err = a.Fill(ctx)
	}
	return err
}

// incidents documents those that moved since the last time.
func (l *librarian) incidents(ctx context.Context, _ time.Time) error {
	all, err := l.store.Incidents(ctx, pipewright.IncidentQuery{Limit: 1000})
	if err != nil {
		return err
	}
	var docs []pipewright.Document
	for _, inc := range all {
		if inc.Class != pipewright.ClassRequested && l.seen[inc.ID] != inc.State {
			docs = append(docs, retrieval.OfIncident(inc))
		}
	}
	if len(docs) > 0 {
		err = l.store.PutDocuments(ctx, docs)
	}
	for _, inc := range all {
		if err == nil {
			l.seen[inc.ID] = inc.State
		}
	}
	return err
}

// runbooks documents the team's runbooks as they are when the daemon starts.
func (l *librarian) runbooks(ctx context.Context, _ time.Time) error {
	if l.shelved {
		return nil
	}
	red, err := redactorOf(ctx, l.store, l.know.runbooks.cfg)
	if err != nil {
		return err
	}
	var docs []pipewright.Document
	for _, b := range l.know.runbooks.books {
		text, _ := red.Text(b.Text)
		docs = append(docs, retrieval.OfRunbook(b.Name, text)...)
	}
	if len(docs) > 0 {
		err = l.store.PutDocuments(ctx, docs)
	}
	l.shelved = err == nil
	return err
}

// windows documents the last whole hour of every series that moved in it.
func (l *librarian) windows(ctx context.Context, now time.Time) error {
	end := now.Truncate(time.Hour)
	if !end.After(l.hour) {
		return nil
	}
	docs, err := retrieval.Windows(ctx, l.store, pipewright.Window{Start: end.Add(-time.Hour), End: end})
	if err == nil && len(docs) > 0 {
		err = l.store.PutDocuments(ctx, docs)
	}
	if err == nil {
		l.hour = end
	}
	return err
}
