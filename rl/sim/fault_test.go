package sim

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

// calm is a plant in which nothing breaks by itself.
func calm(seed uint64) *Plant {
	return New(Options{Seed: seed, Start: start, History: 4 * time.Hour, FaultEvery: -1})
}

// strikeAt breaks one thing in a calm plant, for a given time.
func (p *Plant) strikeAt(cause string, at pipewright.ResourceID, nth int, lasts time.Duration) *fault {
	for _, k := range p.faultKinds {
		if k.cause != cause || k.at != at {
			continue
		}
		if nth > 0 {
			nth--
			continue
		}
		k.lasts = func(*rand.Rand) time.Duration { return lasts }
		return p.breakBy(k, 1, p.dice("test fault", int64(p.opt.Seed)))
	}
	panic("no such kind of fault: " + cause)
}

// sick lists what is visibly wrong now.
func (p *Plant) sick() (out []string) {
	say := func(bad bool, format string, args ...any) {
		if bad {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	for _, j := range p.jobs {
		say(p.now.Sub(j.freshAt) > j.every+20*minute, "%s has not succeeded since %s", j.id, j.freshAt.Format("15:04"))
	}
	say(p.cdc.lag > 300, "lag %.0f s", p.cdc.lag)
	say(p.queueSeconds() > 120, "queue %.0f s", p.queueSeconds())
	for _, w := range p.workers {
		say(p.heartbeatAge(w) > 180, "heartbeat %s", w.id)
	}
	say(p.errorRate() > 0.02, "error rate %.3f", p.errorRate())
	say(p.latency() > 160, "latency %.0f ms", p.latency())
	say(p.ready() < float64(p.serving.replicas), "replicas")
	return out
}

// rightMap is the mapping that gives readers what they want.
func rightMap(t *table) string {
	out := ""
	for i, w := range t.wants {
		for _, c := range t.columns {
			if c.ident != w.ident {
				continue
			}
			if i > 0 {
				out += ", "
			}
			out += w.name + "=" + c.name
			if c.typ != w.typ {
				out += "::" + w.typ
			}
			break
		}
	}
	return out
}

type scenario struct {
	name  string
	cause string
	at    pipewright.ResourceID
	nth   int
	right []Act
	wrong []Act
}

var scenarios = []scenario{
	{"a renamed column that Airflow reads", "schema_column_renamed", tableOrders, 0,
		[]Act{{Kind: "postgres.remap", Target: tableOrders}}, []Act{{Kind: "airflow.retry", Target: taskExtract}, {Kind: "ec2.restart", Target: worker1}}},
	{"a renamed column that Glue reads", "schema_column_renamed", tablePay, 0,
		[]Act{{Kind: "postgres.remap", Target: tablePay}}, []Act{{Kind: "glue.scale_up", Target: glueOrders}, {Kind: "glue.retry", Target: glueOrders}}},
	{"a renamed column of the customers", "schema_column_renamed", tableCust, 0,
		[]Act{{Kind: "postgres.remap", Target: tableCust}}, []Act{{Kind: "airflow.retry", Target: custExtract}}},
	{"a number that became text", "schema_type_changed", tableOrders, 0,
		[]Act{{Kind: "postgres.remap", Target: tableOrders}}, []Act{{Kind: "airflow.retry", Target: taskTransform}, {Kind: "postgres.cancel", Target: tableOrders}}},
	{"a Glue job out of memory", "memory_exhausted", glueOrders, 0,
		[]Act{{Kind: "glue.scale_up", Target: glueOrders}, {Kind: "glue.scale_up", Target: glueOrders}}, []Act{{Kind: "glue.retry", Target: glueOrders}, {Kind: "redshift.scale_up", Target: warehouseID}}},
	{"a Lambda out of memory", "memory_exhausted", lambdaEnrich, 0,
		[]Act{{Kind: "lambda.scale_up", Target: lambdaEnrich}, {Kind: "lambda.scale_up", Target: lambdaEnrich}}, []Act{{Kind: "lambda.retry", Target: lambdaEnrich}, {Kind: "lambda.rollback", Target: lambdaEnrich}}},
	{"a session that holds the warehouse", "warehouse_contention", warehouseID, 0,
		[]Act{{Kind: "redshift.cancel", Target: warehouseID}}, []Act{{Kind: "redshift.retry", Target: warehouseID}, {Kind: "airflow.retry", Target: taskLoad}}},
	{"more queries than slots", "warehouse_contention", warehouseID, 1,
		[]Act{{Kind: "redshift.scale_up", Target: warehouseID}}, []Act{{Kind: "redshift.cancel", Target: warehouseID}, {Kind: "redshift.retry", Target: warehouseID}}},
	{"a lock on the customers", "table_lock_held", tableCust, 0,
		[]Act{{Kind: "postgres.cancel", Target: tableCust}}, []Act{{Kind: "airflow.retry", Target: custExtract}}},
	{"a hung worker", "worker_hung", worker1, 0,
		[]Act{{Kind: "ec2.restart", Target: worker1}}, []Act{{Kind: "airflow.retry", Target: taskExtract}, {Kind: "ec2.restart", Target: worker2}}},
	{"a stuck capture", "worker_hung", dmsTask, 0,
		[]Act{{Kind: "dms.restart", Target: dmsTask}}, []Act{{Kind: "dms.retry", Target: dmsTask}, {Kind: "airflow.retry", Target: taskExtract}}},
	{"a bad release", "model_bad_rollout", scorer, 0,
		[]Act{{Kind: "k8s.rollback", Target: scorer}}, []Act{{Kind: "k8s.restart", Target: scorer}, {Kind: "k8s.scale_up", Target: scorer}}},
}

const seeds = 6

// play breaks something, acts an hour later, twenty minutes apart, and looks two
// hours after that.
func (s scenario) play(t *testing.T, seed uint64, acts []Act) (*Plant, *fault) {
	t.Helper()
	p := calm(seed)
	f := p.strikeAt(s.cause, s.at, s.nth, 8*time.Hour)
	p.Advance(start.Add(time.Hour))
	for i, a := range acts {
		if a.Kind == "postgres.remap" {
			a.Args = map[string]string{"mapping": rightMap(p.table(a.Target))}
		}
		a.Key = fmt.Sprint("k", i)
		_, err := p.Act(a)
		if err != nil {
			assert.Equal(t, pipewright.Conflict, pipewright.KindOf(err), "%v", err)
		}
		p.Advance(p.Now().Add(20 * minute))
	}
	p.Advance(start.Add(3*time.Hour + 50*minute))
	return p, f
}

func TestWhatHelpsFollowsFromTheMechanism(t *testing.T) {
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			for seed := uint64(1); seed <= seeds; seed++ {
				p, f := s.play(t, seed, nil)
				assert.NotEmpty(t, p.sick(), "seed %d: nobody did anything", seed)
				assert.True(t, f.End.IsZero())

				p, f = s.play(t, seed, s.right)
				assert.Empty(t, p.sick(), "seed %d: the right action helps", seed)
				assert.False(t, f.End.IsZero(), "seed %d: the fault is over", seed)

				p, f = s.play(t, seed, s.wrong)
				assert.NotEmpty(t, p.sick(), "seed %d: the wrong action does not help", seed)
				assert.True(t, f.End.IsZero())
			}
		})
	}
}

func TestACalmPlantIsHealthy(t *testing.T) {
	for seed := uint64(1); seed <= 3; seed++ {
		p := calm(seed)
		for range 96 {
			p.Advance(p.Now().Add(15 * minute))
			assert.Empty(t, p.sick(), "seed %d at %s", seed, p.Now())
		}
	}
}

func TestARetryQueuesBehindAHungTask(t *testing.T) {
	p := calm(1)
	w := p.workers[0]
	p.strikeAt("worker_hung", worker1, 0, 8*time.Hour)
	w.deep, w.loud = false, false
	p.Advance(start.Add(40 * minute))
	require.Len(t, w.frozen, 1)
	run := w.frozen[0]
	require.Equal(t, pipewright.RunRunning, run.state, "it counts as running")
	_, err := p.Act(Act{Kind: "airflow.retry", Target: run.job.id, Key: "retry"})
	assert.Equal(t, pipewright.Conflict, pipewright.KindOf(err))
	_, err = p.Act(Act{Kind: "airflow.restart", Target: run.job.id, Key: "restart"})
	require.NoError(t, err)
	p.Advance(start.Add(80 * minute))
	assert.Empty(t, p.sick(), "a shallow hang dies with its task")
}

func TestADeepHangOnlyDiesWithItsWorker(t *testing.T) {
	p := calm(1)
	w := p.workers[0]
	p.strikeAt("worker_hung", worker1, 0, 8*time.Hour)
	w.deep, w.loud = true, false
	p.Advance(start.Add(40 * minute))
	_, err := p.Act(Act{Kind: "airflow.restart", Target: w.frozen[0].job.id, Key: "restart"})
	require.NoError(t, err)
	p.Advance(start.Add(70 * minute))
	assert.NotEmpty(t, p.sick())
	_, err = p.Act(Act{Kind: "ec2.restart", Target: worker1, Key: "reboot"})
	require.NoError(t, err)
	p.Advance(start.Add(110 * minute))
	assert.Empty(t, p.sick())
}

func TestARetryHelpsExactlyWhenTheLinkIsUp(t *testing.T) {
	up, down := 0, 0
	for seed := uint64(1); seed <= 8; seed++ {
		p := calm(seed)
		p.strikeAt("network_transient", warehouseID, 0, 6*time.Hour)
		for range 60 {
			p.Advance(p.Now().Add(3 * minute))
			j := p.job(glueOrders)
			if j.failed == nil || j.active != nil {
				continue
			}
			_, err := p.Act(Act{Kind: "glue.retry", Target: glueOrders, Key: fmt.Sprint(p.Now())})
			require.NoError(t, err)
			r := j.active
			for !r.state.Done() {
				was := p.wh.down
				p.Advance(p.Now().Add(time.Second))
				if r.state == pipewright.RunFailed && r.next == 6 { // at the link
					assert.True(t, was || p.wh.down)
					down++
				}
			}
			if r.state == pipewright.RunSucceeded {
				up++
			}
		}
	}
	assert.Greater(t, up, 5)
	assert.Greater(t, down, 5)
}

func TestRetriesMakeAQueueLonger(t *testing.T) {
	backlog := func(retries int) float64 {
		p := calm(2)
		p.strikeAt("warehouse_contention", warehouseID, 1, 6*time.Hour)
		p.Advance(start.Add(5 * minute))
		for i := range retries {
			_, err := p.Act(Act{Kind: "redshift.retry", Target: warehouseID, Key: fmt.Sprint(i)})
			require.NoError(t, err)
			p.Advance(p.Now().Add(2 * minute))
		}
		p.Advance(start.Add(20 * minute))
		return p.warehouse.backlog
	}
	assert.Greater(t, backlog(4), 1.2*backlog(0))
}

func TestAWrongMappingIsWorseLater(t *testing.T) {
	p := calm(3)
	p.strikeAt("schema_column_renamed", tableOrders, 0, 8*time.Hour)
	p.Advance(start.Add(20 * minute))
	tab, mapping := p.table(tableOrders), ""
	for i, w := range tab.wants {
		from := w.name
		if _, ok := tab.find(w.name); !ok {
			from = "order_id"
		}
		if i > 0 {
			mapping += ", "
		}
		mapping += w.name + "=" + from
	}
	_, err := p.Act(Act{Kind: "postgres.remap", Target: tableOrders, Key: "k", Args: map[string]string{"mapping": mapping}})
	require.NoError(t, err)
	p.Advance(start.Add(40 * minute))
	assert.WithinDuration(t, p.Now(), p.job(taskLoad).freshAt, 15*minute, "at first it looks cured")
	p.Advance(start.Add(100 * minute))
	assert.NotNil(t, p.job(taskValidate).failed, "later the bad rows are found")
	assert.True(t, p.faults[0].End.IsZero())
}

func TestGoingBackFromAGoodReleaseIsHarmful(t *testing.T) {
	p := calm(4)
	require.Less(t, p.errorRate(), 0.01)
	_, err := p.Act(Act{Kind: "k8s.rollback", Target: scorer, Key: "k"})
	require.NoError(t, err)
	p.Advance(start.Add(10 * minute))
	assert.Greater(t, p.errorRate(), 0.03)
	_, err = p.Act(Act{Kind: "k8s.rollback", Target: scorer, Key: "back"})
	require.NoError(t, err)
	p.Advance(start.Add(20 * minute))
	assert.Less(t, p.errorRate(), 0.01, "and going forward again undoes it")
}

func TestARestartHelpsABadReleaseOnlyForMinutes(t *testing.T) {
	p := calm(5)
	p.strikeAt("model_bad_rollout", scorer, 0, 8*time.Hour)
	p.serving.now.errors, p.serving.now.slow, p.serving.now.crash = 0.2, 1, 0
	p.Advance(start.Add(20 * minute))
	require.Greater(t, p.errorRate(), 0.1)
	_, err := p.Act(Act{Kind: "k8s.restart", Target: scorer, Key: "k"})
	require.NoError(t, err)
	p.Advance(start.Add(23 * minute))
	assert.Less(t, p.errorRate(), 0.05)
	p.Advance(start.Add(35 * minute))
	assert.Greater(t, p.errorRate(), 0.1)
}

func TestFaultsCascadeAlongLineage(t *testing.T) {
	p := calm(6)
	p.strikeAt("schema_column_renamed", tableOrders, 0, 8*time.Hour)
	p.Advance(start.Add(2 * time.Hour))
	b := p.Observe(start, p.Now())
	failed := map[pipewright.ResourceID]string{}
	for _, r := range b.Runs {
		if r.State == pipewright.RunFailed {
			failed[r.Resource] = r.Error
		}
	}
	assert.Contains(t, failed[taskExtract], "UndefinedColumn")
	assert.Contains(t, failed[dagOrders], "extract")
	assert.Contains(t, failed[glueOrders], "Path does not exist")
	assert.Greater(t, p.freshness(factOrders), 3600.0)
	assert.Less(t, p.freshness(dimCust), 3600.0, "what is not downstream goes on")
}

func TestNoActionOnAHealthyResourceImprovesAnything(t *testing.T) {
	measure := func(acts ...Act) (failed int, errors, latency, stale float64) {
		p := calm(7)
		for _, a := range acts {
			_, err := p.Act(a)
			if err != nil {
				require.Equal(t, pipewright.Conflict, pipewright.KindOf(err))
			}
		}
		p.Advance(start.Add(2 * time.Hour))
		b := p.Observe(start, p.Now())
		for _, r := range b.Runs {
			if r.State == pipewright.RunFailed || r.State == pipewright.RunCancelled {
				failed++
			}
		}
		for _, pt := range b.Points {
			switch {
			case pt.Metric == "error_rate":
				errors += pt.Value
			case pt.Metric == "latency_p99_ms" && pt.Resource == scorer:
				latency += pt.Value
			case pt.Metric == "freshness_seconds" && pt.Resource == factOrders:
				stale += pt.Value
			}
		}
		return failed, errors, latency, stale
	}
	failed, errors, latency, stale := measure()
	for kind := range deeds {
		for _, r := range shop {
			if r.id.System() != kind.System() {
				continue
			}
			a := Act{Kind: kind, Target: r.id, Key: "k"}
			f, e, l, s := measure(a)
			assert.GreaterOrEqual(t, f, failed, "failed runs after %s on %s", kind, r.id)
			assert.GreaterOrEqual(t, e, 0.99*errors, "errors after %s on %s", kind, r.id)
			assert.GreaterOrEqual(t, l, 0.99*latency, "latency after %s on %s", kind, r.id)
			// A run beside the schedule is a little fresher, which is what was asked for.
			assert.GreaterOrEqual(t, s, 0.85*stale, "freshness after %s on %s", kind, r.id)
		}
	}
}
