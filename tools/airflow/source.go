package airflow

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Source is the intake source of one Airflow. An Airflow that cannot be reached
// is an Unavailable error: the cursor stays, and the next poll catches up.
type Source struct {
	c *Client
	// shape holds the tasks of each DAG as of a version, to save calls; it is
	// read anew after a restart.
	shape map[string]shaped
}

type shaped struct {
	version string
	tasks   []task
	file    string
}

// Source returns the intake source. It is used by one goroutine.
func (c *Client) Source() *Source { return &Source{c: c, shape: map[string]shaped{}} }

// Name names the source and its cursor.
func (s *Source) Name() string { return "airflow/" + s.c.cfg.Name }

// Poll reads what changed since the cursor: DAGs and their tasks, versions,
// runs, task instances, and logs of those that have ended. Rows are read again
// for a minute after their time, since they may be committed late; a store
// drops what it has. The first poll goes back as far as configured.
func (s *Source) Poll(ctx context.Context, text string, now time.Time) (pipewright.Batch, error) {
	cur := parseCursor(text, now.Add(-s.c.cfg.Backfill))
	p := &poll{s: s, c: s.c, cur: cur, now: now, have: map[string]bool{}, batch: pipewright.Batch{Source: s.Name(), Cursor: text}}
	for _, step := range []func(context.Context) error{p.health, p.versions, p.pools, p.dags, p.importErrors, p.runs, p.logs, p.gone} {
		if err := step(ctx); err != nil {
			return pipewright.Batch{}, err
		}
	}
	p.emitRuns()
	p.cur.Since = p.started.Add(-overlap)
	p.batch.Cursor = p.cur.String()
	return p.batch, nil
}

// poll is one poll in the making.
type poll struct {
	s       *Source
	c       *Client
	cur     cursor
	now     time.Time
	started time.Time // Airflow's clock when the poll began
	batch   pipewright.Batch
	seen    map[string]bool // DAGs in the batch
	slots   map[string]pool // pools that may be limited, by name
	have    map[string]bool // DAG runs and tries in the batch, by key
	dagRuns []dagRun
	tries   []instance
	newest  map[string]string // DAG to the id of its newest version
}

// health reads the scheduler's heartbeat, and Airflow's own clock.
func (p *poll) health(ctx context.Context) error {
	var h health
	header, err := p.c.do(ctx, get("monitor", "health"), &h)
	if err != nil {
		return err
	}
	p.started = p.now
	if at, err := http.ParseTime(header.Get("Date")); err == nil {
		p.started = at
	}
	server := p.c.Server()
	p.batch.Resources = append(p.batch.Resources, p.resource(server, nil))
	if beat := first(h.Scheduler.Latest); !beat.IsZero() {
		p.batch.Points = append(p.batch.Points, pipewright.Point{
			Resource: server, Metric: "heartbeat_age_seconds", At: p.now, Value: max(0, p.started.Sub(beat).Seconds()),
		})
	}
	return nil
}

// resource makes an observed resource with the labels of the configuration.
func (p *poll) resource(id pipewright.ResourceID, labels map[string]string) pipewright.Resource {
	all := map[string]string{}
	for k, v := range p.c.cfg.Labels {
		all[k] = v
	}
	for k, v := range labels {
		if v != "" {
			all[k] = v
		}
	}
	return pipewright.Resource{ID: id, Labels: all, FirstSeen: p.now, LastSeen: p.now}
}

// versions reads the DAG versions that are new since the last poll, newest
// first, and turns them into settings.
func (p *poll) versions(ctx context.Context) error {
	p.newest = map[string]string{}
	newest := p.cur.Version
	var found []version
	err := pages(get("dags", "~", "dagVersions").with(url.Values{"order_by": {"-id"}}), func(q call) (int, bool, error) {
		var page struct {
			Versions []version `json:"dag_versions"`
		}
		_, err := p.c.do(ctx, q, &page)
		for _, v := range page.Versions {
			if v.ID <= p.cur.Version {
				return len(page.Versions), true, err
			}
			newest = max(newest, v.ID)
			found = append(found, v)
		}
		return len(page.Versions), false, err
	})
	if pipewright.KindOf(err) == pipewright.Denied {
		p.unwatched("DAG versions", err)
		return nil
	}
	if err != nil {
		return err
	}
	for i := len(found) - 1; i >= 0; i-- {
		p.version(found[i])
	}
	p.cur.Version = newest
	return nil
}

func (p *poll) version(v version) {
	if !p.c.watches(v.DAG) {
		return
	}
	p.newest[v.DAG] = v.ID
	p.setting(dagID(v.DAG), "dag_version", itoa(v.Number), v.Created)
	if bundle := deref(v.Bundle); bundle != "" {
		p.setting(dagID(v.DAG), "bundle_version", bundle, v.Created)
	}
}

func (p *poll) setting(id pipewright.ResourceID, key, value string, at time.Time) {
	p.batch.Settings = append(p.batch.Settings, pipewright.Setting{
		Resource: id, At: at.UTC(), Key: key, Value: value, Kind: pipewright.ChangeVersion,
	})
}

// unwatched says once, in the log of the server's resource, what the user may
// not read; the rest of the poll goes on.
func (p *poll) unwatched(what string, err error) {
	p.batch.Lines = append(p.batch.Lines, pipewright.LogLine{
		Resource: p.c.Server(), At: p.now, Level: pipewright.Warn, UID: "denied/" + what, Text: what + " are not watched: " + err.Error(),
	})
}

// importErrors reads the DAG files that Airflow cannot load. They belong to the
// DAGs of the file, or to the server when it has none.
func (p *poll) importErrors(ctx context.Context) error {
	var found []importError
	err := pages(get("importErrors"), func(q call) (int, bool, error) {
		var page struct {
			Errors []importError `json:"import_errors"`
		}
		_, err := p.c.do(ctx, q, &page)
		found = append(found, page.Errors...)
		return len(page.Errors), false, err
	})
	if pipewright.KindOf(err) == pipewright.Denied {
		p.unwatched("import errors", err)
		return nil
	}
	for _, e := range found {
		p.importError(e)
	}
	return err
}

// pools reads the pools. They become resources where a watched task uses one.
func (p *poll) pools(ctx context.Context) error {
	p.slots = map[string]pool{}
	err := pages(get("pools"), func(q call) (int, bool, error) {
		var page struct {
			Pools []pool `json:"pools"`
		}
		_, err := p.c.do(ctx, q, &page)
		for _, one := range page.Pools {
			if _, err := pipewright.ParseResourceID(string(poolID(one.Name))); err == nil && one.Name != defaultPool {
				p.slots[one.Name] = one
			}
		}
		return len(page.Pools), false, err
	})
	if pipewright.KindOf(err) == pipewright.Denied {
		p.unwatched("pools", err)
		return nil
	}
	return err
}

// pooled puts the pool of a task upstream of it: what it lets in is what the task may
// do. Its slots are a setting while no limit of ours stands in for them.
func (p *poll) pooled(t task, id pipewright.ResourceID) {
	one, known := p.slots[t.Pool]
	if !known {
		return
	}
	up := poolID(one.Name)
	p.edge(up, id)
	if slices.ContainsFunc(p.batch.Resources, func(r pipewright.Resource) bool { return r.ID == up }) {
		return
	}
	p.batch.Resources = append(p.batch.Resources, p.resource(up, nil))
	if _, _, limited := readLimit(one.Description); !limited {
		p.batch.Settings = append(p.batch.Settings, pipewright.Setting{Resource: up, At: p.now, Key: "slots", Value: itoa(one.Slots), Kind: pipewright.ChangeConfig})
	}
}

func (p *poll) importError(e importError) {
	owners := p.dagsOf(e.File)
	if len(owners) == 0 {
		owners = []pipewright.ResourceID{p.c.Server()}
	}
	for _, id := range owners {
		p.batch.Lines = append(p.batch.Lines, pipewright.LogLine{
			Resource: id, At: e.At.UTC(), Level: pipewright.Err, UID: "import/" + itoa(e.ID) + "/" + e.At.UTC().Format(time.RFC3339Nano),
			Text: bounded("Broken DAG: [" + e.File + "]\n" + e.Trace),
		})
	}
}
