package ask

import (
	"slices"
	"strings"
)

// metricWords maps what people say to the words that metric names begin with.
var metricWords = map[string]string{
	"cpu": "cpu", "processor": "cpu", "cpus": "cpu", "mem": "memory", "memory": "memory", "ram": "memory", "heap": "memory",
	"disk": "disk", "storage": "disk", "queue": "queue", "queued": "queue", "queueing": "queue", "queuing": "queue", "backlog": "queue",
	"lag": "lag", "lagging": "lag", "latency": "latency", "latencies": "latency", "p99": "latency", "throughput": "requests", "rps": "requests", "qps": "requests",
	"traffic": "requests", "requests": "requests", "duration": "duration", "durations": "duration", "runtime": "duration",
	"rows": "rows", "rowcount": "rows", "freshness": "freshness", "staleness": "freshness", "stale": "freshness", "fresh": "freshness",
	"heartbeat": "heartbeat", "heartbeats": "heartbeat", "replicas": "replicas", "connections": "connections", "sessions": "connections",
	"utilisation": "", "utilization": "", "busy": "cpu", "hot": "cpu", "pegged": "cpu", "load": "cpu", "full": "disk", "space": "disk", "backed": "queue", "waits": "queue", "delay": "lag", "slowness": "latency", "conns": "connections", "pods": "replicas",
}

// unitWords say in which unit a metric is, not which metric it is.
var metricUnits = wordSet("percent pct seconds second ms millis bytes mb gb kb per ratio rate total count age ready p50 p95 p99 avg max min length")

// metricChoice is the metrics that the words may name, among those observed.
type metricChoice struct {
	said  bool
	names []string // as stored; empty when no observed series fits
	words []string // what was said
}

// linkMetric marks the words that name metrics and returns the names that fit best.
func linkMetric(toks []token, observed []string) metricChoice {
	vocab := metricVocabulary(observed)
	var c metricChoice
	heads := map[string]bool{}
	full := ""
	for i := range toks {
		t := &toks[i]
		if t.use != free || t.quoted {
			continue
		}
		if slices.Contains(observed, t.word) {
			full, t.use = t.word, asMetric
			c.words = append(c.words, t.word)
			continue
		}
		head, ok := metricHead(vocab, t.word)
		if t.word == "behind" && near(toks, i, "far") {
			head, ok = "lag", true
		}
		switch {
		case ok && head == "":
			t.use = asMetric
		case ok:
			t.use = asMetric
			heads[head] = true
			c.words = append(c.words, t.word)
		case (t.word == "rate" || t.word == "ratio" || t.word == "percentage") && near(toks, i, "error", "errors", "failure"):
			heads["error"] = true
			c.words = append(c.words, "error rate")
			claimErrors(toks)
		case t.word == "time" && near(toks, i, "response", "run", "running", "execution"):
			heads[map[bool]string{true: "latency", false: "duration"}[near(toks, i, "response")]] = true
			c.words = append(c.words, t.word)
			t.use = asMetric
		}
	}
	if len(heads) > 0 {
		claimUnits(toks)
	}
	if full != "" {
		c.said, c.names = true, []string{full}
		return c
	}
	c.said = len(heads) > 0
	c.names = bestMetrics(toks, observed, heads)
	return c
}

func claimUnits(toks []token) {
	for i := range toks {
		if t := &toks[i]; t.use == free && (metricUnits[t.word] || t.word == "depth" || t.word == "size") {
			t.use = asMetric
		}
	}
}

func claimErrors(toks []token) {
	for i := range toks {
		switch toks[i].word {
		case "error", "errors", "failure", "rate", "ratio", "percentage":
			if toks[i].use == free {
				toks[i].use = asMetric
			}
		}
	}
}

// near reports whether one of the words stands next to i.
func near(toks []token, i int, words ...string) bool {
	for _, j := range []int{i - 1, i + 1} {
		if j >= 0 && j < len(toks) && slices.Contains(words, toks[j].word) {
			return true
		}
	}
	return false
}

// metricVocabulary adds the words of the observed names to the synonyms.
func metricVocabulary(observed []string) map[string]string {
	v := map[string]string{}
	for w, head := range metricWords {
		v[w] = head
	}
	for _, name := range observed {
		for _, w := range pieces(name) {
			if _, known := v[w]; !known && !metricUnits[w] && !english(w) {
				v[w] = w
			}
		}
	}
	return v
}

func metricHead(v map[string]string, w string) (string, bool) {
	if head, ok := v[w]; ok {
		return head, true
	}
	if len(w) < 6 || english(w) || identifier(w) {
		return "", false
	}
	for _, known := range sortedKeys(v) {
		if len(known) >= 6 && distance(w, known, 1) <= 1 {
			return v[known], true
		}
	}
	return "", false
}

// bestMetrics ranks the observed names by the words that they share with the text.
func bestMetrics(toks []token, observed []string, heads map[string]bool) []string {
	top := 0.0
	var out []string
	for _, name := range observed {
		words := pieces(name)
		s := 0.0
		for _, w := range words {
			if heads[w] || heads[singular(w)] || heads[w+"s"] {
				s += 2
			}
		}
		if s == 0 {
			continue
		}
		for _, t := range toks {
			if w := t.word; slices.Contains(words, w) && metricUnits[w] || unitSaid(w, words) {
				s += 0.5
			}
		}
		s -= 0.1 * float64(len(words))
		switch {
		case s > top+1e-9:
			top, out = s, []string{name}
		case s > top-0.05:
			out = append(out, name)
		}
	}
	return out
}

// unitSaid matches ways to say a unit: queue depth is a length, queue time are seconds.
func unitSaid(w string, words []string) bool {
	switch w {
	case "depth", "size", "long", "backlog", "many":
		return slices.Contains(words, "length")
	case "time", "wait", "waiting", "waits":
		return slices.Contains(words, "seconds")
	}
	return false
}

// unitOf is the unit that a metric's name ends with, as it is written after a value.
func unitOf(metric string) string {
	switch {
	case strings.HasSuffix(metric, "_percent"):
		return " %"
	case strings.HasSuffix(metric, "_seconds"):
		return " s"
	case strings.HasSuffix(metric, "_ms"):
		return " ms"
	case strings.HasSuffix(metric, "_per_second"):
		return " per second"
	case strings.HasSuffix(metric, "_bytes"):
		return " bytes"
	}
	return ""
}
