package airflow

import (
	"context"
	"net/url"
	"strconv"
	"time"
)

// The shapes below hold only the fields that are read.

type dag struct {
	ID         string   `json:"dag_id"`
	Paused     bool     `json:"is_paused"`
	Schedule   *string  `json:"timetable_summary"`
	Owners     []string `json:"owners"`
	File       string   `json:"relative_fileloc"`
	MaxActive  int      `json:"max_active_runs"`
	LastParsed string   `json:"last_parsed_time"`
	Tags       []struct {
		Name string `json:"name"`
	} `json:"tags"`
}

type task struct {
	ID         string   `json:"task_id"`
	Owner      string   `json:"owner"`
	Pool       string   `json:"pool"`
	Downstream []string `json:"downstream_task_ids"`
}

type version struct {
	ID      string    `json:"id"` // UUID v7: sorts by time
	DAG     string    `json:"dag_id"`
	Number  int       `json:"version_number"`
	Bundle  *string   `json:"bundle_version"`
	Created time.Time `json:"created_at"`
}

type dagRun struct {
	ID       string     `json:"dag_run_id"`
	DAG      string     `json:"dag_id"`
	State    string     `json:"state"`
	Type     string     `json:"run_type"`
	User     *string    `json:"triggering_user_name"`
	Queued   *time.Time `json:"queued_at"`
	Start    *time.Time `json:"start_date"`
	End      *time.Time `json:"end_date"`
	RunAfter *time.Time `json:"run_after"`
	Note     *string    `json:"note"`
	Versions []version  `json:"dag_versions"`
}

type instance struct {
	ID     string     `json:"id"` // new for every try; missing in the list of earlier tries
	Task   string     `json:"task_id"`
	DAG    string     `json:"dag_id"`
	Run    string     `json:"dag_run_id"`
	Map    int        `json:"map_index"`
	State  *string    `json:"state"`
	Try    int        `json:"try_number"`
	MaxTry int        `json:"max_tries"`
	Queued *time.Time `json:"queued_when"`
	Start  *time.Time `json:"start_date"`
	End    *time.Time `json:"end_date"`
	Host   *string    `json:"hostname"`
	Pool   string     `json:"pool"`

	PoolSlots int `json:"pool_slots"`
}

func (i instance) state() string { return deref(i.State) }

type importError struct {
	ID    int       `json:"import_error_id"`
	At    time.Time `json:"timestamp"`
	File  string    `json:"filename"`
	Trace string    `json:"stack_trace"`
}

type auditEntry struct {
	ID    int       `json:"event_log_id"`
	When  time.Time `json:"when"`
	Event string    `json:"event"`
	Owner *string   `json:"owner"`
	Extra *string   `json:"extra"`
}

type health struct {
	Scheduler struct {
		Status string     `json:"status"`
		Latest *time.Time `json:"latest_scheduler_heartbeat"`
	} `json:"scheduler"`
}

func deref[T any](p *T) T {
	var zero T
	if p == nil {
		return zero
	}
	return *p
}

// first is the first time that is set, in UTC.
func first(times ...*time.Time) time.Time {
	for _, t := range times {
		if t != nil && !t.IsZero() {
			return t.UTC()
		}
	}
	return time.Time{}
}

const (
	pageSize = 100 // Airflow's own default maximum
	maxPages = 300 // of one list in one poll
)

// pages reads a list page by page. page decodes one answer and says how many
// items it held and whether it has seen enough.
func pages(q call, page func(q call) (n int, enough bool, err error)) error {
	query := url.Values{}
	for k, v := range q.query {
		query[k] = v
	}
	query.Set("limit", strconv.Itoa(pageSize))
	for offset := 0; offset < pageSize*maxPages; offset += pageSize {
		query.Set("offset", strconv.Itoa(offset))
		n, enough, err := page(q.with(query))
		if err != nil || enough || n < pageSize {
			return err
		}
	}
	return nil
}

// runs lists DAG runs; dag "~" is all of them.
func (c *Client) runs(ctx context.Context, dag string, query url.Values) ([]dagRun, error) {
	var all []dagRun
	err := pages(get("dags", dag, "dagRuns").with(query), func(q call) (int, bool, error) {
		var page struct {
			Runs []dagRun `json:"dag_runs"`
		}
		_, err := c.do(ctx, q, &page)
		all = append(all, page.Runs...)
		return len(page.Runs), false, err
	})
	return all, err
}

// instances lists task instances; dag and run "~" are all of them.
func (c *Client) instances(ctx context.Context, dag, run string, query url.Values) ([]instance, error) {
	var all []instance
	err := pages(get("dags", dag, "dagRuns", run, "taskInstances").with(query), func(q call) (int, bool, error) {
		var page struct {
			Instances []instance `json:"task_instances"`
		}
		_, err := c.do(ctx, q, &page)
		all = append(all, page.Instances...)
		return len(page.Instances), false, err
	})
	return all, err
}

// newest lists the newest n runs of a DAG, newest first.
func (c *Client) newest(ctx context.Context, dag string, n int) ([]dagRun, error) {
	var page struct {
		Runs []dagRun `json:"dag_runs"`
	}
	_, err := c.do(ctx, get("dags", dag, "dagRuns").with(url.Values{"order_by": {"-run_after"}, "limit": {strconv.Itoa(n)}}), &page)
	return page.Runs, err
}

func (c *Client) run(ctx context.Context, dag, id string) (dagRun, error) {
	var r dagRun
	_, err := c.do(ctx, get("dags", dag, "dagRuns", id), &r)
	return r, err
}

func (c *Client) tasks(ctx context.Context, dag string) ([]task, error) {
	var page struct {
		Tasks []task `json:"tasks"`
	}
	_, err := c.do(ctx, get("dags", dag, "tasks"), &page)
	return page.Tasks, err
}

// tries lists every try of a task instance, the current one included.
func (c *Client) tries(ctx context.Context, i instance) ([]instance, error) {
	path := []string{"dags", i.DAG, "dagRuns", i.Run, "taskInstances", i.Task}
	if i.Map >= 0 {
		path = append(path, strconv.Itoa(i.Map))
	}
	var page struct {
		Instances []instance `json:"task_instances"`
	}
	_, err := c.do(ctx, get(append(path, "tries")...), &page)
	return page.Instances, err
}

// audit lists the newest entries of Airflow's audit log, newest first.
func (c *Client) audit(ctx context.Context, query url.Values) ([]auditEntry, error) {
	query.Set("order_by", "-when")
	query.Set("limit", strconv.Itoa(pageSize))
	var page struct {
		Entries []auditEntry `json:"event_logs"`
	}
	_, err := c.do(ctx, get("eventLogs").with(query), &page)
	return page.Entries, err
}
