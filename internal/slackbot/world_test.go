package slackbot_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/ask"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/internal/slackbot"
	"github.com/pipewright/pipewright/internal/slackfake"
	"github.com/pipewright/pipewright/internal/sqlite"
	"github.com/pipewright/pipewright/tools"
	"github.com/pipewright/pipewright/tools/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const orders pipewright.ResourceID = "glue:job/orders_etl"

// world is a bot over a real store, in a fake workspace, beside a loop that answers
// requests as the real one does. Ana and the on-call group may approve, Eve may not.
type world struct {
	t     *testing.T
	slack *slackfake.Server
	store *sqlite.Store
	bot   *slackbot.Bot
	cfg   slackbot.Config
	asker slackbot.Asker
	dead  *atomic.Bool // of the bot that runs now
	stop  func()
	may   []string
	acted map[string]string // approval: by whom
	log   journal

	redact func(string) string
	more   func(*slackbot.Parts) // what a test adds to the parts
}

// journal is what the bot logged.
type journal struct {
	mu sync.Mutex
	b  strings.Builder
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

const (
	ana, ben, eve, gus = "UANA", "UBEN", "UEVE", "UGUS"
	oncall             = "SONCALL"
)

func newWorld(t *testing.T, edit func(*slackbot.Config)) *world {
	t.Helper()
	w := &world{t: t, slack: slackfake.New(), may: []string{"ana", "oncall"}, acted: map[string]string{}}
	store, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "w.db"), sqlite.Options{})
	require.NoError(t, err)
	w.store = store
	for _, u := range []slackfake.User{{ID: ana, Name: "ana"}, {ID: ben, Name: "ben"}, {ID: eve, Name: "ana"}, {ID: gus, Name: "gus", Restricted: true}, {ID: "UOLD", Name: "old", Deleted: true}, {ID: "UFAR", Name: "far", Team: "T2"}, {ID: "UROB", Name: "robot", Bot: true}} {
		w.slack.AddUser(u)
	}
	w.slack.AddGroup(oncall, ben)
	w.cfg = slackbot.Config{AppToken: slackfake.AppToken, BotToken: slackfake.BotToken, SigningSecret: slackfake.Secret, APIURL: w.slack.URL, Channel: "C1",
		People: map[string]string{ana: "ana", "UOLD": "ana"}, Groups: map[string]string{oncall: "oncall"}, MayApprove: w.may,
		Links: []string{"grafana.example.com"}, Poll: 5 * time.Millisecond, Lease: 500 * time.Millisecond, Storm: 1000}
	if edit != nil {
		edit(&w.cfg)
	}
	w.asker = w.realAsker()
	_, err = store.Ingest(context.Background(), pipewright.Batch{Source: "t", Resources: []pipewright.Resource{{ID: orders, Labels: map[string]string{"team": "shop"}, FirstSeen: time.Now(), LastSeen: time.Now()}}})
	require.NoError(t, err)
	t.Cleanup(func() {
		w.end()
		w.slack.Close()
		require.NoError(t, store.Close())
		if t.Failed() {
			t.Log(w.log.String())
		} else {
			require.Empty(t, w.slack.Violations(), "what the real Slack would not have taken")
		}
	})
	return w
}

// realAsker is the built-in planner over the store.
func (w *world) realAsker() slackbot.Asker {
	reg := tools.NewRegistry()
	require.NoError(w.t, telemetry.Register(reg, w.store, w.store))
	return &filing{w: w, reg: reg}
}

type filing struct {
	w   *world
	reg *tools.Registry
}

func (f *filing) Ask(ctx context.Context, q pipewright.Question) (pipewright.Answer, error) {
	p := &proposer{store: f.w.store, q: q}
	a, err := ask.New(ask.Deps{Tools: f.reg, Ledger: f.w.store, Proposer: p, Threads: f.w.store, Diagnoser: noDiagnosis{}}).Ask(ctx, q)
	a.Filed = p.filed
	return a, err
}

type noDiagnosis struct{}

func (noDiagnosis) Diagnose(_ context.Context, _ pipewright.Incident, now time.Time) (pipewright.Diagnosis, error) {
	return pipewright.Diagnosis{At: now, Inconclusive: true}, nil
}

type proposer struct {
	store *sqlite.Store
	q     pipewright.Question
	filed []string
}

func (p *proposer) Propose(ctx context.Context, rq pipewright.Request) (pipewright.Request, error) {
	rq.Who, rq.Surface, rq.At, rq.Key = p.q.Asker, p.q.Surface, p.q.At, p.q.ID+"/"+string(rq.Kind)+rq.Approval
	rq, err := p.store.AddRequest(ctx, rq)
	p.filed = append(p.filed, rq.ID)
	return rq, err
}

func (p *proposer) Rule(context.Context, pipewright.Action) (pipewright.Proposal, error) {
	return pipewright.Proposal{Ruling: pipewright.Ask}, nil
}

// start runs a bot; what it stores goes through a switch that kill turns off.
func (w *world) start() *world {
	w.t.Helper()
	dead := new(atomic.Bool)
	w.dead = dead
	m := mortal{Store: w.store, dead: dead}
	parts := slackbot.Parts{Ledger: m, Outbox: m, Notes: m, Asker: w.asker, World: func(context.Context) (time.Time, error) { return time.Now(), nil },
		Redact: w.redact, Log: slog.New(slog.NewTextHandler(&w.log, nil))}
	if w.more != nil {
		w.more(&parts)
	}
	bot, err := slackbot.New(w.cfg, parts)
	require.NoError(w.t, err)
	w.bot = bot
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = bot.Run(ctx)
	}()
	w.stop = func() {
		cancel()
		<-done
	}
	if w.cfg.Mode != slackbot.HTTP {
		w.until("the bot is connected", func() bool { return w.slack.Connections() > 0 })
	}
	return w
}

func (w *world) end() {
	if w.stop != nil {
		w.stop()
		w.stop = nil
	}
}

// kill ends the bot as a crash would: nothing that it does from here on is stored.
func (w *world) kill() {
	w.dead.Store(true)
	w.end()
}

// mortal is the store as a process sees it that may be dead already.
type mortal struct {
	*sqlite.Store
	dead *atomic.Bool
}

var errDead = errors.New("this process is dead")

func (m mortal) Push(ctx context.Context, d pipewright.Delivery) (bool, error) {
	if m.dead.Load() {
		return false, errDead
	}
	return m.Store.Push(ctx, d)
}

func (m mortal) PushAll(ctx context.Context, ds []pipewright.Delivery) error {
	if m.dead.Load() {
		return errDead
	}
	return m.Store.PushAll(ctx, ds)
}

func (m mortal) Hold(ctx context.Context, d pipewright.Delivery, until time.Time) error {
	if m.dead.Load() {
		return errDead
	}
	return m.Store.Hold(ctx, d, until)
}

func (m mortal) Lease(ctx context.Context, q string, now, until time.Time, n int) ([]pipewright.Delivery, error) {
	if m.dead.Load() {
		return nil, errDead
	}
	return m.Store.Lease(ctx, q, now, until, n)
}

func (m mortal) Done(ctx context.Context, d pipewright.Delivery, ref string) error {
	if m.dead.Load() {
		return errDead
	}
	return m.Store.Done(ctx, d, ref)
}

func (m mortal) Later(ctx context.Context, d pipewright.Delivery, due time.Time, note string) error {
	if m.dead.Load() {
		return errDead
	}
	return m.Store.Later(ctx, d, due, note)
}

func (m mortal) SaveThread(ctx context.Context, asker, thread string, body []byte) error {
	if m.dead.Load() {
		return errDead
	}
	return m.Store.SaveThread(ctx, asker, thread, body)
}

func (m mortal) AddRequest(ctx context.Context, r pipewright.Request) (pipewright.Request, error) {
	if m.dead.Load() {
		return r, errDead
	}
	return m.Store.AddRequest(ctx, r)
}

func (w *world) until(what string, cond func() bool) {
	w.t.Helper()
	w.within(10*time.Second, what, cond)
}

func (w *world) within(d time.Duration, what string, cond func() bool) {
	w.t.Helper()
	require.Eventually(w.t, cond, d, 5*time.Millisecond, what)
}

func (w *world) commit(e heal.Entry) {
	w.t.Helper()
	_, err := w.store.Commit(context.Background(), e)
	require.NoError(w.t, err)
}

// action is what the nth incident's proposal is.
func action(n int) pipewright.Action {
	return pipewright.Action{Kind: "glue.scale_up", Target: orders, Risk: pipewright.R1, Args: map[string]string{"workers": fmt.Sprint(10 + n)}}
}

// failure opens an incident, diagnoses it and leaves it waiting for a person.
func (w *world) failure(n int) (incident, approval string) {
	w.t.Helper()
	id, ap, now := fmt.Sprintf("inc-%04d", n), fmt.Sprintf("ap-%04d", n), time.Now().Add(-time.Minute)
	a := action(n)
	low, mid, high := 0.84, 0.91, 0.96
	w.commit(heal.Entry{Events: []pipewright.Event{
		{At: now, Incident: id, To: pipewright.Open, Resource: orders, Title: "run jr_7 failed", Severity: pipewright.SevWarning, Class: pipewright.ClassUnknown,
			Signal: &pipewright.Signal{Kind: pipewright.RunFailedSignal, Resource: orders, At: now, Fingerprint: id}},
		{At: now, Incident: id, To: pipewright.Diagnosed, Class: "resource_exhaustion", Diagnosis: &pipewright.Diagnosis{At: now,
			Hypotheses: []pipewright.Hypothesis{{Cause: "memory_exhausted", Class: "resource_exhaustion", Resource: orders, Confidence: 0.86, Evidence: []string{"e1"}}},
			Evidence:   []pipewright.Evidence{{ID: "e1", Source: orders, Kind: pipewright.LogEvidence, Excerpt: "java.lang.OutOfMemoryError: Java heap space", Lines: []int64{12, 12}, Link: "https://grafana.example.com/d/1"}},
			RuledOut:   []pipewright.RuledOut{{Cause: "schema_column_renamed", Why: "the schema of shop.orders did not change"}}}},
		{At: now, Incident: id, To: pipewright.Decided, Action: &a, Decision: &pipewright.Decision{Recovery: &mid, Low: &low, High: &high, DryRun: "glue update-job orders_etl --number-of-workers 20", Undo: "set it back to 10", Expected: 300,
			Alternatives: []pipewright.Alternative{{Action: pipewright.Action{Kind: "glue.retry", Target: orders}, Odds: &pipewright.Odds{Recovery: 0.3, Low: 0.2, High: 0.5}, Why: "it would fail again"}}}},
		{At: now, Incident: id, To: pipewright.Waiting, Due: now.Add(time.Hour), Approval: ap, Action: &a, Verdict: &pipewright.Verdict{Ruling: pipewright.Ask, By: "mode", Why: "9 of 10 held, predicted 0.87, bar 0.90, so I ask"}},
	}, Approvals: []pipewright.Approval{{ID: ap, Incident: id, Action: a, ActionHash: a.Hash(), MayApprove: w.may, State: pipewright.ApprovalPending, AskedAt: now, Expires: now.Add(time.Hour)}}})
	return id, ap
}

// loop answers pending requests once, as the real loop does: it checks again who asks.
func (w *world) loop() {
	w.t.Helper()
	ctx := context.Background()
	pending, err := w.store.PendingRequests(ctx)
	require.NoError(w.t, err)
	for _, rq := range pending {
		w.answer(ctx, rq)
	}
}

func (w *world) answer(ctx context.Context, rq pipewright.Request) {
	w.t.Helper()
	done := func(ok bool, say string) heal.Entry {
		rq.OK, rq.Result = ok, say
		return heal.Entry{Handled: []pipewright.Request{rq}}
	}
	now := time.Now()
	if !slices.Contains(w.may, "*") && !slices.Contains(w.may, rq.Who) {
		w.commit(done(false, rq.Who+" may not"))
		return
	}
	switch rq.Kind {
	case pipewright.RequestApprove, pipewright.RequestDeny:
		ap, err := w.store.Approval(ctx, rq.Approval)
		if err == nil {
			err = ap.Check(rq.ActionHash, rq.Who, now)
		}
		if err != nil {
			w.commit(done(false, err.Error()))
			return
		}
		w.acted[ap.ID] += rq.Who + " " + string(rq.Kind) + ";"
		ap.By, ap.At, ap.Reason = rq.Who, now, rq.Reason
		e := pipewright.Event{At: now, Incident: ap.Incident, To: pipewright.Allowed, Approval: ap.ID, Who: rq.Who}
		ap.State = pipewright.ApprovalUsed
		if rq.Kind == pipewright.RequestDeny {
			ap.State, e.To, e.Note = pipewright.ApprovalDenied, pipewright.Escalated, "denied by "+rq.Who+" ("+rq.Reason+")"
		}
		entry := done(true, strings.TrimSuffix(string(rq.Kind), "e")+"ed: "+string(ap.Action.Kind))
		entry.Events, entry.Approvals = []pipewright.Event{e}, []pipewright.Approval{ap}
		w.commit(entry)
	case pipewright.RequestPause:
		entry := done(true, "all action is paused")
		entry.Pause = &pipewright.Pause{Resource: rq.Resource, By: rq.Who, At: now, Until: rq.Until}
		w.commit(entry)
	case pipewright.RequestResume:
		entry := done(true, "resumed")
		entry.Resume = &pipewright.Pause{Resource: rq.Resource, By: rq.Who, At: now}
		w.commit(entry)
	default:
		w.commit(done(true, string(rq.Kind)+" meets the guards now"))
	}
}

// heals takes an approved incident to its end.
func (w *world) heals(n int) {
	w.t.Helper()
	id, a, now := fmt.Sprintf("inc-%04d", n), action(n), time.Now()
	a.Key = pipewright.ActionKey(id, a, 1)
	w.commit(heal.Entry{Events: []pipewright.Event{{At: now, Incident: id, To: pipewright.Acting, Action: &a}},
		Reserve: &heal.Reservation{Key: a.Key, Incident: id, Action: a, At: now, Touches: []pipewright.ResourceID{orders}, Limits: heal.Limits{PerHour: 100, AtOnce: 100, MaxRadius: 10, Cooldown: time.Nanosecond}}})
	for _, e := range []pipewright.Event{{To: pipewright.Acted, Receipt: &pipewright.Receipt{Key: a.Key, ID: "jr_8", At: now, Say: "20 workers, run jr_8"}}, {To: pipewright.Verifying}, {To: pipewright.Resolved, Verification: pipewright.VerifyRecovered, Note: "jr_8 succeeded"}} {
		e.At, e.Incident = time.Now(), id
		w.commit(heal.Entry{Events: []pipewright.Event{e}})
	}
}

// card is the message of an incident's card.
func (w *world) card(incident string) (found slackfake.Message) {
	w.t.Helper()
	w.until("the card of "+incident, func() bool {
		for _, m := range w.slack.Messages("C1") {
			if id, _ := m.Metadata["event_payload"].(map[string]any); id["id"] == "card/"+incident {
				found = m
				return true
			}
		}
		return false
	})
	return found
}

// saying waits for a message in a thread that holds a text.
func (w *world) saying(channel, thread, text string) (found slackfake.Message) {
	w.t.Helper()
	if !eventually(10*time.Second, func() bool {
		for _, m := range w.slack.Messages(channel) {
			if (thread == "" || m.Thread == thread) && m.BotID != "" && strings.Contains(m.Text+fmt.Sprint(m.Blocks), text) {
				found = m
				return true
			}
		}
		return false
	}) {
		w.t.Fatalf("nobody says %q in %s %s; faults %v; there is:\n%s", text, channel, thread, w.bot.Faults(), w.said(channel))
	}
	return found
}

// said is everything in a channel, for the report of a failed test.
func (w *world) said(channel string) string {
	var all []string
	for _, m := range w.slack.Messages(channel) {
		all = append(all, m.TS+" "+m.Thread+" "+m.User+": "+m.Text)
	}
	return strings.Join(all, "\n")
}

func eventually(d time.Duration, cond func() bool) bool {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(d); time.Now().Before(end); <-tick.C {
		if cond() {
			return true
		}
	}
	return false
}

func (w *world) pending() []pipewright.Request {
	w.t.Helper()
	rqs, err := w.store.PendingRequests(context.Background())
	require.NoError(w.t, err)
	return rqs
}

// requested waits until exactly n requests wait for the loop.
func (w *world) requested(n int) []pipewright.Request {
	w.t.Helper()
	if !eventually(10*time.Second, func() bool { return len(w.pending()) == n }) {
		w.t.Fatalf("%d requests, not %d; there is:\n%s", len(w.pending()), n, w.said("C1"))
	}
	return w.pending()
}

// followed reports whether every incident has a card of its last step.
func (w *world) followed() bool {
	all, err := w.store.Incidents(context.Background(), pipewright.IncidentQuery{})
	require.NoError(w.t, err)
	for _, inc := range all {
		if d, err := w.store.Delivery(context.Background(), "slack.out", "card/"+inc.ID); err != nil || d.Version < inc.Seq {
			return false
		}
	}
	return true
}

// quiet waits until everything that came in was handled and everything due was sent.
func (w *world) quiet() {
	w.t.Helper()
	w.within(60*time.Second, "everything is handled", func() bool {
		if w.slack.Unacknowledged() > 0 || !w.followed() {
			return false
		}
		for _, q := range []string{"slack.in", "slack.out"} {
			n, err := w.store.Deliveries(context.Background(), q)
			require.NoError(w.t, err)
			if n[pipewright.DeliveryDue] > 0 {
				return false
			}
		}
		return true
	})
}
