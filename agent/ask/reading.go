package ask

import (
	"regexp"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/ask/when"
)

// reading is what a question was understood as, before anything was looked up.
type reading struct {
	text     string
	toks     []token
	concepts map[concept]bool
	forms    map[sense]bool
	mentions []mention
	kinds    []kindMention
	metric   metricChoice
	window   pipewright.Window
	timed    bool // a window was said
	relative bool
	incident string
	approval string
	action   pipewright.ActionKind // said in full: glue.retry
	class    pipewright.FaultClass
	ordinal  int // "the second one" is 2; -1 is the last one; 0 is none
	intents  []scored
}

// world is what the words are linked against.
type world struct {
	index   *index
	metrics []string // observed metric names, sorted
}

var (
	incidentID = regexp.MustCompile(`^inc-?(\d{1,6})$`)
	approvalID = regexp.MustCompile(`^ap-?(\d{1,6})$`)
	actionForm = regexp.MustCompile(`^[a-z0-9]+\.[a-z_]+$`)
)

// read understands one message. prev is the window of the turn before.
func (w world) read(text string, now time.Time, prev *pipewright.Window) *reading {
	r := &reading{text: text, toks: tokenise(text)}
	r.references()
	r.mentions = w.index.exact(r.toks)
	r.readTime(now, prev)
	r.readKinds(w.index.vocab)
	r.metric = linkMetric(r.toks, w.metrics)
	r.split(w.index)
	r.mentions = append(r.mentions, w.index.exact(r.toks)...)
	r.readOrdinal()
	r.settle(w.index)
	r.mentions = append(r.mentions, w.index.rest(r.toks)...)
	r.lookUp()
	r.readClass()
	r.classify()
	return r
}

// readTime finds the window in what is not a name.
func (r *reading) readTime(now time.Time, prev *pipewright.Window) {
	masked := []byte(r.text)
	for _, t := range r.toks {
		if t.use == asName || t.quoted {
			for i := t.start; i < t.end; i++ {
				masked[i] = '_'
			}
		}
	}
	found, ok := when.Find(string(masked), now, prev)
	if !ok {
		return
	}
	r.window, r.timed, r.relative = found.Window, true, found.Relative
	r.claim(found.Spans)
}

func (r *reading) claim(spans [][2]int) {
	for i := range r.toks {
		for _, s := range spans {
			if t := &r.toks[i]; t.use == free && t.start >= s[0] && t.end <= s[1] {
				t.use = asTime
			}
		}
	}
}

func (r *reading) readKinds(vocab map[string][]string) {
	for i := range r.toks {
		t := &r.toks[i]
		more := i > 0 && (r.toks[i-1].word == "more" || r.toks[i-1].word == "extra") // "more nodes" asks for capacity
		if t.use != free || t.quoted || more {
			continue
		}
		if r.readPair(i) {
			continue
		}
		if kinds, plural, ok := sayKind(vocab, t.word); ok {
			r.kinds = append(r.kinds, kindMention{kinds: kinds, at: i, plural: plural})
			t.use = asKind
		}
	}
}

// readPair reads "model server" as one kind.
func (r *reading) readPair(i int) bool {
	if i+1 >= len(r.toks) || r.toks[i+1].use != free {
		return false
	}
	next := r.toks[i+1].word
	kinds, ok := pairs[r.toks[i].word+" "+singular(next)]
	if ok {
		r.kinds = append(r.kinds, kindMention{kinds: kinds, at: i + 1, plural: singular(next) != next})
		r.toks[i].use, r.toks[i+1].use = asKind, asKind
	}
	return ok
}

// split takes apart hyphenated words whose parts are all understood: "glue-job".
func (r *reading) split(x *index) {
	var out []token
	for _, t := range r.toks {
		parts := strings.Split(t.word, "-")
		_, whole := lexicon[strings.ReplaceAll(t.word, "-", "")]
		understood := len(parts) > 1 && t.use == free && !whole
		for _, p := range parts {
			_, kind := x.vocab[p]
			understood = understood && (english(p) || kind || x.words[p] > 0)
		}
		if !understood {
			out = append(out, t)
			continue
		}
		for i, p := range parts {
			piece := token{word: p, start: t.start + i, end: t.end, quoted: t.quoted}
			if kinds, plural, ok := sayKind(x.vocab, p); ok {
				piece.use = asKind
				r.kinds = append(r.kinds, kindMention{kinds: kinds, at: len(out), plural: plural})
			}
			out = append(out, piece)
		}
	}
	r.reindex(len(out) - len(r.toks))
	r.toks = out
}

// reindex drops positions that splitting made wrong. Positions only tell
// neighbours; without them a question is read as a bag of words.
func (r *reading) reindex(grown int) {
	if grown == 0 {
		return
	}
	for i := range r.kinds {
		r.kinds[i].at = -9
	}
	for i := range r.mentions {
		r.mentions[i].at = nil
	}
}

// lookUp gives the free words their meanings.
func (r *reading) lookUp() {
	r.concepts, r.forms = map[concept]bool{}, map[sense]bool{}
	for i := range r.toks {
		t := &r.toks[i]
		if t.use != free && t.use != asKind || t.quoted {
			continue
		}
		if t.use == free {
			word, _ := spelling(t.word)
			t.mended = t.mended || word != t.word && word != strings.ReplaceAll(t.word, "-", "")
			t.word = word
		}
		t.senses = lexicon[t.word]
		for _, s := range t.senses {
			r.concepts[s.concept] = true
			r.forms[s] = true
		}
	}
}
