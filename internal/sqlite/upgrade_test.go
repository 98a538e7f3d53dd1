package sqlite_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
)

// A store from before people could change modes opens, keeps what waits, and can be
// told modes from then on.
func TestAStoreOfTheVersionBeforeOpensAndGoesOn(t *testing.T) {
	ctx, at := t.Context(), time.Date(2026, 3, 2, 3, 10, 0, 0, time.UTC)
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, path)
	ap := pipewright.Approval{ID: "ap-0001", Incident: "inc-0001", MayApprove: []string{"ana"}, State: pipewright.ApprovalPending, AskedAt: at, Expires: at.Add(time.Hour)}
	_, err := s.Commit(ctx, heal.Entry{Approvals: []pipewright.Approval{ap}})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	intrude(t, path, `DROP TABLE modes; DELETE FROM goose_db_version WHERE version_id >= 5`)

	s = open(t, path)
	defer func() { require.NoError(t, s.Close()) }()
	kept, err := s.Approval(ctx, ap.ID)
	require.NoError(t, err)
	assert.Equal(t, ap, kept)
	change := pipewright.ModeChange{Rung: pipewright.Observe, By: "ana", At: at}
	_, err = s.Commit(ctx, heal.Entry{Mode: &change})
	require.NoError(t, err)
	changes, err := s.Modes(ctx)
	require.NoError(t, err)
	assert.Equal(t, []pipewright.ModeChange{change}, changes)
	report, err := s.AuditVerify(ctx)
	require.NoError(t, err)
	assert.True(t, report.OK(), "%+v", report.Fault)
}
