package template_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pipewright/pipewright/retrieval/template"
)

// mine returns the template of each line.
func mine(m *template.Miner, lines []string) []string {
	refs := make([]template.Ref, len(lines))
	for i, l := range lines {
		refs[i] = m.Add(template.Line{Text: []byte(l)})
	}
	v := m.View()
	out := make([]string, len(lines))
	for i, r := range refs {
		out[i] = v.Templates[v.Of(r)].Text
	}
	return out
}

func TestTemplates(t *testing.T) {
	for name, c := range map[string]struct{ lines, want []string }{
		"users vary": {
			[]string{"Invalid user ann from 10.1.1.1", "Invalid user bob from 10.1.1.2", "Invalid user eve from 10.1.1.3", "Invalid user zoe from 10.1.1.3"},
			[]string{"Invalid user <*> from <*>"},
		},
		"states do not": {
			[]string{"task_1 moved from NEW to RUNNING now", "task_2 moved from NEW to FAILED now", "task_3 moved from RUNNING to FAILED now"},
			[]string{"task_<*> moved from NEW to RUNNING now", "task_<*> moved from NEW to FAILED now", "task_<*> moved from RUNNING to FAILED now"},
		},
		"the first word does not": {
			[]string{"portmap startup succeeded", "cupsd startup succeeded", "sdpd startup succeeded"},
			[]string{"portmap startup succeeded", "cupsd startup succeeded", "sdpd startup succeeded"},
		},
		"truth values of keys vary": {
			[]string{"ready a=true b=false", "ready a=false b=false", "ready a=true b=true"},
			[]string{"ready a=<*> b=<*>"},
		},
		"units of an amount vary": {
			[]string{"stored x_1 (size 3.5 KB, free 10.0 KB)", "stored x_2 (size 3.5 B, free 10.0 KB)"},
			[]string{"stored x_<*> (size <*>, free <*>)"},
		},
		"names that differ in digits": {
			[]string{"up on eth0 again", "up on eth1 again"},
			[]string{"up on eth<*> again"},
		},
		"a value that may be absent": {
			[]string{"connection from 10.1.1.1 () at noon", "connection from 10.1.1.1 (a-1.example.org) at noon"},
			[]string{"connection from <*> (<*>) at noon"},
		},
		"stars for a value not known": {
			[]string{"fan speeds ( 10 20 30 )", "fan speeds ( 10 **** 30 )"},
			[]string{"fan speeds ( <*> <*> <*> )"},
		},
		"lists of any length": {
			[]string{"ask 10.1.1.1 to delete blk_1", "ask 10.1.1.1 to delete blk_1 blk_2 blk_-3"},
			[]string{"ask <*> to delete blk_<*>"},
		},
		"lists of things with marks in them": {
			[]string{"dropped Set(a-1:9, a-2:7) now", "dropped Set(a-1:9) now", "dropped Set(a-3:8, a-1:9, a-2:7) now"},
			[]string{"dropped Set(a-<*>:<*>) now"},
		},
		"as many values in each line": {
			[]string{"fans 10 20 30 spin", "fans 11 20 31 spin"},
			[]string{"fans <*> <*> <*> spin"},
		},
		"a value that may be absent after its key": {
			[]string{"login user=ann7 tty=pts/1 ok", "login user= tty=pts/2 ok"},
			[]string{"login user=<*> tty=pts/<*> ok"},
		},
		"names in stars": {
			[]string{"lock of *alarm* held 7 ms by uid 9", "lock of *sync* held 7 ms by uid 9", "lock of RILJ_ACK held 7 ms by uid 9", "lock of job/x held 7 ms by uid 9", "lock of Audio held 7 ms by uid 9"},
			[]string{"lock of <*> held <*> ms by uid <*>"},
		},
		"names that differ in more numbers than one": {
			[]string{"disk2s1: gone", "disk7s5: gone"},
			[]string{"disk<*>s<*>: gone"},
		},
		"reasons do not vary": {
			[]string{"tunnel 1 to 10.1.1.1 closed, reason=reset", "tunnel 2 to 10.1.1.1 closed, reason=timeout", "tunnel 2 to 10.1.1.1 closed, reason=eof", "tunnel 2 to 10.1.1.1 closed, reason=idle"},
			[]string{"tunnel <*> to <*> closed, reason=reset", "tunnel <*> to <*> closed, reason=timeout", "tunnel <*> to <*> closed, reason=eof", "tunnel <*> to <*> closed, reason=idle"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := mine(template.New(template.Options{}), c.lines)
			distinct := []string{}
			for _, g := range got {
				if len(distinct) == 0 || distinct[len(distinct)-1] != g {
					distinct = append(distinct, g)
				}
			}
			require.Equal(t, c.want, distinct)
		})
	}
}

// service writes lines of a made-up service.
func service(n int, seed uint64) []string {
	r := rand.New(rand.NewPCG(seed, 1))
	users := strings.Fields("ann bob eve zoe ada max kim lee sam pat")
	out := make([]string, n)
	for i := range out {
		switch r.IntN(5) {
		case 0:
			out[i] = fmt.Sprintf("Login of user %s from 10.0.0.%d took %d ms", users[r.IntN(len(users))], r.IntN(200), r.IntN(90))
		case 1:
			out[i] = fmt.Sprintf("Partition rdd_%d_%d not found, computing it", r.IntN(9), r.IntN(90))
		case 2:
			out[i] = fmt.Sprintf("Wrote file %s%d.tmp of table orders", users[r.IntN(len(users))], r.IntN(9000))
		case 3:
			out[i] = "Shutdown requested"
		default:
			out[i] = fmt.Sprintf("Retry %d of job %s-%s failed: connection refused", r.IntN(5), users[r.IntN(len(users))], users[r.IntN(len(users))])
		}
	}
	return out
}

func TestAViewBetweenLinesChangesNothing(t *testing.T) {
	lines := service(600, 1)
	want := mine(template.New(template.Options{Shapes: 40}), lines)
	m := template.New(template.Options{Shapes: 40})
	for i, l := range lines[:300] {
		m.Add(template.Line{Text: []byte(l)})
		if i%50 == 0 {
			m.View()
		}
	}
	require.Equal(t, want[300:], mine(m, lines[300:]))
}

func TestAFullTableFoldsAndForgetsNoCount(t *testing.T) {
	lines := service(5000, 2)
	large := template.New(template.Options{})
	small := template.New(template.Options{Shapes: 60})
	require.Equal(t, mine(large, lines), mine(small, lines))
	total := uint64(0)
	for _, tpl := range small.View().Templates {
		total += tpl.Count
	}
	require.EqualValues(t, len(lines), total)
}

func TestATableFullOfNoiseStaysBounded(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	m := template.New(template.Options{Shapes: 50})
	for range 3000 {
		var words []string
		for range 2 + r.IntN(8) {
			words = append(words, string(rune('a'+r.IntN(26)))+string(rune('a'+r.IntN(26))))
		}
		m.Add(template.Line{Text: []byte(strings.Join(words, " "))})
	}
	require.LessOrEqual(t, len(m.View().Templates), 50)
}

func TestIDsOutliveARestart(t *testing.T) {
	lines := service(2000, 4)
	whole := template.New(template.Options{Shapes: 60})
	mine(whole, lines)

	first := template.New(template.Options{Shapes: 60})
	mine(first, lines[:1000])
	var disk bytes.Buffer
	require.NoError(t, first.Save(&disk))
	second := template.New(template.Options{Shapes: 60})
	require.NoError(t, second.Load(&disk))
	mine(second, lines[1000:])
	require.Equal(t, summary(whole), summary(second))
}

func TestReplicasBecomeOne(t *testing.T) {
	lines := service(2000, 5)
	start := time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC)
	at := func(i int) time.Time { return start.Add(time.Duration(i) * time.Second) }
	whole, even, odd := template.New(template.Options{}), template.New(template.Options{}), template.New(template.Options{})
	for i, l := range lines {
		line := template.Line{Text: []byte(l), At: at(i), Level: template.Info}
		whole.Add(line)
		if i%2 == 0 {
			even.Add(line)
		} else {
			odd.Add(line)
		}
	}
	var disk bytes.Buffer
	require.NoError(t, odd.Save(&disk))
	require.NoError(t, even.Load(&disk))
	require.Equal(t, summary(whole), summary(even))
	one := even.View().Templates[0]
	require.Equal(t, template.Info, one.Level)
	require.False(t, one.First.Before(start))
	counted := uint64(0)
	for _, s := range one.Rate {
		counted += uint64(s.Count)
	}
	require.Equal(t, one.Count, counted)
}

// summary is what is known of each template, by id.
func summary(m *template.Miner) map[string]string {
	out := map[string]string{}
	for _, t := range m.View().Templates {
		out[t.ID] = fmt.Sprint(t.Text, t.Count, t.First, t.Last)
	}
	return out
}

func TestADamagedStateIsRefused(t *testing.T) {
	for name, in := range map[string]string{
		"no JSON":         "x",
		"another version": `{"version":99}`,
		"too many values": `{"version":2,"shapes":[{"birth":"a","count":1,"values":[["a"],["b"],["c"]]}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, template.New(template.Options{}).Load(strings.NewReader(in)), "load the templates")
		})
	}
}

func TestValuesOfVariablesAreKept(t *testing.T) {
	m := template.New(template.Options{})
	mine(m, []string{"Partition rdd_11_0 not found", "Partition rdd_42_7 not found", "Invalid user ann from 10.1.1.1", "Invalid user bob from 10.1.1.2", "Invalid user cyd from 10.1.1.2", "Invalid user dan from 10.1.1.2"})
	ts := m.View().Templates
	require.Equal(t, [][]string{{"rdd_11_0", "rdd_42_7"}}, ts[0].Values)
	require.Equal(t, [][]string{{"ann", "bob", "cyd", "dan"}, {"10.1.1.1", "10.1.1.2"}}, ts[1].Values)
	require.Equal(t, "Partition rdd_11_0 not found", ts[0].Examples[0])
}

func TestAVeryLongLineIsOneLine(t *testing.T) {
	m := template.New(template.Options{})
	got := mine(m, []string{strings.Repeat("word ", 100_000), "short"})
	require.Less(t, len(got[0]), 20_000)
	require.Equal(t, "short", got[1])
}

func BenchmarkAdd(b *testing.B) {
	lines := service(10_000, 7)
	m := template.New(template.Options{})
	size := 0
	for _, l := range lines {
		m.Add(template.Line{Text: []byte(l)})
		size += len(l)
	}
	raw := make([][]byte, len(lines))
	for i, l := range lines {
		raw[i] = []byte(l)
	}
	b.SetBytes(int64(size / len(lines)))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		m.Add(template.Line{Text: raw[i%len(raw)]})
	}
}
