package airflow

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// defaultPool is what a task without a pool uses. Airflow lets nobody change its
// description, which is where a limit says what was there before, so it is never
// limited; give the tasks a pool of their own.
const defaultPool = "default_pool"

// unlimited is how Airflow writes a pool without a bound.
const unlimited = -1

type pool struct {
	Name        string  `json:"name"`
	Slots       int     `json:"slots"` // unlimited, or 0 and more
	Description *string `json:"description"`
	Deferred    bool    `json:"include_deferred"` // deferred tasks take slots too
}

func poolID(name string) pipewright.ResourceID {
	return pipewright.NewResourceID("airflow", "pool", name)
}

func (c *Client) pool(ctx context.Context, name string) (p pool, err error) {
	_, err = c.do(ctx, get("pools", name), &p)
	return p, err
}

// poolCall sets slots and description. Airflow wants the name and the flag along, and
// the mask leaves the flag as it is. Our own parameters are ignored by Airflow and kept
// by its audit log, as those of a pause are.
func poolCall(p pool, ours url.Values) call {
	query := url.Values{"update_mask": {"slots", "description"}}
	for k, v := range ours {
		query[k] = v
	}
	return call{method: http.MethodPatch, path: []string{"pools", p.Name}, query: query,
		body: map[string]any{"pool": p.Name, "slots": p.Slots, "description": p.Description, "include_deferred": p.Deferred}}
}

const (
	usedWithin = 24 * time.Hour // whoever had a task in the pool since uses it
	peakWithin = time.Hour      // what was asked at once since is what it is asked
	usePages   = 5              // of task instances, newest first
)

// use is what a pool was and is asked for, in slots.
type use struct {
	dags  []string // that had a task in it lately
	peak  int      // taken at once in the last hour
	waits int      // of what runs, waits its turn, or waits to be tried again
	most  int      // of one task
}

// poolUse reads what ran in a pool and what is under way. A busy pool is read as far
// back as some pages go.
func (c *Client) poolUse(ctx context.Context, name string) (use, error) {
	now := c.cfg.Now()
	lately, err := c.poolInstances(ctx, url.Values{"pool": {name}, "updated_at_gte": {now.Add(-usedWithin).UTC().Format(time.RFC3339)}})
	if err != nil {
		return use{}, err
	}
	underWay, err := c.poolInstances(ctx, url.Values{"pool": {name}, "state": unfinishedTries})
	if err != nil {
		return use{}, err
	}
	u := use{peak: peakSlots(lately, now.Add(-peakWithin), now), most: 1}
	for _, i := range underWay {
		u.waits += i.slots()
	}
	for _, i := range append(lately, underWay...) {
		u.most = max(u.most, i.slots())
		if !slices.Contains(u.dags, i.DAG) {
			u.dags = append(u.dags, i.DAG)
		}
	}
	slices.Sort(u.dags)
	return u, nil
}

func (c *Client) poolInstances(ctx context.Context, query url.Values) (all []instance, err error) {
	query.Set("order_by", "-id") // the ids sort by time
	query.Set("limit", strconv.Itoa(pageSize))
	for n := range usePages {
		query.Set("offset", strconv.Itoa(n*pageSize))
		var page struct {
			Instances []instance `json:"task_instances"`
		}
		if _, err = c.do(ctx, get("dags", "~", "dagRuns", "~", "taskInstances").with(query), &page); err != nil {
			return nil, err
		}
		for _, i := range page.Instances {
			if i.Pool == query.Get("pool") { // a server that does not know the filter sends all
				all = append(all, i)
			}
		}
		if len(page.Instances) < pageSize {
			break
		}
	}
	return all, nil
}

// slots is how many a task takes, 1 when the server does not say.
func (i instance) slots() int { return max(1, i.PoolSlots) }

// peakSlots is the most slots that were taken at one moment between since and now.
func peakSlots(list []instance, since, now time.Time) (peak int) {
	type edge struct {
		at time.Time
		by int
	}
	var edges []edge
	for _, i := range list {
		start, end := first(i.Start), first(i.End)
		if start.IsZero() {
			continue
		}
		if end.IsZero() {
			end = now
		}
		if end.After(since) {
			edges = append(edges, edge{start, i.slots()}, edge{end, -i.slots()})
		}
	}
	slices.SortFunc(edges, func(a, b edge) int {
		if d := a.at.Compare(b.at); d != 0 {
			return d
		}
		return a.by - b.by // a slot is given back before it is taken again
	})
	taken := 0
	for _, e := range edges {
		taken += e.by
		peak = max(peak, taken)
	}
	return peak
}
