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

func runLedgerQueries(t *testing.T, b Backend) {
	ctx := context.Background()
	s := b.fresh(t)
	for n := 1; n <= 12; n++ {
		st := tell(t, s, n)
		st.at = minutes(n)
		st.to(pipewright.Open)
		switch n % 3 {
		case 1:
			st.to(pipewright.Diagnosed)
		case 2:
			st.to(pipewright.Diagnosed, pipewright.Escalated, pipewright.Closed)
		}
	}
	joined := tell(t, s, 3).event("")
	joined.Signal = &pipewright.Signal{Resource: "s3:bucket/raw", At: start}
	_, err := s.Commit(ctx, heal.Entry{Events: []pipewright.Event{joined}})
	require.NoError(t, err)

	ids := func(list []pipewright.Incident, err error) (out []string) {
		require.NoError(t, err)
		for _, i := range list {
			out = append(out, i.ID)
		}
		return out
	}
	named := func(ns ...int) (out []string) {
		for _, n := range ns {
			out = append(out, fmt.Sprintf("inc-%04d", n))
		}
		return out
	}

	t.Run("live incidents are all but the closed ones, by id", func(t *testing.T) {
		assert.Equal(t, named(1, 3, 4, 6, 7, 9, 10, 12), ids(s.LiveIncidents(ctx)))
	})
	t.Run("by state", func(t *testing.T) {
		assert.Equal(t, named(2, 5, 8, 11), ids(s.Incidents(ctx, pipewright.IncidentQuery{States: []pipewright.State{pipewright.Closed}})))
		assert.Equal(t, named(1, 2, 4, 5, 7, 8, 10, 11), ids(s.Incidents(ctx, pipewright.IncidentQuery{States: []pipewright.State{pipewright.Closed, pipewright.Diagnosed}})))
	})
	t.Run("by the resource it began on, or that joined it", func(t *testing.T) {
		assert.Equal(t, named(3, 7), ids(s.Incidents(ctx, pipewright.IncidentQuery{Resources: []pipewright.ResourceID{"s3:bucket/raw", "glue:job/job_7"}})))
		assert.Empty(t, ids(s.Incidents(ctx, pipewright.IncidentQuery{Resources: []pipewright.ResourceID{"glue:job/none"}})))
	})
	t.Run("by a window over their opening, start included and end not", func(t *testing.T) {
		at := incident(t, s, "inc-0004").OpenedAt
		end := incident(t, s, "inc-0006").OpenedAt
		assert.Equal(t, named(4, 5), ids(s.Incidents(ctx, pipewright.IncidentQuery{Window: pipewright.Window{Start: at, End: end}})))
	})
	t.Run("the newest that many, oldest first", func(t *testing.T) {
		assert.Equal(t, named(11, 12), ids(s.Incidents(ctx, pipewright.IncidentQuery{Limit: 2})))
	})
	t.Run("events are paged by number", func(t *testing.T) {
		page, err := s.Events(ctx, pipewright.EventQuery{AfterSeq: 2, Limit: 2})
		require.NoError(t, err)
		require.Len(t, page, 2)
		assert.Equal(t, int64(3), page[0].Seq)
		of, err := s.Events(ctx, pipewright.EventQuery{Incident: "inc-0003"})
		require.NoError(t, err)
		assert.Len(t, of, 2)
	})
	t.Run("what does not exist is not found, in a sentence", func(t *testing.T) {
		for name, get := range map[string]func() error{
			"inc-0404": func() error { _, err := s.Incident(ctx, "inc-0404"); return err },
			"ap-0404":  func() error { _, err := s.Approval(ctx, "ap-0404"); return err },
			"rq-0404":  func() error { _, err := s.Request(ctx, "rq-0404"); return err },
		} {
			err := get()
			assert.Equal(t, pipewright.NotFound, pipewright.KindOf(err), name)
			assert.ErrorContains(t, err, "there is no ")
			assert.ErrorContains(t, err, name)
		}
	})
	t.Run("last ids are the highest ever given, past four digits too", func(t *testing.T) {
		incident, approval, err := s.LastIDs(ctx)
		require.NoError(t, err)
		assert.Equal(t, []int{12, 0}, []int{incident, approval})
		_, err = s.Commit(ctx, heal.Entry{Approvals: []pipewright.Approval{{ID: "ap-10000"}, {ID: "ap-9999"}}})
		require.NoError(t, err)
		_, approval, err = s.LastIDs(ctx)
		require.NoError(t, err)
		assert.Equal(t, 10000, approval)
	})
}
