//go:build integration

package slackbot_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipewright/pipewright/internal/slackbot"
	"github.com/pipewright/pipewright/internal/slackfake"
	"github.com/pipewright/pipewright/internal/sqlite"
)

// emulated is a workspace of the npm package emulate, which knows nothing of our fake:
// the Web API and signed events over HTTP.
type emulated struct {
	t         *testing.T
	url       string // of the Web API
	channel   string
	ana, eve  string
	calls     sync.Map     // method: *atomic.Int64
	cutting   atomic.Int64 // answers to chat.postMessage that do not come back
	bot       *slackbot.Bot
	endPoint  string // of the bot, for what the emulator cannot send
	worldView *world
}

// emulator starts the package that deploy/lab/emulate installed. Without it the test is
// skipped, or fails when PIPEWRIGHT_REQUIRE_LAB=1.
func emulator(t *testing.T) *emulated {
	t.Helper()
	dir := os.Getenv("PIPEWRIGHT_EMULATE")
	if dir == "" {
		dir, _ = filepath.Abs(filepath.Join("..", "..", ".lab", "emulate"))
	}
	if _, err := os.Stat(filepath.Join(dir, "run.mjs")); err != nil {
		if os.Getenv("PIPEWRIGHT_REQUIRE_LAB") == "1" {
			t.Fatalf("the Slack of emulate is required: run deploy/lab/emulate (%v)", err)
		}
		t.Skip("no Slack of emulate: run deploy/lab/emulate")
	}
	var handler atomic.Value
	events := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h, ok := handler.Load().(http.Handler); ok {
			h.ServeHTTP(w, r)
			return
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(events.Close)
	e := &emulated{t: t, endPoint: events.URL, url: startNode(t, dir, events.URL) + "/api/"}
	e.channel, e.ana, e.eve = e.find("conversations.list", "channels", "data"), e.find("users.list", "members", "ana"), e.find("users.list", "members", "eve")
	e.run(&handler)
	return e
}

// startNode runs the emulator on a free port until the test ends, and returns its address.
func startNode(t *testing.T, dir, events string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	require.NoError(t, l.Close())
	cmd := exec.Command(filepath.Join(dir, "node"), filepath.Join(dir, "run.mjs"))
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	cmd.Env = append(os.Environ(), "EMULATE_DIR="+dir, "EMULATE_PORT="+port, "EMULATE_EVENTS="+events, "EMULATE_SECRET="+slackfake.Secret)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	})
	ready := make(chan bool, 1)
	go func() {
		_, err := bufio.NewReader(out).ReadString('\n')
		ready <- err == nil
	}()
	select {
	case ok := <-ready:
		require.True(t, ok, "emulate ended at once")
	case <-time.After(time.Minute):
		t.Fatal("emulate does not start")
	}
	return "http://127.0.0.1:" + port
}

// run starts a bot in the mode HTTP, over a store of its own, with the built-in planner.
func (e *emulated) run(handler *atomic.Value) {
	t := e.t
	store, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "w.db"), sqlite.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	e.worldView = &world{t: t, store: store, may: []string{"ana"}, acted: map[string]string{}}
	bot, err := slackbot.New(slackbot.Config{Mode: slackbot.HTTP, BotToken: "xoxb-bot", SigningSecret: slackfake.Secret, APIURL: e.url, Channel: e.channel,
		People: map[string]string{e.ana: "ana"}, MayApprove: []string{"ana"}, Poll: 10 * time.Millisecond, Lease: time.Second},
		slackbot.Parts{Ledger: store, Outbox: store, Notes: store, Asker: e.worldView.realAsker(), HTTP: &http.Client{Transport: e, Timeout: 20 * time.Second},
			World: func(context.Context) (time.Time, error) { return time.Now(), nil }, Log: slog.New(slog.NewTextHandler(&e.worldView.log, nil))})
	require.NoError(t, err)
	e.bot, e.worldView.bot = bot, bot
	handler.Store(bot.Handler())
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = bot.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		if t.Failed() {
			t.Log(e.worldView.log.String())
		}
	})
}

// RoundTrip sends the token in the header, where emulate looks for it alone, counts
// calls, and drops answers.
func (e *emulated) RoundTrip(r *http.Request) (*http.Response, error) {
	method := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	n, _ := e.calls.LoadOrStore(method, new(atomic.Int64))
	n.(*atomic.Int64).Add(1)
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer xoxb-bot")
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && method == "chat.postMessage" && e.cutting.Add(-1) >= 0 {
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		return nil, io.ErrUnexpectedEOF
	}
	return resp, err
}

func (e *emulated) count(method string) int64 {
	if n, ok := e.calls.Load(method); ok {
		return n.(*atomic.Int64).Load()
	}
	return 0
}

// as calls the Web API as somebody.
func (e *emulated) as(token, method string, args url.Values) map[string]any {
	e.t.Helper()
	r, err := http.NewRequest(http.MethodPost, e.url+method, strings.NewReader(args.Encode()))
	require.NoError(e.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(r)
	require.NoError(e.t, err)
	defer func() { _ = resp.Body.Close() }()
	var out map[string]any
	require.NoError(e.t, json.NewDecoder(resp.Body).Decode(&out))
	require.Equal(e.t, true, out["ok"], "%s: %v", method, out)
	return out
}

func (e *emulated) find(method, list, name string) string {
	e.t.Helper()
	items, _ := e.as("xoxp-ana", method, nil)[list].([]any)
	for _, i := range items {
		if m, _ := i.(map[string]any); m["name"] == name {
			return fmt.Sprint(m["id"])
		}
	}
	e.t.Fatalf("emulate has no %s in %s", name, list)
	return ""
}

func (e *emulated) say(token, thread, text string) (ts string) {
	e.t.Helper()
	args := url.Values{"channel": {e.channel}, "text": {text}}
	if thread != "" {
		args.Set("thread_ts", thread)
	}
	return fmt.Sprint(e.as(token, "chat.postMessage", args)["ts"])
}

// messages are those of a thread, or of the channel, that the bot posted, with their metadata.
func (e *emulated) messages(thread string) (out []map[string]any) {
	e.t.Helper()
	method, args := "conversations.history", url.Values{"channel": {e.channel}, "limit": {"200"}, "include_all_metadata": {"true"}}
	if thread != "" {
		method = "conversations.replies"
		args.Set("ts", thread)
	}
	items, _ := e.as("xoxp-ana", method, args)["messages"].([]any)
	for _, i := range items {
		if m, _ := i.(map[string]any); m["user"] == "U0PIPEWRIGHT" && (thread == "" || m["ts"] != thread) {
			out = append(out, m)
		}
	}
	return out
}

func (e *emulated) until(what string, cond func() bool) {
	e.t.Helper()
	const rarely = 200 * time.Millisecond // emulate takes 5,000 calls an hour
	tick := time.NewTicker(rarely)
	defer tick.Stop()
	end := time.NewTimer(40 * time.Second)
	defer end.Stop()
	for !cond() {
		select {
		case <-tick.C:
			continue
		case <-end.C:
		}
		e.t.Fatalf("never: %s; faults %v; calls %v; log %s", what, e.bot.Faults(), e.count("chat.postMessage"), e.worldView.log.String())
	}
}

func blocksOf(m map[string]any) string { return fmt.Sprint(m["blocks"]) }

// A Slack that is not ours takes what the bot posts, edits and publishes, and the bot
// takes what it sends: messages that mention it, further questions in the thread, and
// a reaction, all signed.
func TestASlackThatIsNotOurs(t *testing.T) {
	e := emulator(t)
	w := e.worldView

	inc, ap := w.failure(1)
	e.until("the card", func() bool { return len(e.messages("")) == 1 })
	card := e.messages("")[0]
	assert.Contains(t, blocksOf(card), "memory_exhausted")
	assert.Contains(t, fmt.Sprint(card["metadata"]), "card/"+inc)
	root := fmt.Sprint(card["ts"])

	asked := e.say("xoxp-eve", "", "<@U0PIPEWRIGHT> what incidents are open?")
	e.until("an answer in the thread", func() bool { return len(e.messages(asked)) == 1 })
	assert.Contains(t, fmt.Sprint(e.messages(asked)[0]["text"]), inc)
	e.say("xoxp-eve", asked, "what waits for me?")
	e.until("an answer without a mention", func() bool { return len(e.messages(asked)) == 2 })

	e.say("xoxp-eve", root, "approve "+ap)
	e.until("a refusal", func() bool { return strings.Contains(fmt.Sprint(e.messages(root)), "may not approve") })
	assert.Empty(t, w.pending())
	e.say("xoxp-ana", root, "approve it")
	w.requested(1)
	w.loop()
	w.heals(1)
	e.until("the card says so", func() bool {
		for _, m := range e.messages("") {
			if m["ts"] == root {
				return strings.Contains(blocksOf(m), "Recovered")
			}
		}
		return false
	})
	assert.Positive(t, e.count("chat.update"), "it was edited in place")

	alert := e.say("xoxp-eve", "", "ALERT: run of orders_etl failed")
	e.as("xoxp-eve", "reactions.add", url.Values{"channel": {e.channel}, "timestamp": {alert}, "name": {"mag"}})
	e.until("an answer to the reaction", func() bool { return len(e.messages(alert)) == 1 })

	e.deliver(map[string]any{"type": "event_callback", "team_id": "T000000001", "event_id": "EvHome1",
		"event": map[string]any{"type": "app_home_opened", "user": e.ana, "channel": "D1", "tab": "home", "event_ts": "1.1"}})
	e.until("a home tab", func() bool { return e.count("views.publish") > 0 })
	assert.Empty(t, e.bot.Faults(), "what it did not take")
	e.once()
}

// What Slack did while its answer was lost is looked for before it is done again.
func TestAPostWhoseAnswerWasLostIsFoundInASlackThatIsNotOurs(t *testing.T) {
	e := emulator(t)
	e.cutting.Store(4)
	for n := 1; n <= 4; n++ {
		e.worldView.failure(n)
	}
	asked := e.say("xoxp-eve", "", "<@U0PIPEWRIGHT> what incidents are open?")
	e.until("everything is said", func() bool {
		out, err := e.worldView.store.Deliveries(context.Background(), "slack.out")
		require.NoError(t, err)
		return out["due"] == 0 && len(e.messages(asked)) >= 1 && len(e.messages("")) >= 4
	})
	assert.Positive(t, e.count("conversations.history")+e.count("conversations.replies"), "it looked before it posted again")
	e.once()
}

// once: nothing stands there twice.
func (e *emulated) once() {
	e.t.Helper()
	seen := map[string]int{}
	for _, m := range e.messages("") {
		seen[fmt.Sprint(m["metadata"])]++
		for _, reply := range e.messages(fmt.Sprint(m["ts"])) {
			seen[fmt.Sprint(reply["metadata"])]++
		}
	}
	for what, n := range seen {
		assert.Equal(e.t, 1, n, what)
	}
}

// deliver sends a signed event that the emulator has no occasion for.
func (e *emulated) deliver(payload map[string]any) {
	e.t.Helper()
	body, err := json.Marshal(payload)
	require.NoError(e.t, err)
	resp, err := http.DefaultClient.Do(slackfake.Sign(e.endPoint, "application/json", body, slackfake.Secret, time.Now()))
	require.NoError(e.t, err)
	_ = resp.Body.Close()
	require.Equal(e.t, http.StatusOK, resp.StatusCode)
}
