package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

func TestProbesReadTheMechanism(t *testing.T) {
	tests := []struct {
		probe string
		at    pipewright.ResourceID
		cause string
		on    pipewright.ResourceID
		calm  bool
		sick  bool
	}{
		{"blocking_session", warehouseID, "warehouse_contention", warehouseID, false, true},
		{"queue_long", warehouseID, "warehouse_contention", warehouseID, false, true},
		{"blocking_session", tableCust, "table_lock_held", tableCust, false, true},
		{"blocking_session", shopDB, "table_lock_held", tableCust, false, true},
		{"heartbeat_alive", worker1, "worker_hung", worker1, true, false},
		{"heartbeat_alive", taskExtract, "worker_hung", worker1, true, false},
		{"heartbeat_alive", worker2, "worker_hung", worker1, true, true},
		{"heartbeat_alive", dmsTask, "worker_hung", dmsTask, true, false},
		{"memory_near_limit", glueOrders, "memory_exhausted", glueOrders, false, true},
		{"memory_near_limit", lambdaEnrich, "memory_exhausted", glueOrders, false, false},
		{"version_changed", scorer, "model_bad_rollout", scorer, false, true},
		{"version_changed", fraudModel, "model_bad_rollout", scorer, false, true},
		{"endpoint_reachable", shopDB, "schema_column_renamed", tableOrders, true, true},
	}
	for _, tt := range tests {
		t.Run(tt.probe+" of "+string(tt.at)+" under "+tt.cause, func(t *testing.T) {
			p := calm(4)
			p.serving.rolled = time.Time{} // no good release lately
			r := p.Probe(tt.probe, tt.at)
			assert.True(t, r.Known)
			assert.Equal(t, tt.calm, r.Yes, r.Say)
			p.strikeAt(tt.cause, tt.on, 0, 9*time.Hour)
			p.Advance(start.Add(45 * minute))
			r = p.Probe(tt.probe, tt.at)
			assert.Equal(t, tt.sick, r.Yes, r.Say)
			assert.NotContains(t, r.Say, tt.cause)
		})
	}
}

func TestAProbeThatDoesNotFitSaysSo(t *testing.T) {
	p := calm(4)
	for _, r := range []Reading{p.Probe("queue_long", shopDB), p.Probe("dance", shopDB), p.Probe("queue_long", "x:y/z"), p.Probe("heartbeat_alive", scorer)} {
		assert.False(t, r.Known)
		assert.NotEmpty(t, r.Say)
	}
	p.wh.down = true
	assert.False(t, p.Probe("endpoint_reachable", glueOrders).Yes)
	assert.True(t, p.Probe("endpoint_reachable", shopDB).Yes)
}

func TestDescribeSaysWhatAnActionNeeds(t *testing.T) {
	p := calm(5)
	d, err := p.Describe(glueCust)
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"size": "G.1X", "writes": "overwrite", "next_size": "G.2X"}, d)
	p.strikeAt("warehouse_contention", warehouseID, 0, 9*time.Hour)
	p.strikeAt("table_lock_held", tableCust, 0, 9*time.Hour)
	p.strikeAt("schema_column_renamed", tableOrders, 0, 9*time.Hour)
	p.Advance(start.Add(18 * minute))
	wants := map[pipewright.ResourceID][]string{
		warehouseID: {"pid", "slots", "next_slots"}, tableCust: {"pid"}, shopDB: {"pid"},
		taskExtract: {"failed", "dag", "task"}, dagOrders: {"failed"}, scorer: {"image", "previous_image", "replicas"},
		lambdaEnrich: {"size", "version", "other_version"},
	}
	for id, keys := range wants {
		d, err := p.Describe(id)
		require.NoError(t, err)
		for _, key := range keys {
			assert.NotEmpty(t, d[key], "%s of %s", key, id)
		}
	}
	d, err = p.Describe(taskValidate)
	require.NoError(t, err)
	assert.Empty(t, d["failed"], "what is downstream did not fail itself")
	_, err = p.Describe("x:y/z")
	assert.Equal(t, pipewright.NotFound, pipewright.KindOf(err))
}
