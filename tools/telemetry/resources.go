package telemetry

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// Lineage is the data of lineage: nearest first.
type Lineage struct {
	Upstream   []pipewright.ResourceID `json:"upstream"`
	Downstream []pipewright.ResourceID `json:"downstream"`
}

func (r reader) listResources() spec {
	return spec{name: "list_resources", purpose: "the resources that were observed, by kind and by words in their id",
		args: []tools.Arg{kindArg, textArg, {Name: "first_seen", Type: "boolean", Purpose: "only when the first of them was observed: nothing is stored from before"}, limitArg("at most that many, 500 unless said")},
		run: func(ctx context.Context, in input) (tools.Result, error) {
			ids, err := r.ofKind(ctx, in.kinds())
			if err != nil {
				return tools.Result{}, err
			}
			words := strings.Fields(strings.ToLower(in.str("text")))
			var found []pipewright.ResourceID
			for _, id := range ids {
				if holdsAll(strings.ToLower(string(id)), words) {
					found = append(found, id)
				}
			}
			if len(found) == 0 {
				return tools.Result{Empty: fmt.Sprintf("no observed resource%s has the words %q; %d of that kind were observed", of(in), in.str("text"), len(ids))}, nil
			}
			if in.flag("first_seen") {
				first, err := r.firstSeen(ctx, found)
				return tools.Result{Hits: len(found), Data: first}, err
			}
			return tools.Result{Hits: len(found), Data: found[:min(len(found), in.bound("limit", 500, 5000))]}, nil
		}}
}

// firstSeen is when the first of the resources was observed, zero when none was.
func (r reader) firstSeen(ctx context.Context, ids []pipewright.ResourceID) (time.Time, error) {
	all, err := r.store.Resources(ctx)
	var first time.Time
	for _, x := range all {
		if !x.FirstSeen.IsZero() && slices.Contains(ids, x.ID) && (first.IsZero() || x.FirstSeen.Before(first)) {
			first = x.FirstSeen
		}
	}
	return first, err
}

func holdsAll(s string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(s, w) {
			return false
		}
	}
	return true
}

func (r reader) lineage() spec {
	return spec{name: "lineage", purpose: "what a resource depends on and what depends on it, nearest first",
		args: []tools.Arg{must(resourceArg), {Name: "hops", Type: "integer", Purpose: "how far to walk, 8 unless said, 16 at most"}},
		run: func(ctx context.Context, in input) (tools.Result, error) {
			topology, err := r.store.Lineage(ctx)
			if err != nil {
				return tools.Result{}, err
			}
			hops := in.bound("hops", 8, 16)
			data := Lineage{Upstream: topology.Upstream(in.resource(), hops), Downstream: topology.Downstream(in.resource(), hops)}
			hits := len(data.Upstream) + len(data.Downstream)
			if hits == 0 {
				return r.nothing(ctx, in, "edge of lineage", time.Time{})
			}
			excerpt := fmt.Sprintf("%s depends on: %s\n%s feeds: %s", in.resource(), join(data.Upstream), in.resource(), join(data.Downstream))
			return tools.Result{Hits: hits, Data: data, Evidence: []pipewright.Evidence{{Source: in.resource(), Kind: pipewright.TraceEvidence, Query: in.query(), Excerpt: excerpt}}}, nil
		}}
}

func join(ids []pipewright.ResourceID) string {
	if len(ids) == 0 {
		return "nothing"
	}
	s := make([]string, 0, len(ids))
	for _, id := range ids {
		s = append(s, string(id))
	}
	return strings.Join(s, ", ")
}
