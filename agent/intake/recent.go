package intake

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/detect"
	"github.com/pipewright/pipewright/tools"
)

const (
	keepRuns    = 400 // newest runs of a resource
	keepPoints  = 720 // newest samples of a metric
	keepSchemas = 4
	keepLines   = 12 * time.Hour   // of error and warning lines
	lineSlot    = 10 * time.Minute // at most linesASlot of them for each level in each slot
	linesASlot  = 12
	readBack    = 14 * 24 * time.Hour
)

// Progress says how far a resource's source was read. Intake does.
type Progress interface {
	ReadTo(r pipewright.ResourceID) time.Time
}

// Recent holds what detectors need of every resource in memory: read from the store once, the
// first time a resource is asked for, and from then on fed by intake with what
// is new. A resource takes some tens of kilobytes a metric. Safe for
// concurrent use; facts handed out do not change afterwards.
type Recent struct {
	tel      tools.Telemetry
	progress Progress // nil: everything is read up to now

	mu    sync.Mutex
	books map[pipewright.ResourceID]*book
	heard [2]beat // the newest record of all, and the newest of any other resource
}

type beat struct {
	id pipewright.ResourceID
	at time.Time
}

// NewRecent lists what the store knows already; those resources are read when
// they are first asked for. Make it before the first poll and set it as the
// intake's Sink.
func NewRecent(ctx context.Context, tel tools.Telemetry, progress Progress) (*Recent, error) {
	known, err := tel.Resources(ctx)
	if err != nil {
		return nil, fmt.Errorf("list resources: %w", err)
	}
	r := &Recent{tel: tel, progress: progress, books: map[pipewright.ResourceID]*book{}}
	for _, k := range known {
		r.books[k.ID] = &book{cold: true}
		r.beat(k.ID, k.LastSeen)
	}
	return r, nil
}

// Gather reads the facts of one resource from the store alone. It reads two
// weeks: for a loop use a Recent.
func Gather(ctx context.Context, tel tools.Telemetry, r pipewright.Resource, now time.Time) (detect.Facts, error) {
	recent, err := NewRecent(ctx, tel, nil)
	if err != nil {
		return detect.Facts{Now: now, Resource: r, Unread: everything}, err
	}
	return recent.Facts(ctx, r, now)
}

var everything = []detect.Part{detect.PartRuns, detect.PartSeries, detect.PartLines, detect.PartSchemas}

// Feed takes in what a poll stored.
func (r *Recent) Feed(b pipewright.Batch, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range b.Points {
		r.beat(p.Resource, p.At)
		r.book(p.Resource).point(p)
	}
	for _, l := range b.Lines {
		r.beat(l.Resource, l.At)
		r.book(l.Resource).line(l)
	}
	for _, run := range b.Runs {
		r.beat(run.Resource, run.Started)
		r.beat(run.Resource, run.Ended)
		r.book(run.Resource).run(run)
	}
	for _, s := range b.Schemas {
		r.book(s.Resource).schema(s)
	}
}

// Facts is what detectors look at for one resource, as of now. When a part of
// the store cannot be read the facts name it and the error says why; the next
// call tries again.
func (r *Recent) Facts(ctx context.Context, res pipewright.Resource, now time.Time) (detect.Facts, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f := detect.Facts{Now: now, Resource: res}
	b := r.book(res.ID)
	var err error
	if b.cold {
		b, f.Unread, err = r.read(ctx, res.ID, now)
		if err == nil {
			r.books[res.ID] = b
		}
	}
	f.Runs, f.Lines, f.Schemas = b.runs, b.lines, b.schemas
	f.Series, f.Past = b.series(), b.past(now)
	f.Others = r.others(res.ID)
	if r.progress != nil {
		f.ReadTo = r.progress.ReadTo(res.ID)
	}
	return f, err
}

// book is the book of a resource, a new one when it was never heard of.
func (r *Recent) book(id pipewright.ResourceID) *book {
	b := r.books[id]
	if b == nil {
		b = &book{}
		r.books[id] = b
	}
	return b
}

// beat keeps the newest record of all and of any other resource.
func (r *Recent) beat(id pipewright.ResourceID, at time.Time) {
	switch {
	case id == r.heard[0].id || r.heard[0].id == "":
		if at.After(r.heard[0].at) {
			r.heard[0] = beat{id, at}
		}
	case at.After(r.heard[0].at):
		r.heard[0], r.heard[1] = beat{id, at}, r.heard[0]
	case at.After(r.heard[1].at):
		r.heard[1] = beat{id, at}
	}
}

func (r *Recent) others(id pipewright.ResourceID) time.Time {
	if r.heard[0].id == id {
		return r.heard[1].at
	}
	return r.heard[0].at
}

// read fills a book from the store. Every part is tried, so that the facts
// hold what could be read.
func (r *Recent) read(ctx context.Context, id pipewright.ResourceID, now time.Time) (*book, []detect.Part, error) {
	b := &book{}
	w := pipewright.Window{Start: now.Add(-readBack)}
	parts := []struct {
		name detect.Part
		read func() error
	}{
		{detect.PartRuns, func() error { return b.readRuns(ctx, r.tel, id, w) }},
		{detect.PartSeries, func() error { return b.readSeries(ctx, r.tel, id, w) }},
		{detect.PartLines, func() error { return b.readLines(ctx, r.tel, id, now) }},
		{detect.PartSchemas, func() (err error) {
			b.schemas, err = r.tel.Schemas(ctx, id, pipewright.Window{}, keepSchemas)
			return err
		}},
	}
	var unread []detect.Part
	var errs []error
	for _, p := range parts {
		if err := p.read(); err != nil {
			unread = append(unread, p.name)
			errs = append(errs, fmt.Errorf("read %s of %s: %w", p.name, id, err))
		}
	}
	b.cold = len(errs) > 0
	return b, unread, errors.Join(errs...)
}

func (b *book) readRuns(ctx context.Context, tel tools.Telemetry, id pipewright.ResourceID, w pipewright.Window) error {
	runs, err := tel.Runs(ctx, pipewright.RunQuery{Resources: []pipewright.ResourceID{id}, Window: w, Limit: keepRuns})
	for _, run := range runs {
		b.run(run)
	}
	return err
}

func (b *book) readSeries(ctx context.Context, tel tools.Telemetry, id pipewright.ResourceID, w pipewright.Window) error {
	names, err := tel.Series(ctx, id)
	if err != nil {
		return err
	}
	for _, n := range names {
		points, err := tel.Points(ctx, pipewright.PointQuery{Resource: id, Metric: n.Metric, Window: w})
		if err != nil {
			return err
		}
		for _, p := range points {
			b.point(p)
		}
	}
	return nil
}

func (b *book) readLines(ctx context.Context, tel tools.Telemetry, id pipewright.ResourceID, now time.Time) error {
	lines, err := tel.Logs(ctx, pipewright.LogQuery{
		Resources: []pipewright.ResourceID{id}, Window: pipewright.Window{Start: now.Add(-keepLines)},
		Levels: []pipewright.Level{pipewright.Warn, pipewright.Err}, Limit: 5000, Newest: true,
	})
	slices.SortStableFunc(lines, func(x, y pipewright.LogLine) int { return x.At.Compare(y.At) })
	for _, l := range lines {
		b.line(l)
	}
	return err
}

// compareMetric orders series by name.
func compareMetric(s *series, metric string) int { return strings.Compare(s.metric, metric) }
