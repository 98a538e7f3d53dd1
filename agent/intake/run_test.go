package intake_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/intake"
)

// pauses is a clock on which every wait is over as soon as the test has seen it.
type pauses chan time.Duration

func (p pauses) wait(ctx context.Context, d time.Duration) {
	select {
	case p <- d:
	case <-ctx.Done():
	}
}

func TestRunKeepsEachSourceAtItsOwnPace(t *testing.T) {
	store := openStore(t)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	bad := source("bad")
	bad.set(pipewright.Errorf(pipewright.Unavailable, "connection refused"))
	in := newIntake(t, store, bad, source("good", lines(line(-2, "one")), lines(line(-1, "two"))))
	seen := pauses(make(chan time.Duration))
	in.Pace = intake.Pace{
		Every: time.Second, Sources: map[string]time.Duration{"bad": 10 * time.Second}, Most: time.Minute,
		Now: func() time.Time { return noon }, Wait: seen.wait,
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan error, 1)
	go func() { done <- in.Run(ctx) }()

	var good, failing []time.Duration
	for len(failing) < 5 || len(good) < 5 {
		if d := <-seen; d == time.Second {
			good = append(good, d)
		} else {
			failing = append(failing, d)
		}
	}
	stop()
	require.NoError(t, <-done)
	assert.Equal(t, []time.Duration{20 * time.Second, 40 * time.Second, time.Minute, time.Minute, time.Minute}, failing[:5])
	assert.Equal(t, []string{"one", "two"}, stored(t, store))
}

func TestASourceThatIsBackIsPolledAtItsPaceAgain(t *testing.T) {
	store := openStore(t)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	src := source("a")
	src.set(pipewright.Errorf(pipewright.Unavailable, "connection refused"))
	in := newIntake(t, store, src)
	seen := pauses(make(chan time.Duration))
	in.Pace = intake.Pace{Every: time.Second, Wait: seen.wait}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- in.Run(ctx) }()
	assert.Equal(t, 2*time.Second, <-seen)
	assert.Equal(t, 4*time.Second, <-seen)
	src.set(nil)
	for d := range seen {
		if d == time.Second { // one more failure may have been under way
			break
		}
	}
	stop()
	require.NoError(t, <-done)
}

// hanging never answers until it is told to stop.
type hanging struct{ asked chan struct{} }

func (h *hanging) Name() string { return "hanging" }

func (h *hanging) Poll(ctx context.Context, _ string, _ time.Time) (pipewright.Batch, error) {
	close(h.asked)
	<-ctx.Done()
	return pipewright.Batch{}, ctx.Err()
}

func TestRunStopsWhileASourceHangs(t *testing.T) {
	store := openStore(t)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	h := &hanging{asked: make(chan struct{})}
	in := newIntake(t, store, h, source("good"))
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- in.Run(ctx) }()
	<-h.asked
	stop()
	require.NoError(t, <-done)
}

// watched records what a watcher and a sink are told.
type watched struct {
	mu    sync.Mutex
	stats []intake.Stats
	fed   []pipewright.Batch
}

func (w *watched) Polled(s intake.Stats, _ time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stats = append(w.stats, s)
}

func (w *watched) Feed(b pipewright.Batch, _ time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fed = append(w.fed, b)
}

func TestWatcherAndSinkAreTold(t *testing.T) {
	bad := source("bad")
	bad.set(pipewright.Errorf(pipewright.Unavailable, "down"))
	in := newIntake(t, openStore(t), bad, source("good", lines(line(-1, "one"))))
	w := &watched{}
	in.Watcher, in.Sink = w, w
	_, err := in.Poll(t.Context(), noon)
	require.Error(t, err)
	require.Len(t, w.stats, 2)
	assert.Equal(t, 1, w.stats[0].Failures)
	assert.Equal(t, noon, w.stats[1].LastSuccess)
	require.Len(t, w.fed, 1, "a failed poll feeds nothing")
	assert.Equal(t, int64(1), w.fed[0].Lines[0].Line, "what was stored, with its numbers")
}
