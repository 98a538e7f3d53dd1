package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// cutOff is a plant in which the appending job died half way through a write, right
// after that.
func cutOff(t *testing.T) (*Plant, *fault) {
	p := calm(4)
	f := p.strikeAt("write_interrupted", glueOrders, 0, 9*time.Hour)
	for range 40 {
		if p.Advance(p.now.Add(minute)); p.job(glueOrders).append.partial() && p.job(glueOrders).active == nil {
			return p, f
		}
	}
	require.Fail(t, "nothing was cut off")
	return nil, nil
}

func TestARunThatDiedWhileItWroteLeavesHalfOfItsRows(t *testing.T) {
	p, _ := cutOff(t)
	a := p.job(glueOrders).append
	assert.InDelta(t, a.whole/2, a.rows, 1)
	assert.True(t, p.Probe("partial_write", glueOrders).Yes)
	assert.False(t, p.Probe("rows_doubled", factOrders).Yes)
	d, err := p.Describe(glueOrders)
	require.NoError(t, err)
	assert.Equal(t, "append", d["writes"])
	assert.Equal(t, d["failed"], d["part_run"])
	assert.Empty(t, d["part_marker"])
}

func TestRunAgainItsRowsAreThereTwiceUntilTheyAreDeleted(t *testing.T) {
	p, f := cutOff(t)
	_, err := p.Act(Act{Kind: "glue.retry", Target: glueOrders, Key: "again"})
	require.NoError(t, err)
	p.Advance(p.now.Add(time.Hour))
	assert.True(t, p.Probe("rows_doubled", factOrders).Yes)
	assert.NotNil(t, p.job(featureStore).failed, "what reads the table counts its rows")
	assert.True(t, f.End.IsZero())
	for p.job(glueOrders).active != nil {
		p.Advance(p.now.Add(minute))
	}
	_, err = p.Act(Act{Kind: "glue.reload", Target: glueOrders, Key: "reload"})
	require.NoError(t, err)
	p.Advance(p.now.Add(time.Hour))
	assert.False(t, f.End.IsZero())
	assert.Nil(t, p.job(featureStore).failed)
	assert.Empty(t, p.sick())
}

func TestLaterRunsRefuseToAppendToAHalf(t *testing.T) {
	p, f := cutOff(t)
	p.Advance(p.now.Add(40 * minute))
	assert.NotEmpty(t, p.sick())
	_, err := p.Act(Act{Kind: "glue.reload", Target: glueOrders, Key: "reload"})
	require.NoError(t, err)
	p.Advance(p.now.Add(time.Hour))
	assert.Empty(t, p.sick())
	assert.Equal(t, "reload", f.EndedBy)
}
