package storetest

import (
	"context"
	"fmt"
	"testing"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func runAudit(t *testing.T, b Backend) {
	ctx := context.Background()

	// fill leaves a row in every table that the chain covers.
	fill := func(t *testing.T, s Store) {
		t.Helper()
		tell(t, s, 1).to(untilAllowed...).to(pipewright.Acting).to(settled...)
		r, err := s.AddRequest(ctx, pipewright.Request{Kind: pipewright.RequestPause, Who: "ana", At: start})
		require.NoError(t, err)
		r.Result = "paused"
		_, err = s.Commit(ctx, heal.Entry{
			Approvals: []pipewright.Approval{{ID: "ap-0001", State: pipewright.ApprovalPending, AskedAt: start}},
			Handled:   []pipewright.Request{r},
			Pause:     &pipewright.Pause{By: "ana", At: start},
			Outcome:   &pipewright.Outcome{Incident: "inc-0001", At: start},
		})
		require.NoError(t, err)
		_, err = s.Commit(ctx, heal.Entry{
			Approvals: []pipewright.Approval{{ID: "ap-0001", State: pipewright.ApprovalGiven, AskedAt: start}},
			Resume:    &pipewright.Pause{By: "ana", At: start},
		})
		require.NoError(t, err)
		require.NoError(t, s.SavePolicy(ctx, "sha256:p", []byte(`{"rules":1}`), start))
	}
	verify := func(t *testing.T, s Store) pipewright.AuditReport {
		t.Helper()
		report, err := s.AuditVerify(ctx)
		require.NoError(t, err)
		return report
	}

	t.Run("an empty store is whole", func(t *testing.T) {
		report := verify(t, b.fresh(t))
		assert.True(t, report.OK(), "%+v", report.Fault)
		assert.Zero(t, report.Records)
	})

	t.Run("an untouched store is whole and says how long it is", func(t *testing.T) {
		name := b.Fresh(t)
		s := b.open(t, name)
		fill(t, s)
		records, err := s.AuditRecords(ctx, 0, 0)
		require.NoError(t, err)
		for _, reader := range []Store{s, b.open(t, name)} {
			report := verify(t, reader)
			assert.True(t, report.OK(), "%+v", report.Fault)
			assert.Empty(t, report.Notes)
			assert.EqualValues(t, len(records), report.Records)
			assert.EqualValues(t, len(records), report.Anchored)
			assert.Equal(t, records[len(records)-1].Hash, report.Head)
		}
	})

	t.Run("every part of an entry is in the chain with what it covers", func(t *testing.T) {
		s := b.fresh(t)
		fill(t, s)
		records, err := s.AuditRecords(ctx, 0, 0)
		require.NoError(t, err)
		kinds := map[string]int{}
		for i, r := range records {
			kinds[r.Kind]++
			assert.EqualValues(t, i+1, r.N)
			assert.Equal(t, r.Hash, r.Seal(), "anybody can compute the hash")
			if r.Kind != "policy" {
				assert.Equal(t, r.BodyHash, pipewright.AuditHash(r.Body), r.Kind)
			}
		}
		assert.Equal(t, map[string]int{"event": 8, "reservation": 1, "approval": 2, "request": 1, "handled": 1, "pause": 1, "resume": 1, "outcome": 1, "policy": 1}, kinds)
		page, err := s.AuditRecords(ctx, 3, 2)
		require.NoError(t, err)
		assert.Equal(t, records[3:5], page)
	})

	for name, c := range tampering {
		t.Run("finds "+name, func(t *testing.T) {
			db := b.Fresh(t)
			s := b.Open(t, db)
			fill(t, s)
			require.True(t, verify(t, s).OK())
			require.NoError(t, s.Close())
			for _, statement := range c.statements {
				b.Exec(t, db, statement)
			}
			report := verify(t, b.open(t, db))
			require.False(t, report.OK(), "nothing was found")
			assert.NotEmpty(t, report.Fault.What)
			if c.n != 0 {
				assert.Equal(t, c.n, report.Fault.N, report.Fault.What)
			}
		})
	}

	t.Run("finds any one field of any record edited", func(t *testing.T) {
		db := b.Fresh(t)
		s := b.open(t, db)
		fill(t, s)
		for n := int64(1); n <= verify(t, s).Records; n++ {
			for column, edited := range map[string]string{"at": `at + 1`, "kind": `kind || '0'`, "ref": `ref || '0'`, "body_hash": `body_hash || '0'`, "prev": `prev || '0'`, "hash": `hash || '0'`} {
				b.Exec(t, db, fmt.Sprintf(`CREATE TABLE kept AS SELECT %s AS v FROM audit WHERE n = %d`, column, n))
				b.Exec(t, db, fmt.Sprintf(`UPDATE audit SET %s = %s WHERE n = %d`, column, edited, n))
				report := verify(t, s)
				assert.False(t, report.OK(), "%s of record %d", column, n)
				b.Exec(t, db, fmt.Sprintf(`UPDATE audit SET %s = (SELECT v FROM kept) WHERE n = %d`, column, n))
				b.Exec(t, db, `DROP TABLE kept`)
			}
		}
		report := verify(t, s)
		assert.True(t, report.OK(), "put back, it is whole: %+v", report.Fault)
	})

	t.Run("the loop goes on over a damaged chain and the damage stays found", func(t *testing.T) {
		db := b.Fresh(t)
		s := b.open(t, db)
		fill(t, s)
		b.Exec(t, db, `UPDATE events SET body = replace(body, 'the job failed', 'all is well') WHERE seq = 1`)
		tell(t, s, 2).to(untilAllowed...)
		report := verify(t, s)
		require.False(t, report.OK())
		assert.EqualValues(t, 1, report.Fault.N)
	})

	t.Run("a journal whose end is gone gets no loop, one that is whole does", func(t *testing.T) {
		db := b.Fresh(t)
		s := b.open(t, db)
		fill(t, s)
		require.NoError(t, s.Close())
		b.Exec(t, db, `DELETE FROM events WHERE seq > 3`)
		s = b.open(t, db)
		err := s.Own(ctx)
		assert.Equal(t, pipewright.Conflict, pipewright.KindOf(err))
		assert.ErrorContains(t, err, "the journal was cut off: it ends at event 3 and the audit covers event")
		require.NoError(t, s.Close())
		b.Exec(t, db, `DELETE FROM audit WHERE kind = 'event' AND CAST(ref AS BIGINT) > 3`)
		assert.NoError(t, b.open(t, db).Own(ctx), "the lock was given back")
	})
}

// tampering is what an intruder with SQL might do to a store that fill filled:
// 17 records, of which 1 is the opening event, 5 the reservation, 6 the move to
// acting, 10 the request and 17 the policy. n is the record it must be found
// at, 0 for any.
var tampering = map[string]struct {
	statements []string
	n          int64
}{
	"an edited record":        {[]string{`UPDATE audit SET ref = '99' WHERE n = 3`}, 3},
	"an edited kept body":     {[]string{`UPDATE audit SET body = replace(body, 'ana', 'eve') WHERE kind = 'request'`}, 10},
	"a record made whole":     {[]string{`UPDATE audit SET at = at + 1, hash = 'ff' || substr(hash, 3) WHERE n = 3`}, 3},
	"a deleted first record":  {[]string{`DELETE FROM audit WHERE n = 1`}, 1},
	"a deleted middle record": {[]string{`DELETE FROM audit WHERE n = 4`}, 4},
	"a deleted record with the later ones moved up": {[]string{`DELETE FROM audit WHERE n = 4`,
		`UPDATE audit SET n = -(n - 1) WHERE n > 4`, `UPDATE audit SET n = -n WHERE n < 0`}, 4},
	"a deleted last record":            {[]string{`DELETE FROM audit WHERE n = 17`}, 17},
	"a tail cut off with its own note": {[]string{`DELETE FROM audit WHERE n > 14`, `UPDATE meta SET value = (SELECT hash FROM audit WHERE n = 14) WHERE key = 'store.audit'`}, 15},
	"everything deleted": {[]string{`DELETE FROM audit`, `DELETE FROM events`, `DELETE FROM incidents`, `DELETE FROM reservations`, `DELETE FROM approvals`,
		`DELETE FROM requests`, `DELETE FROM pauses`, `DELETE FROM outcomes`, `DELETE FROM policies`, `DELETE FROM meta`}, 1},
	"two records swapped":              {[]string{`UPDATE audit SET n = -1 WHERE n = 3`, `UPDATE audit SET n = 3 WHERE n = 4`, `UPDATE audit SET n = 4 WHERE n = -1`}, 3},
	"a record appended":                {[]string{`INSERT INTO audit SELECT 18, at, kind, ref, body, body_hash, hash, hash FROM audit WHERE n = 17`}, 18},
	"an edited event":                  {[]string{`UPDATE events SET body = replace(body, 'auto', 'user') WHERE seq = 4`}, 4},
	"a deleted event":                  {[]string{`DELETE FROM events WHERE seq = 2`}, 2},
	"an event inserted":                {[]string{`INSERT INTO events (seq, body) SELECT 99, body FROM events WHERE seq = 8`}, 0},
	"two events swapped":               {[]string{`UPDATE events SET seq = -1 WHERE seq = 2`, `UPDATE events SET seq = 2 WHERE seq = 3`, `UPDATE events SET seq = 3 WHERE seq = -1`}, 2},
	"an edited reservation":            {[]string{`UPDATE reservations SET body = replace(body, 'job_1', 'job_2')`}, 5},
	"a deleted reservation":            {[]string{`DELETE FROM reservations`}, 5},
	"an edited approval":               {[]string{`UPDATE approvals SET body = replace(body, '"approved"', '"used"')`}, 15},
	"an approval put back":             {[]string{`UPDATE approvals SET body = (SELECT body FROM audit WHERE kind = 'approval' ORDER BY n LIMIT 1)`}, 15},
	"an approval inserted":             {[]string{`INSERT INTO approvals (id, body) SELECT 'ap-0002', body FROM approvals`}, 0},
	"an edited request":                {[]string{`UPDATE requests SET body = replace(body, 'ana', 'eve')`}, 12},
	"a lifted pause back in force":     {[]string{`UPDATE pauses SET body = (SELECT body FROM audit WHERE kind = 'pause')`}, 16},
	"an edited outcome":                {[]string{`UPDATE outcomes SET body = replace(body, '"harm":false', '"harm":true')`}, 14},
	"an edited policy":                 {[]string{`UPDATE policies SET body = CAST('{"rules":2}' AS BLOB)`}, 17},
	"an edited incident":               {[]string{`UPDATE incidents SET body = replace(body, '"resolved"', '"closed"')`}, 0},
	"an incident moved in time":        {[]string{`UPDATE incidents SET opened_at = opened_at + 1`}, 0},
	"a deleted incident":               {[]string{`DELETE FROM incidents`}, 0},
	"an invented incident":             {[]string{`INSERT INTO incidents (id, opened_at, body) SELECT 'inc-0666', opened_at, body FROM incidents`}, 0},
	"the store's note of its end gone": {[]string{`DELETE FROM meta WHERE key = 'store.audit'`}, 18},
}
