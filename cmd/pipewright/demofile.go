package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/config"
	"github.com/pipewright/pipewright/internal/postgres"
	"github.com/pipewright/pipewright/rl/sim"
)

// plantSpec is how a plant was built: kept in the store, so that it is resumed
// as the same one.
type plantSpec struct {
	Seed   uint64    `json:"seed"`
	Start  time.Time `json:"start"`
	Rename string    `json:"rename,omitempty"`
	Fault  string    `json:"fault,omitempty"`
}

// longest bounds a demo, in plant time.
const longest = 10 * 365 * 24 * time.Hour

// wanted is the plant that the flags ask for, when they make sense.
func (f demoFlags) wanted() (plantSpec, error) {
	spec := plantSpec{Seed: f.seed, Rename: f.rename, Fault: f.fault}
	if f.fault != "" && !slices.Contains(sim.Causes(), f.fault) {
		return spec, pipewright.Errorf(pipewright.Invalid, "--fault %.40q is nothing that can break in the shop: choose one of %s", f.fault, strings.Join(sim.Causes(), ", "))
	}
	if !(f.speed > 0) || f.length <= 0 {
		return spec, pipewright.Errorf(pipewright.Invalid, "--for and --speed must be positive")
	}
	if f.length.Seconds()*f.speed > longest.Seconds() {
		return spec, pipewright.Errorf(pipewright.Invalid, "--for %s at --speed %g is more than ten years of plant time: make one of them smaller", f.length, f.speed)
	}
	var err error
	if spec.Start, err = startOf(f.start); err != nil {
		return spec, err
	}
	return spec, checkNames(spec)
}

// startOf reads a plant's start. The store counts nanoseconds since 1970, which
// ends in 2262.
func startOf(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.Year() < 1980 || t.Year() > 2200 {
		return t, pipewright.Errorf(pipewright.Invalid, "--start %q is not a time such as %s, between 1980 and 2200", s, demoStart)
	}
	return t.UTC(), nil
}

// demoStore opens the file and owns its loop. done closes it, and removes it
// when nobody asked to keep it.
func (p program) demoStore(ctx context.Context, f demoFlags) (store anyStore, resumed bool, done func() error, err error) {
	path, remove := f.db, func() error { return nil }
	if path == "" {
		dir, err := os.MkdirTemp("", "pipewright-demo-")
		if err != nil {
			return nil, false, nil, pipewright.Errorf(pipewright.Unavailable, "make a temporary folder for the demo: %w", err)
		}
		path, remove = filepath.Join(dir, defaultDB), func() error { return os.RemoveAll(dir) }
	} else if info, err := os.Stat(path); err == nil && info.Size() > 0 {
		resumed = true
	}
	if store, err = openStore(ctx, p.storeAt(path, config.Store{}), false); err != nil {
		return nil, false, nil, err
	}
	if err = store.Own(ctx); err != nil {
		_ = store.Close() // the error that matters is who owns it
		return nil, false, nil, err
	}
	if postgres.IsURL(path) {
		known, err := store.Resources(ctx)
		if err != nil {
			_ = store.Close() // the error that matters is that nothing can be read
			return nil, false, nil, err
		}
		resumed = len(known) > 0
	}
	return store, resumed, func() error {
		if err := store.Close(); err != nil {
			return err
		}
		return remove()
	}, nil
}

// demoSpec is the plant's: the file's when it is resumed, the flags' otherwise.
func demoSpec(ctx context.Context, store anyStore, f demoFlags, resumed bool) (spec plantSpec, err error) {
	kept, err := store.Meta(ctx, metaPlant)
	if err != nil {
		return spec, err
	}
	if kept != "" {
		if err := json.Unmarshal([]byte(kept), &spec); err != nil {
			return spec, pipewright.Errorf(pipewright.Invalid, "%s does not say how its plant was built: %w", store.Path(), err)
		}
		return spec, nil
	}
	if resumed {
		if known, err := store.Resources(ctx); err != nil || len(known) > 0 {
			return spec, errors.Join(err, pipewright.Errorf(pipewright.Invalid, "%s was not made by a demo: use another file", store.Path()))
		}
	}
	if spec, err = f.wanted(); err != nil {
		return spec, err
	}
	b, err := json.Marshal(spec)
	if err != nil {
		return spec, err
	}
	return spec, store.SetMeta(ctx, metaPlant, string(b))
}

// catchUp brings a fresh plant to where the file's one was: the same options,
// the same actions at the same plant times.
func (d *demo) catchUp(ctx context.Context) error {
	now := d.plant.Now() // killed before the first step was over
	if stepped, err := d.store.Meta(ctx, metaPlantNow); err != nil {
		return err
	} else if stepped != "" {
		if now, err = d.p.nowOf(ctx, d.store); err != nil {
			return err
		}
	}
	var applied []sim.Applied
	acting := map[string]pipewright.Event{} // by incident: begun, and not known to have run
	for after := int64(0); ; {
		events, err := d.store.Events(ctx, pipewright.EventQuery{AfterSeq: after, Limit: 1000})
		if err != nil {
			return err
		}
		for _, e := range events {
			after = e.Seq
			d.out.remember(e)
			switch e.To {
			case pipewright.Acting:
				acting[e.Incident] = e
			case pipewright.Acted:
				begun := acting[e.Incident]
				a := begun.Action
				applied = append(applied, sim.Applied{Act: sim.Act{Kind: a.Kind, Target: a.Target, Args: a.Args, Key: a.Key}, At: begun.At})
			}
		}
		if len(events) == 0 {
			break
		}
	}
	if err := d.plant.Replay(applied); err != nil {
		return fmt.Errorf("rebuild the plant of %s: %w", d.store.Path(), err)
	}
	d.plant.Advance(now)
	return nil
}
