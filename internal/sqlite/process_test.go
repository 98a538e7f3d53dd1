package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/internal/sqlite"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// childEnv makes the test binary a second process that owns the file it names
// and writes without end.
const childEnv = "PIPEWRIGHT_TEST_STORE"

func TestMain(m *testing.M) {
	if path := os.Getenv(childEnv); path != "" {
		if err := writeForever(path); err != nil {
			fmt.Println("error:", err)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeForever commits incidents and telemetry and prints the number of each
// incident only after its commit came back.
func writeForever(path string) error {
	ctx := context.Background()
	s, err := sqlite.Open(ctx, path, sqlite.Options{})
	if err != nil {
		return err
	}
	if err := s.Own(ctx); err != nil {
		return err
	}
	first, _, err := s.LastIDs(ctx)
	if err != nil {
		return err
	}
	for n := first + 1; ; n++ {
		at := time.Unix(int64(n), 0).UTC()
		_, err := s.Commit(ctx, heal.Entry{
			Events:    []pipewright.Event{{At: at, Incident: fmt.Sprintf("inc-%04d", n), To: pipewright.Open, Resource: "glue:job/a"}},
			Approvals: []pipewright.Approval{{ID: fmt.Sprintf("ap-%04d", n), AskedAt: at}},
		})
		if err != nil {
			return err
		}
		fmt.Println(n)
		_, err = s.Ingest(ctx, pipewright.Batch{Source: "child", Cursor: strconv.Itoa(n), Lines: []pipewright.LogLine{
			{Resource: "glue:job/a", At: at, Text: "line " + strconv.Itoa(n)}, {Resource: "glue:job/b", At: at, Text: "other"}}})
		if err != nil {
			return err
		}
	}
}

// child starts the second process and returns the numbers it prints.
func child(t *testing.T, path string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+path)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan(), "the second process says nothing")
	return cmd, lines
}

func TestOwnershipAcrossProcesses(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "store.db")
	cmd, _ := child(t, path)

	s := open(t, path)
	defer s.Close()
	err := s.Own(ctx)
	require.Equal(t, pipewright.Conflict, pipewright.KindOf(err), "%v", err)
	assert.ErrorContains(t, err, "process "+strconv.Itoa(cmd.Process.Pid))
	_, err = s.AddRequest(ctx, pipewright.Request{Kind: pipewright.RequestPause, Who: "ana", At: time.Unix(1e9, 0)})
	assert.NoError(t, err, "a request can be written beside the owner")

	running, err := s.LoopRuns()
	require.NoError(t, err)
	assert.True(t, running)

	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()
	running, err = s.LoopRuns()
	require.NoError(t, err)
	assert.False(t, running)
	assert.NoError(t, s.Own(ctx), "death releases the file")
}

// TestKilled kills a writer at arbitrary moments: everything it was told is
// stored is there, nothing is there in part, and the chain is whole.
func TestKilled(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "store.db")
	acknowledged := 0
	for round := range 12 {
		cmd, lines := child(t, path)
		for range 1 + round*3 {
			require.True(t, lines.Scan(), "the second process stopped: %q", lines.Text())
		}
		require.NoError(t, cmd.Process.Kill())
		last := lines.Text()
		for lines.Scan() {
			last = lines.Text()
		}
		_ = cmd.Wait()
		n, err := strconv.Atoi(last)
		require.NoError(t, err, "the second process failed: %q", last)
		acknowledged = n

		s := open(t, path)
		incident, approval, err := s.LastIDs(ctx)
		require.NoError(t, err)
		assert.GreaterOrEqual(t, incident, acknowledged)
		assert.LessOrEqual(t, incident, acknowledged+1)
		assert.Equal(t, incident, approval, "an entry is there whole or not at all")
		report := verify(t, s)
		assert.True(t, report.OK(), "%+v", report.Fault)
		assert.EqualValues(t, 2*incident, report.Records)
		cursor, err := s.Cursor(ctx, "child")
		require.NoError(t, err)
		newest, err := s.Logs(ctx, pipewright.LogQuery{Resources: []pipewright.ResourceID{"glue:job/a"}, Limit: 1, Newest: true})
		require.NoError(t, err)
		if len(newest) > 0 || cursor != "" {
			assert.Equal(t, "line "+cursor, newest[0].Text, "telemetry and its cursor are stored together")
			all, err := s.Logs(ctx, pipewright.LogQuery{Text: "line", Limit: 1_000_000})
			require.NoError(t, err)
			assert.EqualValues(t, newest[0].Line, len(all), "none was lost while blocks were merged")
		}
		require.NoError(t, s.Close())
	}
	assert.Positive(t, acknowledged)
}
