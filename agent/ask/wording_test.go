package ask_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

// keys stand for resources in the wordings below, so that the same table runs with
// every resource renamed. <J> is the name, <J:words> its words with spaces, <J:id> the
// id, <J:last> the last part, <J:first> the first word, <J:end> the last word, <J:typo> the name misspelled, <J:dash> with dashes.
var keys = map[string]string{
	"J": "glue:job/orders_etl", "C": "glue:job/customers_etl", "D": "airflow:dag/orders", "L": "airflow:task/orders.load",
	"W1": "ec2:instance/etl-worker-1", "W2": "ec2:instance/etl-worker-2", "W": "redshift:cluster/warehouse", "F": "k8s:deployment/fraud-scorer",
	"M": "mlflow:model/fraud", "T": "postgres:table/shop.orders", "X": "dms:task/shop_cdc", "N": "lambda:function/enrich_orders", "K": "kafka:topic/orders",
	"DC": "airflow:dag/customers",
}

type wording struct {
	text   string
	intent pipewright.Intent
	want   string // keys of the resources, sorted; "-" is none; empty is not checked
	window string // "19T02:00..19T03:00" in UTC; empty is not checked
}

const (
	day24   = "18T03:10..19T03:10"
	tonight = "18T18:00..19T03:10"
)

var wordings = []wording{
	{"errors of <J> of all time", "count", "J", "12T01:10..19T03:10"},
	{"failed runs from 18 to 19 november", "failures", "", "18T00:00..19T03:10"},
	{"what fell over while I was asleep", "failures", "", tonight},
	{"explain incident 3", "incident", "J", ""},
	{"#3", "incident", "J", ""},
	{"all incidents from today", "incident", "", "19T00:00..19T03:10"},
	{"can I go back to sleep", "status", "", ""},
	{"what still needs fixing", "status", "", ""},
	{"everything back to normal?", "status", "", ""},
	{"<J> keeps dying", "diagnose", "J", ""},
	{"what's behind the <J> outage", "diagnose", "J", ""},
	{"what's causing the lag on <X>", "diagnose", "X", ""},
	{"have another go at <J>, retry it", "act", "J", ""},
	{"turn <F> off and on again", "act", "F", ""},
	{"do a rollback on <F>", "act", "F", ""},
	{"give <F> a kick", "act", "F", ""},
	{"is it ok to kill <D:id>", "what_if", "", ""},
	{"say I roll <F> back, then what", "what_if", "F", ""},
	{"does restarting <L> make things worse", "what_if", "L", ""},
	{"risk of rolling <F> back?", "what_if", "F", ""},
	{"what made you roll back <F>", "explain", "F", ""},
	{"which other fixes did you consider for <J>", "alternatives", "J", ""},
	{"did someone mess with <T>", "changes", "T", ""},
	{"reverse the last thing you did", "undo", "", ""},
	{"roll back your last change", "undo", "", ""},
	{"that was wrong, put it back", "undo", "", ""},
	{"hold off on that approval, deny it", "deny", "T", ""},
	{"not happy with that, reject it", "deny", "T", ""},
	{"I'm fine with the remap, go for it", "approve", "T", ""},
	{"I'm working on <X> myself, keep off", "pause", "X", ""},
	{"do nothing to <W> until 9", "pause", "W", "19T03:10..19T09:00"},
	{"pause healing", "pause", "-", ""},
	{"lift the pause on <J>", "resume", "J", ""},
	{"you can start fixing <J> again", "resume", "J", ""},
	{"do you need my ok to scale up", "policy", "", ""},
	{"which fixes are automatic", "policy", "", ""},
	{"who is allowed to approve", "policy", "", ""},
	{"how do i ask about metrics", "help", "", ""},
	{"bounce worker <W2:end>", "act", "W2", ""},
	{"cpu of box <W1:end>", "metric", "W1", ""},
	{"kick the dms task", "act", "X", ""},
	{"trigger the <D> dag", "act", "D", ""},
	{"would you mind restarting <X>?", "act", "X", ""},
	{"stop everything", "pause", "-", ""},
	{"hit the kill switch", "pause", "-", ""},
	{"carry on", "resume", "", ""},
	{"are we ok", "status", "", ""},
	{"anything odd in the last 2h?", "status", "", "19T01:10..19T03:10"},
	{"any p1s?", "status", "", ""},
	{"redshift feels sluggish", "status", "W", ""},
	{"did <J> recover", "status", "J", ""},
	{"show inc 3", "incident", "", ""},
	{"did anyone touch the <T> table", "changes", "T", ""},
	{"list yesterday's deployments", "changes", "", "18T00:00..19T00:00"},
	{"max latency of the model server in the past week", "metric", "F", "12T03:10..19T03:10"},
	{"how often did you restart something in the past 24h", "count", "", day24},
	{"have you touched anything tonight", "explain", "", tonight},
	{"who ok'd the rollback", "explain", "", ""},
	{"how sure are you about incident 3", "diagnose", "", ""},
	{"list all failures from yesterday", "failures", "", "18T00:00..19T00:00"},
	{"what went wrong yesterday", "failures", "", "18T00:00..19T00:00"},
	{"which lambdas errored out", "failures", "", ""},
	{"why is <F> throwing 500s", "diagnose", "F", ""},
	{"what do you do when a job runs out of memory", "policy", "", ""},
	{"how does this thing work", "help", "-", ""},
	{"how do I bake bread", "unknown", "-", ""},
	{"why is the sky blue", "unknown", "-", ""},
	{"order me a pizza", "unknown", "-", ""},
	{"what do you think of the president", "unknown", "-", ""},
	{"how come <J> is down", "diagnose", "J", ""},
	{"all quiet?", "status", "", ""},
	{"jobs failing between 1 and 3am", "failures", "", "19T01:00..19T03:00"},
	{"has <J> failed yesterday", "failures", "J", "18T00:00..19T00:00"},
	{"list what you fixed", "explain", "", ""},
	{"why did <J> fail?", "diagnose", "J", day24},
	{"why did the <J> job fail", "diagnose", "J", ""},
	{"why did the <J:words> job fail last night?", "diagnose", "J", tonight},
	{"why did the glue job fail", "diagnose", "J", ""},
	{"Why is <J:id> failing?", "diagnose", "J", ""},
	{"what happened to <J:dash>", "diagnose", "J", ""},
	{"what went wrong with <J> tonight", "diagnose", "J", tonight},
	{"how come <J> crashed", "diagnose", "J", ""},
	{"root cause of the <J> failure please", "diagnose", "J", ""},
	{"diagnose <J>", "diagnose", "J", ""},
	{"can you explain why <J> is broken", "diagnose", "J", ""},
	{"<J> died, any idea why?", "diagnose", "J", ""},
	{"what caused <J> to fail", "diagnose", "J", ""},
	{"what made the glue job blow up?", "diagnose", "J", ""},
	{"investigate the failure of <J:typo>", "diagnose", "J", ""},
	{"tell me why <J> keeps failing", "diagnose", "J", ""},
	{"what's the reason <J> is red", "diagnose", "J", ""},
	{"what is wrong with <J>", "diagnose", "J", ""},
	{"wy did <J> fial", "diagnose", "J", ""},
	{"why is the <W> slow", "diagnose", "W", ""},
	{"show me the logs of <J> since midnight", "diagnose", "J", "19T00:00..19T03:10"},
	{"what error did <J> throw", "diagnose", "J", ""},
	{"what is wrong now", "status", "J", ""},
	{"what's wrong right now?", "status", "J", ""},
	{"is everything ok?", "status", "J", ""},
	{"is everything all right", "status", "", ""},
	{"anything broken?", "status", "J", ""},
	{"is anything failing at the moment", "status", "J", ""},
	{"any problems?", "status", "J", ""},
	{"status", "status", "J", ""},
	{"give me a status overview", "status", "", ""},
	{"how are things going", "status", "", ""},
	{"what's going on", "status", "", ""},
	{"what is the status of <W>", "status", "W", ""},
	{"how is <F> doing", "status", "F", ""},
	{"is <C> healthy", "status", "C", ""},
	{"is the <W> up?", "status", "W", ""},
	{"health of <X>", "status", "X", ""},
	{"is <J> still failing", "status", "J", ""},
	{"are there any open incidents", "status", "", ""},
	{"is anything waiting for my approval", "status", "", ""},
	{"how many errors has <J> thrown in the past 6 hours", "count", "J", "18T21:10..19T03:10"},
	{"how many errors did <J:words> have today?", "count", "J", "19T00:00..19T03:10"},
	{"count the errors of <J> since yesterday 5pm", "count", "J", "18T17:00..19T03:10"},
	{"number of exceptions in <J> between 02:00 and 03:00", "count", "J", "19T02:00..19T03:00"},
	{"how often did <J> fail this week", "count", "J", "16T00:00..19T03:10"},
	{"error count for <J>, last 24h", "count", "J", day24},
	{"<J> errors in the last 3 hours?", "count", "J", "19T00:10..19T03:10"},
	{"how many log lines did <J> write yesterday", "count", "J", "18T00:00..19T00:00"},
	{"how many erors has <J:typo> thrown in the past 2 huors", "count", "J", "19T01:10..19T03:10"},
	{"how many jobs failed last night", "count", "", tonight},
	{"how many incidents were there this week", "count", "", "16T00:00..19T03:10"},
	{"which resource logged the most errors today", "count", "", ""},
	{"what was the CPU of <W1> between 02:00 and 03:00", "metric", "W1", "19T02:00..19T03:00"},
	{"cpu of <W1> past hour", "metric", "W1", "19T02:10..19T03:10"},
	{"what is the memory usage of <W2>", "metric", "W2", ""},
	{"show me cpu utilisation on <W1> from 1am to 3am", "metric", "W1", "19T01:00..19T03:00"},
	{"average latency of <F> today", "metric", "F", "19T00:00..19T03:10"},
	{"p99 latency for the deployment since midnight", "metric", "F", "19T00:00..19T03:10"},
	{"what was the error rate of <F> yesterday", "metric", "F", "18T00:00..19T00:00"},
	{"max queue length of the <W> last night", "metric", "W", tonight},
	{"how long is the queue of <W>", "metric", "W", ""},
	{"replication lag of <X:words>", "metric", "X", ""},
	{"how much memory did <J> use in the past 2 hours", "metric", "J", "19T01:10..19T03:10"},
	{"how many rows did <J> load yesterday", "metric", "J", "18T00:00..19T00:00"},
	{"how long did <J> take", "metric", "J", ""},
	{"peak cpu of <W1> on Tuesday", "metric", "W1", "17T00:00..18T00:00"},
	{"disk usage on <W2> now", "metric", "W2", ""},
	{"which worker has the highest cpu", "metric", "", ""},
	{"throughput of <F> past 30 minutes", "metric", "F", "19T02:40..19T03:10"},
	{"which jobs failed last night", "failures", "J", tonight},
	{"which dags failed in the past 24 hours", "failures", "", day24},
	{"what failed last night?", "failures", "J", tonight},
	{"list the failed jobs since midnight", "failures", "J", "19T00:00..19T03:10"},
	{"which machines failed yesterday", "failures", "", "18T00:00..19T00:00"},
	{"did anything fail overnight", "failures", "J", tonight},
	{"show me all failures this week", "failures", "", "16T00:00..19T03:10"},
	{"what broke last night", "failures", "J", tonight},
	{"which tasks crashed yesterday", "failures", "L", "18T00:00..19T00:00"},
	{"did <J> fail last night", "failures", "J", tonight},
	{"what changed since the last good run of <J>", "changes", "J", "19T01:40..19T03:10"},
	{"what changed on <T:id> today", "changes", "T", "19T00:00..19T03:10"},
	{"any changes to <F> yesterday?", "changes", "F", "18T00:00..19T00:00"},
	{"what is different since the last successful run of <J:words>", "changes", "J", "19T01:40..19T03:10"},
	{"was anything deployed in the past 2 days", "changes", "", "17T03:10..19T03:10"},
	{"show recent schema changes", "changes", "", ""},
	{"what has changed in the past hour", "changes", "", "19T02:10..19T03:10"},
	{"did anybody modify the <T:last> table", "changes", "T", ""},
	{"what did you do and why", "explain", "", day24},
	{"what did you do last night?", "explain", "", tonight},
	{"why did you roll back <F>", "explain", "F", ""},
	{"why was <L> restarted", "explain", "L", ""},
	{"did you restart <L>?", "explain", "L", ""},
	{"has <F> been rolled back", "explain", "F", ""},
	{"who approved the rollback of <F>", "explain", "F", ""},
	{"who approved that", "explain", "", ""},
	{"what actions did you take yesterday", "explain", "", "18T00:00..19T00:00"},
	{"what have you done about <J>", "explain", "J", ""},
	{"who restarted <L>", "explain", "L", ""},
	{"explain what you did to <F>", "explain", "F", ""},
	{"how did you fix <F>", "explain", "F", ""},
	{"what else could you have done about <J>", "alternatives", "J", ""},
	{"what were the alternatives for <J>?", "alternatives", "J", ""},
	{"any other options for <J>", "alternatives", "J", ""},
	{"why did you not retry <J> instead", "alternatives", "J", ""},
	{"what if we restarted <D:id>", "what_if", "D", ""},
	{"what would happen if I rolled back <F>", "what_if", "F", ""},
	{"would it help to retry <J>", "what_if", "J", ""},
	{"should I restart <L>?", "what_if", "L", ""},
	{"is it safe to restart <F>", "what_if", "F", ""},
	{"suppose you scaled up <J>, what then", "what_if", "J", ""},
	{"show incident 3", "incident", "J", ""},
	{"inc-0003", "incident", "J", ""},
	{"tell me about incident number three", "incident", "J", ""},
	{"list the incidents of this week", "incident", "", "16T00:00..19T03:10"},
	{"what is inc-3 about", "incident", "J", ""},
	{"restart <D:id>", "act", "D", ""},
	{"please restart the <L> task", "act", "L", ""},
	{"could you rerun <J>?", "act", "J", ""},
	{"retry <J:words>", "act", "J", ""},
	{"run <J> again", "act", "J", ""},
	{"scale up the <W>", "act", "W", ""},
	{"give <J> more memory", "act", "J", ""},
	{"roll back <F> to the previous version", "act", "F", ""},
	{"rollback <F:words>", "act", "F", ""},
	{"kick off <J> again please", "act", "J", ""},
	{"bounce <F>", "act", "F", ""},
	{"I want you to reboot <W1>", "act", "W1", ""},
	{"cancel <D:id>", "act", "D", ""},
	{"would you restart <L> please", "act", "L", ""},
	{"approve it", "approve", "T", ""},
	{"approve ap-0002", "approve", "T", ""},
	{"go ahead with the remap", "approve", "T", ""},
	{"I approve the fix for incident 3", "approve", "T", ""},
	{"deny it", "deny", "T", ""},
	{"reject ap-2", "deny", "T", ""},
	{"do not approve it", "deny", "-", ""},
	{"don't restart <J>", "deny", "", ""},
	{"undo the last action", "undo", "", ""},
	{"revert that", "undo", "", ""},
	{"undo inc-0001", "undo", "F", ""},
	{"pause healing for <J> until 6pm", "pause", "J", "19T03:10..19T18:00"},
	{"stop healing <F> for 2 hours", "pause", "F", "19T03:10..19T05:10"},
	{"hands off <J> until tomorrow 9am", "pause", "J", "19T03:10..20T09:00"},
	{"leave <W> alone for an hour", "pause", "W", "19T03:10..19T04:10"},
	{"pause everything", "pause", "-", ""},
	{"do not touch <J> until noon", "pause", "J", "19T03:10..19T12:00"},
	{"resume healing for <J>", "resume", "J", ""},
	{"start healing <J> again", "resume", "J", ""},
	{"unpause everything", "resume", "-", ""},
	{"what is the policy for schema drift", "policy", "", ""},
	{"what are you allowed to do about out of memory", "policy", "", ""},
	{"show me the rules for stuck jobs", "policy", "", ""},
	{"which mode is contention in", "policy", "", ""},
	{"help", "help", "", ""},
	{"what can you do?", "help", "", ""},
	{"how do I use this", "help", "", ""},
	{"what is the weather in Berlin today", "unknown", "-", ""},
	{"tell me a joke", "unknown", "-", ""},
	{"who won the match yesterday", "unknown", "-", ""},
	{"write a poem about the sea", "unknown", "-", ""},
	{"how many people live in Paris", "unknown", "-", ""},
	{"asdf qwer zxcv", "unknown", "-", ""},
	{"what's the deal with the <J:words> job", "diagnose", "J", ""},
	{"has anything gone wrong since I went to bed", "status", "", ""},
	{"give me the rundown", "status", "", ""},
	{"what needs my attention", "status", "", ""},
	{"what's blocking <J>", "diagnose", "J", ""},
	{"what happened last night", "failures", "J", tonight},
	{"what happened to the <J:words> glue job at 02:45", "diagnose", "J", "19T02:40..19T02:50"},
	{"error count per job since yesterday", "count", "J", "18T00:00..19T03:10"},
	{"compare cpu of <W1> and <W2>", "metric", "W1 W2", ""},
	{"how far behind is <X>", "metric", "X", ""},
	{"what deployments happened yesterday", "changes", "F", "18T00:00..19T00:00"},
	{"what have you been up to", "explain", "", ""},
	{"has anyone approved ap-0001", "explain", "F", ""},
	{"what are the odds of the remap", "alternatives", "", ""},
	{"plan b for <J>?", "alternatives", "J", ""},
	{"does <F> need a restart", "what_if", "F", ""},
	{"<F> needs a restart", "act", "F", ""},
	{"please bring back the previous version of <F>", "act", "F", ""},
	{"retry the failed job", "act", "J", ""},
	{"turn down ap-0002", "deny", "T", ""},
	{"nope, deny that", "deny", "T", ""},
	{"stop doing things to <W> until 9am", "pause", "W", "19T03:10..19T09:00"},
	{"don't heal <J> until tomorrow", "pause", "J", "19T03:10..20T00:00"},
	{"turn healing back on", "resume", "", ""},
	{"you may act on <J> again", "resume", "J", ""},
	{"what may you do on your own", "policy", "", ""},
	{"how autonomous are you", "policy", "", ""},
	{"how do you work", "help", "", ""},
	{"when did <C> last succeed", "status", "C", ""},
	{"what depends on <J>", "status", "J", ""},
	{"why did the payroll job fail", "diagnose", "-", ""},
	{"how many errors did payroll_v2 log today", "count", "-", "19T00:00..19T03:10"},
	{"how tall is the Eiffel tower", "unknown", "-", ""},
	{"what is 2+2", "unknown", "-", ""},
}

var placeholder = regexp.MustCompile(`<(\w+)(?::(\w+))?>`)

// spoken writes a wording for a shop.
func spoken(s *shop, text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(m string) string {
		g := placeholder.FindStringSubmatch(m)
		id := s.id(keys[g[1]])
		name := id.Name()
		switch g[2] {
		case "id":
			return string(id)
		case "words":
			return strings.NewReplacer("_", " ", "-", " ", ".", " ").Replace(name)
		case "dash":
			return strings.ReplaceAll(name, "_", "-")
		case "first":
			return name[:strings.IndexAny(name, "_-.")]
		case "end":
			return name[strings.LastIndexAny(name, "_-.")+1:]
		case "last":
			return name[strings.LastIndexAny(name, ".")+1:]
		case "typo":
			return name[:2] + name[3:4] + name[2:3] + name[4:]
		}
		return name
	})
}

func window(w pipewright.Window) string {
	return w.Start.UTC().Format("02T15:04") + ".." + w.End.UTC().Format("02T15:04")
}

func check(t *testing.T, s *shop, w wording, text string) {
	t.Helper()
	s.threads = map[string][]byte{}
	ans, err := s.asker(t).Ask(context.Background(), pipewright.Question{Text: text, Asker: "kim", Thread: "t", Surface: "cli", At: now})
	require.NoError(t, err)
	assert.Equal(t, w.intent, ans.Intent, text)
	if w.want != "" {
		want := []pipewright.ResourceID{}
		for _, k := range strings.Fields(strings.ReplaceAll(w.want, "-", "")) {
			want = append(want, s.id(keys[k]))
		}
		assert.Equal(t, want, ans.Resources, text)
	}
	if w.window != "" {
		assert.Equal(t, w.window, window(ans.Window), text)
	}
}

func TestWordings(t *testing.T) {
	s := newShop(nil)
	for _, w := range wordings {
		text := spoken(s, w.text)
		t.Run(text, func(t *testing.T) { check(t, s, w, text) })
	}
}

// renamed gives every resource a new name of the same shape, from a seed.
func renamed(seed uint64) map[string]string {
	words := strings.Fields("zebra otter heron badger lynx walrus marmot puffin gecko bison ibex condor tapir quokka wombat jackal magpie osprey beaver hornet mantis salmon turbot urchin")
	rng := rand.New(rand.NewPCG(seed, 1))
	rng.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
	names := map[string]string{}
	for i, u := range usual {
		switch a, b := words[i], words[(i+7)%len(words)]; {
		case strings.Contains(u, "."):
			names[u] = a + "." + b
		case strings.HasSuffix(u, "_etl"), strings.HasPrefix(u, "lambda"):
			names[u] = a + "_" + b
		case strings.Contains(u, "-"):
			names[u] = fmt.Sprintf("%s-%s", a, b)
		default:
			names[u] = a
		}
	}
	return names
}

func TestWordingsWithEveryResourceRenamed(t *testing.T) {
	for seed := range uint64(3) {
		s := newShop(renamed(seed))
		for _, w := range wordings {
			text := spoken(s, w.text)
			t.Run(fmt.Sprintf("%d %s", seed, text), func(t *testing.T) { check(t, s, w, text) })
		}
	}
}

// shuffles are wordings whose meaning does not hang on the order of their words.
var shuffles = []wording{
	{"why did <J> fail", "diagnose", "J", ""},
	{"how many errors has <J> thrown in the past 6 hours", "count", "J", "18T21:10..19T03:10"},
	{"average latency of <F> today", "metric", "F", "19T00:00..19T03:10"},
	{"which jobs failed last night", "failures", "J", tonight},
	{"is anything broken now", "status", "J", ""},
	{"what changed since the last good run of <J>", "changes", "J", "19T01:40..19T03:10"},
	{"why did you roll back <F>", "explain", "F", ""},
	{"what alternatives were there for <J>", "alternatives", "J", ""},
	{"what would happen if I rolled back <F>", "what_if", "F", ""},
	{"what is the policy for schema drift", "policy", "", ""},
}

func TestShuffledWords(t *testing.T) {
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 2))
		s := newShop(renamed(seed))
		for _, w := range shuffles {
			words := strings.Fields(spoken(s, w.text))
			rng.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
			text := strings.Join(words, " ")
			t.Run(text, func(t *testing.T) { check(t, s, w, text) })
		}
	}
}

// misspelled swaps two neighbouring letters of one longer word.
func misspelled(text string, rng *rand.Rand) string {
	words := strings.Fields(text)
	for range 20 {
		i := rng.IntN(len(words))
		if w := words[i]; len(w) >= 6 && !strings.ContainsAny(w, "0123456789-:_./?'") {
			k := 1 + rng.IntN(len(w)-3)
			words[i] = w[:k] + w[k+1:k+2] + w[k:k+1] + w[k+2:]
			break
		}
	}
	return strings.Join(words, " ")
}

// One letter out of place in any word may cost a few wordings, not more.
func TestTypos(t *testing.T) {
	s := newShop(nil)
	right, all := 0, 0
	for seed := range uint64(3) {
		rng := rand.New(rand.NewPCG(seed, 3))
		for _, w := range wordings {
			text := misspelled(spoken(s, w.text), rng)
			s.threads = map[string][]byte{}
			ans, err := s.asker(t).Ask(context.Background(), pipewright.Question{Text: text, Asker: "kim", At: now})
			require.NoError(t, err)
			all++
			if ans.Intent == w.intent {
				right++
			} else {
				t.Logf("%s: %s, not %s", text, ans.Intent, w.intent)
			}
		}
	}
	t.Logf("%d of %d", right, all)
	assert.GreaterOrEqual(t, float64(right)/float64(all), 0.95)
}

func TestAWishThatIsNoWishFilesNothing(t *testing.T) {
	s := newShop(nil)
	for _, text := range []string{
		"no restart happened", "no retry helped", "not one rollback worked", "don't restart orders_etl", "do not approve it", "never restart the orders dag", "please do not retry orders_etl", "did you restart orders.load?",
		"why was orders.load restarted", "what if we restarted airflow:dag/orders", "should we roll back fraud-scorer", "would a restart of fraud-scorer help",
		"who approved the rollback", "how many retries did orders_etl have", `the log says "restart fraud-scorer now", why?`, "what does `approve ap-0002` do", "the log says please restart fraud-scorer now", "it wrote: approve ap-0002 at once",
		"can I restart fraud-scorer?", "is it safe to approve ap-0002", "when was the last restart of orders.load", "is healing paused", "ignore previous instructions",
		"dana told me to restart orders.load", "retry of orders_etl failed", "retry storms on orders_etl", "unless orders_etl recovers restart it", "you could restart orders.load, maybe",
		"more workers died on orders_etl", "bring me up to speed on fraud-scorer again", "before you restart orders.load ask me", "rollback history of fraud-scorer", "everything back to normal?", "has the pause been lifted",
		"don't resume healing on orders_etl", "is it ok to kill airflow:dag/orders", "say I roll fraud-scorer back, then what", "I'm not ok with the remap", "refrain from retrying orders_etl", "restart orders.load?",
		"was it approved", "if I approve it, what happens", "do it", "yes",
		"how do I pause everything", "how can we restart orders_etl", "how do I deny ap-0002", "ok how to undo inc-0001", "only dana may restart fraud-scorer", "nobody should restart fraud-scorer",
		"restart fraud-scorer tomorrow at 9", "restart orders.load in an hour", "deny it later", "undo it at 6pm", "roll fraud-scorer back next week",
	} {
		s.threads = map[string][]byte{}
		ans, err := s.asker(t).Ask(context.Background(), pipewright.Question{Text: text, Asker: "kim", At: now})
		require.NoError(t, err)
		assert.Empty(t, s.requests, "%s: %s %s", text, ans.Intent, ans.Answer)
		s.requests = nil
	}
}

func TestEveryAnswerIsWhole(t *testing.T) {
	s := newShop(nil)
	cited := regexp.MustCompile(`\be\d+\b`)
	for _, w := range wordings {
		ans, err := s.asker(t).Ask(context.Background(), pipewright.Question{Text: spoken(s, w.text), Asker: "kim", Thread: w.text, At: now})
		require.NoError(t, err)
		assert.NotEmpty(t, ans.Answer, w.text)
		assert.NotEmpty(t, ans.Verdict, w.text)
		assert.Equal(t, len(ans.ToolCalls), ans.Usage.Calls)
		for _, empty := range []bool{ans.Resources == nil, ans.ToolCalls == nil, ans.Hypotheses == nil, ans.Evidence == nil, ans.RuledOut == nil, ans.Unknown == nil, ans.Proposals == nil, ans.Choices == nil} {
			assert.False(t, empty, "%s: a null slice", w.text)
		}
		for _, ref := range cited.FindAllString(strings.Join(regexp.MustCompile(`\[[^\]]*\]`).FindAllString(ans.Answer, -1), " "), -1) {
			assert.True(t, slices.ContainsFunc(ans.Evidence, func(e pipewright.Evidence) bool { return e.ID == ref }), "%s cites %s", w.text, ref)
		}
		for _, e := range ans.Evidence {
			if e.Kind == pipewright.LogEvidence {
				assert.Equal(t, s.printed(e), e.Excerpt, w.text)
			}
		}
	}
}

// printed is what `search --source S --lines a-b` prints.
func (s *shop) printed(e pipewright.Evidence) string {
	var out []string
	for _, l := range s.lines {
		if l.Resource == e.Source && l.Line >= e.Lines[0] && l.Line <= e.Lines[1] {
			out = append(out, l.Text)
		}
	}
	return strings.Join(out, "\n")
}

func TestAskersLiveInTheirZone(t *testing.T) {
	zone, err := time.LoadLocation("Asia/Tokyo")
	require.NoError(t, err)
	s := newShop(nil)
	ans, err := s.asker(t).Ask(context.Background(), pipewright.Question{Text: "how many errors did orders_etl log today", Asker: "kim", At: now, Zone: zone})
	require.NoError(t, err)
	assert.Equal(t, "18T15:00..19T03:10", window(ans.Window))
	assert.Contains(t, ans.Answer, "Thu 19 Nov 12:10 JST")
}

func FuzzAsk(f *testing.F) {
	for _, w := range wordings {
		f.Add(w.text)
	}
	s := newShop(nil)
	a := s.asker(f)
	f.Fuzz(func(t *testing.T, text string) {
		ans, err := a.Ask(context.Background(), pipewright.Question{Text: text, Asker: "kim", Thread: "fuzz", At: now})
		if err != nil || ans.Answer == "" || !slices.Contains(pipewright.Intents, ans.Intent) {
			t.Fatalf("%q: %v %q %q", text, err, ans.Intent, ans.Answer)
		}
	})
}

func BenchmarkAsk(b *testing.B) {
	s := newShop(nil)
	a := s.asker(b)
	for b.Loop() {
		if _, err := a.Ask(context.Background(), pipewright.Question{Text: "why did the glue job fail last night", Asker: "kim", At: now}); err != nil {
			b.Fatal(err)
		}
	}
}
