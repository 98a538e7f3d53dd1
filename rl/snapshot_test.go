package rl

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// someEpisodes are incidents of a table world under the hand rules, with stage
// instances and signatures as a busy tenant has them.
func someEpisodes(n int) []Episode {
	w, r := drawWorld(1, true), rand.New(rand.NewPCG(1, 2))
	var log []Episode
	for i := range n {
		e := w.live(w.draw(r), r, tableRules)
		e.ID = fmt.Sprintf("inc-%d", i)
		e.Context.Instance = fmt.Sprintf("glue:job/orders_etl_%d", i%400)
		log = append(log, e)
	}
	return log
}

func allLevels() Hyper {
	h := DefaultHyper()
	h.Tau[ByInstance], h.Forget = .3, .995
	return h
}

func TestAPolicyIsRebuiltBitByBit(t *testing.T) {
	p, log := worldPrior(1, .15, 0), someEpisodes(300)
	one, err := Rebuild(p, allLevels(), log)
	require.NoError(t, err)
	two, err := Rebuild(p, allLevels(), log[:200])
	require.NoError(t, err)
	half, _, err := two.Snapshot()
	require.NoError(t, err)
	three, err := Restore(half, p) // from a snapshot on, it goes on the same
	require.NoError(t, err)
	for _, e := range log[200:] {
		require.NoError(t, two.Learn(e))
		require.NoError(t, three.Learn(e))
	}
	want, name, err := one.Snapshot()
	require.NoError(t, err)
	for _, m := range []*Model{two, three} {
		got, also, err := m.Snapshot()
		require.NoError(t, err)
		assert.Equal(t, name, also)
		assert.True(t, bytes.Equal(want, got))
	}
	assert.True(t, strings.HasPrefix(name, "sha256:"))
	require.NoError(t, two.Learn(log[0]))
	_, other, err := two.Snapshot()
	require.NoError(t, err)
	assert.NotEqual(t, name, other)
}

func TestASnapshotStaysSmall(t *testing.T) {
	log := someEpisodes(10000)
	for i := range log {
		log[i].Context.Signature = fmt.Sprintf("a signature of some length, as a log template is, number %d", i)
	}
	m, err := Rebuild(worldPrior(1, .15, 0), allLevels(), log)
	require.NoError(t, err)
	data, _, err := m.Snapshot()
	require.NoError(t, err)
	assert.LessOrEqual(t, len(data), 2<<20)
	assert.LessOrEqual(t, len(m.cells), mostCells)
	t.Logf("%d cells, %d bytes", len(m.cells), len(data))
}

func TestABadPolicyIsRefusedWithASentence(t *testing.T) {
	p := worldPrior(1, .15, 0)
	m, err := Rebuild(p, DefaultHyper(), someEpisodes(20))
	require.NoError(t, err)
	good, _, err := m.Snapshot()
	require.NoError(t, err)
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"cut off in the middle", good[:len(good)/2], "cut off"},
		{"without its end", good[:len(good)-1], "cut off"},
		{"of a newer version", bytes.Replace(good, []byte(`"pipewright_policy":2`), []byte(`"pipewright_policy":9`), 1), "newer pipewright"},
		{"of an older version", bytes.Replace(good, []byte(`"pipewright_policy":2`), []byte(`"pipewright_policy":1`), 1), "rebuild it from the journal"},
		{"empty", nil, "not a policy"},
		{"something else", []byte(`{"name":"x"}`), "not a policy"},
		{"a negative count", bytes.Replace(good, []byte(`"counts":[`), []byte(`"counts":[-`), 1), "not negative"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Restore(c.data, p)
			require.Error(t, err)
			assert.Contains(t, err.Error(), c.want)
		})
	}
	_, err = Restore(good, worldPrior(2, .4, 0))
	assert.ErrorContains(t, err, "another fault catalogue")
}

func TestALogThatIsCutOffIsReadUpToThere(t *testing.T) {
	log := someEpisodes(5)
	var b bytes.Buffer
	require.NoError(t, WriteEpisodes(&b, log))
	got, err := ReadEpisodes(bytes.NewReader(b.Bytes()))
	require.NoError(t, err)
	assert.Equal(t, log, got)
	got, err = ReadEpisodes(bytes.NewReader(b.Bytes()[:b.Len()-20]))
	assert.ErrorContains(t, err, "line 5 is cut off")
	assert.Len(t, got, 4)
}

func BenchmarkReplay10000(b *testing.B) {
	p, log := worldPrior(1, .15, 0), someEpisodes(10000)
	for b.Loop() {
		_, err := Rebuild(p, allLevels(), log)
		require.NoError(b, err)
	}
}

func BenchmarkUpdate(b *testing.B) {
	m, err := Rebuild(worldPrior(1, .15, 0), DefaultHyper(), someEpisodes(500))
	require.NoError(b, err)
	log := someEpisodes(500)
	b.ReportAllocs()
	latencies(b, len(log), func(i int) { _ = m.Learn(log[i]) })
}
