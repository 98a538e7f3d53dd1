//go:build integration

package labtest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// checkout is the repository's root.
const checkout = "../.."

// lab is the running lab.
type lab struct {
	t   *testing.T
	env map[string]string
}

// theLab is the lab that runs. Without one the test is skipped, or fails when
// PIPEWRIGHT_REQUIRE_LAB=1.
func theLab(t *testing.T) lab {
	t.Helper()
	path := os.Getenv("PIPEWRIGHT_LAB_ENV")
	if path == "" {
		path = filepath.Join(checkout, ".lab", "env")
	}
	f, err := os.Open(path)
	if err != nil {
		if os.Getenv("PIPEWRIGHT_REQUIRE_LAB") == "1" {
			t.Fatalf("the lab is required: %v; run make lab", err)
		}
		t.Skipf("no lab: %v", err)
	}
	defer f.Close()
	l := lab{t, map[string]string{}}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if k, v, ok := strings.Cut(lines.Text(), "="); ok {
			l.env[k] = strings.Trim(v, "'")
		}
	}
	return l
}

// do runs one of the lab's commands and returns what it printed.
func (l lab) do(args ...string) string {
	l.t.Helper()
	cmd := exec.Command(filepath.Join(checkout, "deploy", "lab", "lab"), args...)
	cmd.Env = append(os.Environ(), "LAB_DIR="+l.env["LAB_DIR"], "SECONDS_REFUSED=90") // the least that the lab draws
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	require.NoError(l.t, err, "lab %s: %s%s", strings.Join(args, " "), out, errs.String())
	return strings.TrimSpace(string(out))
}

// sql asks the source database, past the gate.
func (l lab) sql(query string) string {
	l.t.Helper()
	return l.do("psql", "postgres", "shop", "-Atc", query)
}

// views lists the compatibility views that stand in for tables.
func (l lab) views() string {
	return l.sql("SELECT viewname FROM pg_views WHERE schemaname = 'pipewright' ORDER BY 1")
}

// lockHolders counts the sessions of the forgotten migration.
func (l lab) lockHolders() string {
	return l.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'adhoc_migration'")
}

// mended puts everything back and waits until the pipeline has succeeded since.
func (l lab) mended() {
	l.t.Helper()
	l.do("mend")
	await(l.t, 3*time.Minute, "a good run of orders", func() bool {
		runs := l.runs()
		return len(runs) > 0 && runs[0].State == "success"
	})
}

// dagRun is a run as Airflow tells it.
type dagRun struct {
	ID    string    `json:"dag_run_id"`
	State string    `json:"state"`
	Start time.Time `json:"start_date"`
	End   time.Time `json:"end_date"`
	Note  string    `json:"note"`
}

// runs are the newest finished runs of orders, newest first.
func (l lab) runs() []dagRun {
	l.t.Helper()
	var page struct {
		Runs []dagRun `json:"dag_runs"`
	}
	l.airflow("/api/v2/dags/orders/dagRuns?limit=5&order_by=-run_after&state=success&state=failed", &page)
	return page.Runs
}

// run is one run of orders.
func (l lab) run(id string) (r dagRun) {
	l.t.Helper()
	l.airflow("/api/v2/dags/orders/dagRuns/"+url.PathEscape(id), &r)
	return r
}

// airflow reads from Airflow's REST API.
func (l lab) airflow(path string, into any) {
	l.t.Helper()
	password, err := os.ReadFile(l.env["LAB_AIRFLOW_PASSWORD_FILE"])
	require.NoError(l.t, err)
	login, err := json.Marshal(map[string]string{"username": l.env["LAB_AIRFLOW_USER"], "password": strings.TrimSpace(string(password))})
	require.NoError(l.t, err)
	var token struct {
		Access string `json:"access_token"`
	}
	l.call(http.MethodPost, "/auth/token", "", login, &token)
	l.call(http.MethodGet, path, token.Access, nil, into)
}

func (l lab) call(method, path, token string, body []byte, into any) {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, l.env["LAB_AIRFLOW_URL"]+path, bytes.NewReader(body))
	require.NoError(l.t, err)
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(l.t, err)
	defer res.Body.Close()
	require.Less(l.t, res.StatusCode, 300, "%s %s", method, path)
	require.NoError(l.t, json.NewDecoder(res.Body).Decode(into))
}

// await polls once a second until something holds.
func await(t *testing.T, within time.Duration, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(within)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for !holds() {
		if time.Now().After(deadline) {
			require.FailNow(t, "it did not happen", "%s within %s", what, within)
		}
		<-tick.C
	}
}
