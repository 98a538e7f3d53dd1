package ask

import (
	"slices"
	"strings"
)

// kindWords are words that people use for kinds of resources, beside the system and
// the type that the kind itself is spelled with.
var kindWords = map[string][]string{
	"job":         {"glue:job"},
	"spark":       {"glue:job"},
	"workflow":    {"airflow:dag"},
	"dag":         {"airflow:dag"},
	"pipeline":    {"airflow:dag", "glue:job", "dms:task"},
	"function":    {"lambda:function"},
	"replication": {"dms:task"},
	"cdc":         {"dms:task"},
	"warehouse":   {"redshift:cluster"},
	"dwh":         {"redshift:cluster"},
	"cluster":     {"redshift:cluster"},
	"table":       {"postgres:table", "redshift:table"},
	"database":    {"postgres:db"},
	"db":          {"postgres:db"},
	"postgresql":  {"postgres:db", "postgres:table"},
	"bucket":      {"s3:bucket"},
	"topic":       {"kafka:topic"},
	"stream":      {"kafka:topic"},
	"kubernetes":  {"k8s:deployment"},
	"pod":         {"k8s:deployment"},
	"deployment":  {"k8s:deployment"},
	"endpoint":    {"k8s:deployment"},
	"model":       {"mlflow:model"},
	"machine":     {"ec2:instance"},
	"worker":      {"ec2:instance"},
	"host":        {"ec2:instance"},
	"server":      {"ec2:instance"},
	"node":        {"ec2:instance"},
	"box":         {"ec2:instance"},
	"vm":          {"ec2:instance"},
	"instance":    {"ec2:instance"},
	"boxes":       {"ec2:instance"},
}

// pairs are two words that say a kind of their own.
var pairs = map[string][]string{
	"model server": {"k8s:deployment"}, "model service": {"k8s:deployment"}, "model serving": {"k8s:deployment"}, "model endpoint": {"k8s:deployment"},
	"model deployment": {"k8s:deployment"}, "model pod": {"k8s:deployment"}, "feature store": {"feature:store"}, "data warehouse": {"redshift:cluster"},
	"scoring service": {"k8s:deployment"}, "replication task": {"dms:task"}, "kafka stream": {"kafka:topic"},
}

// kindMention is a word of the question that says a kind.
type kindMention struct {
	kinds  []string
	at     int
	plural bool
}

// vocabulary maps words to the observed kinds they may say.
func vocabulary(kinds []string) map[string][]string {
	v := map[string][]string{}
	add := func(w, k string) {
		if !slices.Contains(v[w], k) {
			v[w] = append(v[w], k)
		}
	}
	for _, k := range kinds {
		system, typ, _ := strings.Cut(k, ":")
		add(system, k)
		add(typ, k)
	}
	for _, w := range sortedKeys(kindWords) {
		for _, k := range kindWords[w] {
			if slices.Contains(kinds, k) {
				add(w, k)
			}
		}
		if v[w] == nil { // a kind that exists, but of which nothing was observed
			v[w] = append(v[w], kindWords[w]...)
		}
	}
	return v
}

func sortedKeys[T any](m map[string]T) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// sayKind looks a word up among the words for kinds: as it is, without a plural s,
// or with one typo in a word of five letters or more.
func sayKind(v map[string][]string, w string) (kinds []string, plural, ok bool) {
	if k, ok := v[w]; ok {
		return k, strings.HasSuffix(w, "ses") || w == "boxes", true
	}
	single := singular(w)
	if k, ok := v[single]; ok && single != w {
		return k, true, true
	}
	if len(w) < 5 || commonWords[w] || lexicon[w] != nil {
		return nil, false, false
	}
	for _, known := range sortedKeys(v) {
		if len(known) < 5 {
			continue
		}
		if distance(w, known, 1) <= 1 {
			return v[known], false, true
		}
		if distance(single, known, 1) <= 1 && single != w {
			return v[known], true, true
		}
	}
	return nil, false, false
}

// singular drops a plural ending.
func singular(w string) string {
	switch {
	case strings.HasSuffix(w, "ies") && len(w) > 4:
		return w[:len(w)-3] + "y"
	case strings.HasSuffix(w, "sses"), strings.HasSuffix(w, "xes"):
		return w[:len(w)-2]
	case strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") && len(w) > 3 || w == "vms" || w == "dbs":
		return w[:len(w)-1]
	}
	return w
}

// narrow joins the kinds of several words: "glue" and "job" are glue jobs, "jobs or
// dags" are both.
func narrow(mentions []kindMention) []string {
	var out []string
	for i, m := range mentions {
		if i == 0 {
			out = slices.Clone(m.kinds)
			continue
		}
		var both []string
		for _, k := range m.kinds {
			if slices.Contains(out, k) {
				both = append(both, k)
			}
		}
		if len(both) > 0 {
			out = both
			continue
		}
		for _, k := range m.kinds {
			if !slices.Contains(out, k) {
				out = append(out, k)
			}
		}
	}
	slices.Sort(out)
	return out
}
