//go:build integration

package aws

import (
	"bufio"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// labClient is a client of the lab's stand-in for AWS. Without one the test is
// skipped, or fails when PIPEWRIGHT_REQUIRE_LAB=1.
func labClient(t *testing.T) *Client {
	t.Helper()
	url := labURL(t)
	if resp, err := http.Get(url); err == nil {
		resp.Body.Close()
	} else {
		if os.Getenv("PIPEWRIGHT_REQUIRE_LAB") == "1" {
			t.Fatalf("the lab's stand-in for AWS is required: run make lab-aws (%v)", err)
		}
		t.Skip("no stand-in for AWS")
	}
	c, err := New(t.Context(), Config{Name: "lab", Region: "us-east-1", Endpoint: url, AccessKey: "lab", SecretKey: "lab", ReadOnly: true, Backfill: 72 * time.Hour})
	require.NoError(t, err)
	return c
}

func labURL(t *testing.T) string {
	path := os.Getenv("PIPEWRIGHT_LAB_ENV")
	if path == "" {
		path = filepath.Join("..", "..", ".lab", "env")
	}
	f, err := os.Open(path)
	if err != nil {
		t.Log(err)
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if url, ok := strings.CutPrefix(lines.Text(), "LAB_AWS_URL="); ok {
			return strings.Trim(url, "'")
		}
	}
	return ""
}

func TestLabTellsWhyTheJobFailed(t *testing.T) {
	c := labClient(t)
	b := pollAll(t, c)
	runs := slices.DeleteFunc(slices.Clone(b.Runs), func(r pipewright.Run) bool { return r.Resource != orders || r.State != pipewright.RunFailed })
	require.NotEmpty(t, runs, "the stand-in is to hold a failed run: deploy/lab/lab aws-up memory")
	failed := runs[len(runs)-1]
	assert.NotEmpty(t, failed.Error)
	assert.True(t, failed.Ended.After(failed.Started))
	lines := ofRun(b, failed.ID)
	require.NotEmpty(t, lines)
	assert.True(t, slices.ContainsFunc(lines, func(l pipewright.LogLine) bool { return l.Level == pipewright.Err }))
	if strings.Contains(failed.Error, "pyWriteDynamicFrame") {
		i := slices.IndexFunc(lines, func(l pipewright.LogLine) bool { return strings.Contains(l.Text, "OutOfMemoryError: Java heap space") })
		require.GreaterOrEqual(t, i, 0)
		assert.Contains(t, lines[i].Text, "\n\tat java.lang.Thread.run", "a stack trace is one record")
	}
	assert.True(t, slices.ContainsFunc(b.Runs, func(r pipewright.Run) bool {
		return r.Resource == "glue:job/customers_etl" && r.State == pipewright.RunSucceeded
	}))
	assert.True(t, slices.ContainsFunc(b.Settings, func(s pipewright.Setting) bool {
		return s.Resource == orders && s.Key == "worker_type" && s.Value == "G.1X"
	}))
}

// pollAll polls until nothing waits, with a new source each time.
func pollAll(t *testing.T, c *Client) (all pipewright.Batch) {
	now := time.Now()
	for range 20 {
		b, err := c.Source().Poll(t.Context(), all.Cursor, now)
		require.NoError(t, err)
		if all.Cursor != "" && len(b.Lines)+len(b.Runs) == 0 {
			return all
		}
		b.Lines, b.Runs = append(all.Lines, b.Lines...), append(all.Runs, b.Runs...)
		all = b
	}
	t.Fatal("it does not come to rest")
	return all
}

func TestLabDoctor(t *testing.T) {
	for _, c := range labClient(t).Doctor(t.Context()) {
		require.NoError(t, c.Err, c.Call)
	}
}

func TestLabGroupIsFollowed(t *testing.T) {
	c := labClient(t)
	c.cfg.LogGroups = []string{errGroup}
	b, err := c.Source().Poll(context.Background(), "", time.Now())
	require.NoError(t, err)
	assert.NotEmpty(t, linesOf(b, groupID(errGroup)))
}

// TestLabRetry runs the failed job again. What the stand-in lacks (bookmarks) is tested
// on a fake that answers as AWS's reference says.
func TestLabRetry(t *testing.T) {
	c := labClient(t)
	retry := c.Actuators()[0]
	var plan tools.Plan
	require.Eventually(t, func() bool {
		var err error
		plan, err = retry.Prepare(t.Context(), pipewright.Action{Kind: "glue.retry", Target: orders})
		return err == nil && plan.Later == ""
	}, time.Minute, time.Second, "an earlier run of it ends")
	if plan.Doomed != "" {
		t.Skipf("the stand-in holds no failed run any more: %s", plan.Doomed)
	}
	t.Log(plan.DryRun)
	require.NotNil(t, plan.Writes)
	assert.False(t, plan.Writes.Began.IsZero())
	assert.Equal(t, tools.CouldNotTell, plan.Writes.Bookmark)
	a := plan.Action
	a.Key = "pw-lab-" + time.Now().UTC().Format("150405")
	r, err := retry.Do(t.Context(), a)
	require.NoError(t, err)
	same, err := retry.Do(t.Context(), a)
	require.NoError(t, err)
	assert.Equal(t, r, same)
	second, err := retry.Prepare(t.Context(), pipewright.Action{Kind: "glue.retry", Target: orders})
	require.NoError(t, err)
	assert.Contains(t, second.Later, "run "+r.ID+" is active, and at most 1 at once may be")
	require.Eventually(t, func() bool {
		after, err := retry.Prepare(t.Context(), pipewright.Action{Kind: "glue.retry", Target: orders})
		return err == nil && strings.Contains(after.Doomed, r.ID+" is SUCCEEDED")
	}, time.Minute, time.Second, "it succeeds")
}
