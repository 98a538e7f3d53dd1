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

// nothing is the result of a search without hits: what was searched, and why it
// may be empty. newest is the newest record of the same sort, zero when there is none.
func (r reader) nothing(ctx context.Context, in input, what string, newest time.Time) (tools.Result, error) {
	said := fmt.Sprintf("no %s%s%s", what, of(in), during(in.window()))
	why, err := r.reason(ctx, in, newest)
	if err != nil {
		return tools.Result{}, err
	}
	return tools.Result{Empty: said + "; " + why}, nil
}

func of(in input) string {
	if id := in.str("resource"); id != "" {
		return " of " + id
	}
	if k := in.str("kind"); k != "" {
		return " of any " + k
	}
	return ""
}

func during(w pipewright.Window) string {
	switch {
	case w.Start.IsZero() && w.End.IsZero():
		return ""
	case w.Start.IsZero():
		return " before " + stamp(w.End)
	case w.End.IsZero():
		return " since " + stamp(w.Start)
	}
	return " between " + stamp(w.Start) + " and " + stamp(w.End)
}

func (r reader) reason(ctx context.Context, in input, newest time.Time) (string, error) {
	if id := in.resource(); id != "" {
		known, err := r.known(ctx, id)
		if err != nil || !known {
			return fmt.Sprintf("%s was never observed", id), err
		}
	}
	if newest.IsZero() {
		return "none was ever stored", nil
	}
	if w := in.window(); w.Holds(newest) {
		return "there are others in the window, which the filter left out", nil
	}
	return "the newest one is from " + stamp(newest), nil
}

func (r reader) known(ctx context.Context, id pipewright.ResourceID) (bool, error) {
	all, err := r.store.Resources(ctx)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(all, func(x pipewright.Resource) bool { return x.ID == id }), nil
}

// ofKind lists the observed resources of the kinds; nil kinds are all.
func (r reader) ofKind(ctx context.Context, kinds []string) ([]pipewright.ResourceID, error) {
	all, err := r.store.Resources(ctx)
	if err != nil {
		return nil, err
	}
	var ids []pipewright.ResourceID
	for _, x := range all {
		if len(kinds) == 0 || slices.Contains(kinds, x.ID.Kind()) {
			ids = append(ids, x.ID)
		}
	}
	return ids, nil
}

// scope is which resources a call asks for: none for all of them. ok is false when
// a kind was asked for of which there is no resource.
func (r reader) scope(ctx context.Context, in input) (ids []pipewright.ResourceID, ok bool, err error) {
	if id := in.resource(); id != "" {
		return []pipewright.ResourceID{id}, true, nil
	}
	if len(in.kinds()) == 0 {
		return nil, true, nil
	}
	ids, err = r.ofKind(ctx, in.kinds())
	return ids, len(ids) > 0, err
}

// stamp writes a time as evidence does: RFC 3339 in UTC.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// oneLine keeps the first line of a text, at most n bytes of whole characters.
func oneLine(s string, n int) string {
	s, _, _ = strings.Cut(s, "\n")
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}
