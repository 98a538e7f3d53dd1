package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

func TestACureThatIsTakenBackIsNoCure(t *testing.T) {
	tests := []struct {
		name  string
		cause string
		at    pipewright.ResourceID
		cure  Act
		undo  Act
	}{
		{"a view", "schema_column_renamed", tableOrders, Act{Kind: "postgres.remap", Target: tableOrders}, Act{Kind: "postgres.rollback", Target: tableOrders}},
		{"a rollback", "model_bad_rollout", scorer, Act{Kind: "k8s.rollback", Target: scorer}, Act{Kind: "k8s.rollback", Target: scorer}},
		{"a bigger size", "memory_exhausted", glueOrders, Act{Kind: "glue.scale_up", Target: glueOrders}, Act{Kind: "glue.scale_down", Target: glueOrders}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := calm(2)
			f := p.strikeAt(tt.cause, tt.at, 0, 9*time.Hour)
			if m := p.job(glueOrders).memory; m.fault != nil {
				m.skew = 2.6 // one size up holds it
			}
			p.Advance(start.Add(40 * minute))
			if tt.cure.Kind == "postgres.remap" {
				tt.cure.Args = map[string]string{"mapping": rightMap(p.table(tt.at))}
			}
			tt.cure.Key, tt.undo.Key = "cure", "undo"
			_, err := p.Act(tt.cure)
			require.NoError(t, err)
			p.Advance(start.Add(80 * minute))
			require.False(t, f.End.IsZero())
			require.Empty(t, p.sick())
			_, err = p.Act(tt.undo)
			require.NoError(t, err)
			p.Advance(start.Add(150 * minute))
			assert.True(t, f.End.IsZero())
			assert.NotEmpty(t, p.sick())
		})
	}
}

func TestReadersMoveOnAndTheViewGoes(t *testing.T) {
	p := calm(3)
	p.strikeAt("schema_column_renamed", tableCust, 0, 30*time.Hour)
	p.Advance(start.Add(time.Hour))
	tab := p.table(tableCust)
	_, err := p.Act(Act{Kind: "postgres.remap", Target: tableCust, Key: "k", Args: map[string]string{"mapping": rightMap(tab)}})
	require.NoError(t, err)
	p.Advance(start.Add(15 * time.Hour))
	assert.Nil(t, tab.view)
	assert.Empty(t, p.sick())
	assert.True(t, tab.healthy(), "and it can break again")
}
