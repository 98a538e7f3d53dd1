package ask

import (
	"fmt"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools/telemetry"
)

// count answers "how many errors has X thrown in the past N hours".
func (t *turn) count() error {
	w := t.span0(24)
	s, err := t.pick(t.talkative())
	if err != nil || t.settle(s) {
		return err
	}
	t.next.Kinds = s.kinds
	switch {
	case t.r.has("incident"):
		return t.countIncidents(s, w)
	case !t.r.any("error", "log") && t.r.any("$acts", "action", "heal"):
		return t.explain()
	case !t.r.any("error", "log") && (t.r.any("$fail", "run")):
		return t.countRuns(s, w)
	}
	return t.countLogs(s, w)
}

// talkative prefers resources that ever logged.
func (t *turn) talkative() prefer {
	return func(id pipewright.ResourceID) (float64, error) {
		res, err := t.call("search_logs", map[string]any{"resource": id, "limit": 1})
		if err != nil || res.Hits == 0 {
			return 0, err
		}
		return 1, nil
	}
}

// level is the level of records that was asked for.
func (t *turn) level() (level, noun string) {
	switch {
	case t.r.says("warning", "warnings", "warn"):
		return "warn", "warning"
	case t.r.any("error") || t.r.has("$fail"):
		return "error", "error"
	}
	return "all", "log record"
}

func (t *turn) countLogs(s scope, w pipewright.Window) error {
	level, noun := t.level()
	targets := []pipewright.ResourceID{""}
	if len(s.ids) > 0 {
		targets = s.ids
	}
	for _, id := range targets {
		args := map[string]any{"resource": id, "kind": strings.Join(s.kinds, ","), "level": level}
		res, err := t.call("count_logs", within(args, w))
		if err != nil {
			return err
		}
		who := string(id)
		if id == "" {
			who = "Everything together"
		}
		if res.Hits == 0 {
			t.say("%s logged 0 %ss in the window.", who, noun)
			t.empty(res)
			continue
		}
		t.claim(res.Evidence, "%s logged %s in the window", who, times(res.Hits, noun))
		if c := as[telemetry.Count](res.Data); id == "" {
			t.byResource(c)
		} else if err := t.rate(args, w, noun); err != nil {
			return err
		}
	}
	return nil
}

func (t *turn) byResource(c telemetry.Count) {
	var parts []string
	for i, rc := range c.ByResource {
		if i == 8 {
			parts = append(parts, fmt.Sprintf("%d more resources", len(c.ByResource)-i))
			break
		}
		parts = append(parts, fmt.Sprintf("%s %d", rc.Resource, rc.Count))
		t.ans.Resources = append(t.ans.Resources, rc.Resource)
	}
	t.say("Most first: %s.", strings.Join(parts, ", "))
}

// rate says when most of them were logged.
func (t *turn) rate(args map[string]any, w pipewright.Window, noun string) error {
	if w.Span() <= 0 {
		return nil
	}
	res, err := t.call("log_rate", within(map[string]any{"resource": args["resource"], "level": args["level"]}, w))
	if err != nil || res.Hits < 4 {
		return err
	}
	rate := as[telemetry.Rate](res.Data)
	top := slices.MaxFunc(rate.Buckets, func(a, b telemetry.RateBucket) int { return a.Count - b.Count })
	if top.Count < 3 || top.Count*len(rate.Buckets) < 2*res.Hits {
		return nil // spread evenly: no moment stands out
	}
	t.claim(res.Evidence[:1], "The most, %s, from %s on for %s", times(top.Count, noun), t.clock(top.Start), rate.Bucket.Round(1e9))
	return nil
}

func (t *turn) countRuns(s scope, w pipewright.Window) error {
	state, noun := "", "run"
	if t.r.has("$fail") {
		state, noun = "failed", "failed run"
	} else if t.r.has("good") {
		state, noun = "succeeded", "successful run"
	}
	targets := s.ids
	if len(targets) == 0 {
		targets = []pipewright.ResourceID{""}
	}
	for _, id := range targets {
		res, err := t.call("list_runs", within(map[string]any{"resource": id, "kind": strings.Join(s.kinds, ","), "state": state, "limit": 1000}, w))
		if err != nil {
			return err
		}
		if res.Hits == 0 {
			t.empty(res)
			continue
		}
		who := string(id)
		switch {
		case who == "" && len(s.kinds) > 0:
			who = strings.Join(s.kinds, ", ")
		case who == "":
			who = "all resources"
		}
		t.claim(res.Evidence, "%s of %s in the window", times(res.Hits, noun), who)
		if id == "" {
			t.listFailed(as[[]pipewright.Run](res.Data), nil)
		}
	}
	return nil
}

func (t *turn) countIncidents(s scope, w pipewright.Window) error {
	args := map[string]any{}
	if len(s.ids) > 0 {
		args["resource"] = s.ids[0]
	}
	res, err := t.call("list_incidents", within(args, w))
	if err != nil {
		return err
	}
	if res.Hits == 0 {
		t.empty(res)
		return nil
	}
	t.claim(res.Evidence, "%s in the window", times(res.Hits, "incident"))
	return nil
}
