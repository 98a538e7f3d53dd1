package airflow

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

func itoa(n int) string { return strconv.Itoa(n) }

// dags reads the DAGs and, where a version is new to this process, their tasks.
func (p *poll) dags(ctx context.Context) error {
	p.seen = map[string]bool{}
	return pages(get("dags").with(url.Values{"order_by": {"dag_id"}}), func(q call) (int, bool, error) {
		var page struct {
			DAGs []dag `json:"dags"`
		}
		if _, err := p.c.do(ctx, q, &page); err != nil {
			return 0, false, err
		}
		for _, d := range page.DAGs {
			if err := p.dag(ctx, d); err != nil {
				return 0, false, err
			}
		}
		return len(page.DAGs), false, nil
	})
}

// dag adds a DAG and its tasks. A task is upstream of its DAG, for its failure
// explains the DAG's, and the server is upstream of both.
func (p *poll) dag(ctx context.Context, d dag) error {
	id, err := pipewright.ParseResourceID(string(dagID(d.ID)))
	if err != nil || !p.c.watches(d.ID) {
		return nil //nolint:nilerr // an id that no resource can have, or one that is not configured: passed over, not a fault
	}
	tasks, err := p.tasksOf(ctx, d)
	if pipewright.KindOf(err) == pipewright.NotFound {
		return nil // deleted since it was listed
	}
	if err != nil {
		return err
	}
	p.seen[d.ID] = true
	p.s.files(d)
	labels := dagLabels(d)
	p.batch.Resources = append(p.batch.Resources, p.resource(id, labels))
	p.batch.Settings = append(p.batch.Settings,
		pipewright.Setting{Resource: id, At: p.now, Key: "paused", Value: strconv.FormatBool(d.Paused), Kind: pipewright.ChangeConfig},
		pipewright.Setting{Resource: id, At: p.now, Key: "schedule", Value: deref(d.Schedule), Kind: pipewright.ChangeConfig})
	p.edge(p.c.Server(), id)
	for _, t := range tasks {
		tid := taskID(d.ID, t.ID)
		p.batch.Resources = append(p.batch.Resources, p.resource(tid, map[string]string{"team": labels["team"], "paused": labels["paused"]}))
		p.edge(tid, id)
		p.pooled(t, tid)
		for _, down := range t.Downstream {
			p.edge(tid, taskID(d.ID, down))
		}
	}
	return nil
}

func (p *poll) edge(up, down pipewright.ResourceID) {
	p.batch.Edges = append(p.batch.Edges, pipewright.Edge{Up: up, Down: down})
}

// tasksOf reads a DAG's tasks unless they are known as of its newest version.
func (p *poll) tasksOf(ctx context.Context, d dag) ([]task, error) {
	known, ok := p.s.shape[d.ID]
	if v := p.newest[d.ID]; ok && (v == "" || v == known.version) {
		return known.tasks, nil
	}
	tasks, err := p.c.tasks(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	p.s.shape[d.ID] = shaped{version: p.newest[d.ID], tasks: tasks, file: d.File}
	return tasks, nil
}

// files remembers which file a DAG comes from, for import errors.
func (s *Source) files(d dag) {
	known := s.shape[d.ID]
	known.file = d.File
	s.shape[d.ID] = known
}

// dagsOf lists the DAGs of a file.
func (p *poll) dagsOf(file string) []pipewright.ResourceID {
	var ids []pipewright.ResourceID
	for _, d := range sortedKeys(p.s.shape) {
		if f := p.s.shape[d].file; p.seen[d] && f != "" && (f == file || strings.HasSuffix(file, "/"+f)) {
			ids = append(ids, dagID(d))
		}
	}
	return ids
}

// dagLabels are: schedule (the longest time between two runs; left out while
// the DAG is paused, when no run is due), paused, team (a tag team:x, else the
// first owner), writes (a tag writes:x, how its tasks write) and tags.
func dagLabels(d dag) map[string]string {
	labels := map[string]string{}
	var tags []string
	for _, t := range d.Tags {
		tags = append(tags, t.Name)
		if team, ok := strings.CutPrefix(t.Name, "team:"); ok {
			labels["team"] = team
		}
		if how, ok := strings.CutPrefix(t.Name, tools.WritesLabel+":"); ok {
			labels[tools.WritesLabel] = how
		}
	}
	slices.Sort(tags)
	labels["tags"] = strings.Join(tags, ",")
	if labels["team"] == "" && len(d.Owners) > 0 {
		labels["team"] = d.Owners[0]
	}
	if d.Paused {
		labels["paused"] = "true"
		return labels
	}
	if every := period(deref(d.Schedule)); every > 0 {
		labels["schedule"] = short(every)
	}
	return labels
}

// short writes a duration without its zero parts: 15m, not 15m0s.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
