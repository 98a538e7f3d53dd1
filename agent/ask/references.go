package ask

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// references finds ids of incidents and approvals and kinds of actions.
func (r *reading) references() {
	for i := range r.toks {
		t := &r.toks[i]
		switch {
		case incidentID.MatchString(t.word):
			r.incident, t.use = canonical("inc", incidentID, t.word), asName
		case approvalID.MatchString(t.word):
			r.approval, t.use = canonical("ap", approvalID, t.word), asName
		case actionForm.MatchString(t.word) && pipewright.ActionKind(t.word).Verb().Valid():
			r.action, t.use = pipewright.ActionKind(t.word), asName
		case hashed(r.text, *t) && (i == 0 || !numberedWords[singular(r.toks[i-1].word)]):
			r.numberOfIncident(i)
		case numberedWords[singular(t.word)] && i+1 < len(r.toks):
			r.numbered(i)
		}
	}
}

// numberedWords are the words that a number of an incident or an approval follows.
var numberedWords = wordSet("incident inc ticket case approval ap")

// numbered reads "incident 3", "incident number 3" and "approval 2".
func (r *reading) numbered(i int) {
	j := i + 1
	if j+1 < len(r.toks) && slices.Contains([]string{"number", "no", "nr", "id"}, r.toks[j].word) {
		j++
	}
	n, err := strconv.Atoi(r.toks[j].word)
	if err != nil {
		if n = smallNumber(r.toks[j].word); n == 0 {
			return
		}
	}
	for ; j > i; j-- {
		r.toks[j].use = asName
	}
	if r.toks[i].word == "approval" || r.toks[i].word == "ap" {
		r.approval = fmt.Sprintf("ap-%04d", n)
		return
	}
	r.incident = fmt.Sprintf("inc-%04d", n)
}

// hashed reports whether a number stands behind a hash sign: "#3".
func hashed(text string, t token) bool {
	n, err := strconv.Atoi(t.word)
	return err == nil && n > 0 && n < 1_000_000 && t.start > 0 && text[t.start-1] == '#'
}

// numberOfIncident reads "#3": an incident or, when nothing else was said, a choice.
func (r *reading) numberOfIncident(i int) {
	n, _ := strconv.Atoi(r.toks[i].word)
	r.incident, r.toks[i].use = fmt.Sprintf("inc-%04d", n), asName
	if len(r.toks) == 1 {
		r.ordinal = n
	}
}

func canonical(prefix string, re *regexp.Regexp, w string) string {
	n, _ := strconv.Atoi(re.FindStringSubmatch(w)[1])
	return fmt.Sprintf("%s-%04d", prefix, n)
}

func smallNumber(w string) int {
	return 1 + slices.Index([]string{"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"}, w)
}

var ordinals = map[string]int{"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "fifth": 5, "last": -1, "former": 1, "latter": 2}

// readOrdinal reads "the second one", "number 2" and a bare "2".
func (r *reading) readOrdinal() {
	for i, t := range r.toks {
		if t.use != free {
			continue
		}
		n, ok := ordinals[t.word]
		next := ""
		if i+1 < len(r.toks) {
			next = r.toks[i+1].word
		}
		switch {
		case ok && (next == "one" || next == "option" || next == "choice" || next == "" && len(r.toks) <= 3 && t.word != "last"):
			r.ordinal = n
		case !ok && len(r.toks) <= 3:
			if v, err := strconv.Atoi(t.word); err == nil && v > 0 && v < 20 && (len(r.toks) == 1 || i > 0 && slices.Contains([]string{"number", "option", "choice"}, r.toks[i-1].word)) {
				r.ordinal = v
			}
		}
	}
}

// classWords are words that people use for fault classes, beside the words of
// the class itself.
var classWords = map[string]pipewright.FaultClass{
	"oom": "resource_exhaustion", "lock": "contention", "locks": "contention", "locking": "contention", "network": "transient_network",
	"connection": "transient_network", "hung": "stuck", "throttling": "throttled", "throttle": "throttled", "credential": "credentials", "password": "credentials",
	"crash": "crashed", "crashes": "crashed", "disk": "capacity", "serving": "model_serving", "code": "code_or_config", "config": "code_or_config",
}

// readClass finds the fault class that is spoken of, by the most words in common.
func (r *reading) readClass() {
	top := 0
	for _, class := range pipewright.FaultClasses {
		n := 0
		for _, w := range strings.Split(string(class), "_") {
			for _, t := range r.toks {
				if t.word == w || len(w) > 5 && distance(t.word, w, 1) <= 1 {
					n++
					break
				}
			}
		}
		whole := len(strings.Split(string(class), "_"))
		if n == whole && n > top {
			top, r.class = n, class
		}
	}
	for _, t := range r.toks {
		if class, ok := classWords[t.word]; ok && r.class == "" {
			r.class = class
		}
	}
}
