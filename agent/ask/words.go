package ask

import (
	"regexp"
	"strings"
	"unicode"
)

// claim says what a word of the question was understood as.
type claimed int

const (
	free     claimed = iota
	asName           // part of a resource's name
	asKind           // says a kind of resource
	asTime           // part of a time range
	asMetric         // names a metric
	asIdiom          // means something only within its phrase
)

// token is one word of the question.
type token struct {
	word       string // lower case
	start, end int    // bytes of the question
	mended     bool   // misspelled, and read as another word
	quoted     bool   // inside quotation marks or a code block: material, never a wish
	use        claimed
	senses     []sense
}

// contractions are split so that a negation is a word of its own.
var contractions = map[string]string{
	"dont": "do not", "didnt": "did not", "doesnt": "does not", "isnt": "is not", "wasnt": "was not", "arent": "are not",
	"shouldnt": "should not", "wouldnt": "would not", "couldnt": "could not", "cant": "can not", "cannot": "can not",
	"wont": "will not", "whats": "what is", "hows": "how is", "wheres": "where is", "whos": "who is", "whys": "why is",
	"lets": "let us", "thats": "that is", "havent": "have not", "hasnt": "has not", "gonna": "going to", "wanna": "want to",
	"pls": "please", "plz": "please", "u": "you", "ur": "your", "wat": "what", "wy": "why", "hw": "how", "wich": "which", "wht": "what", "wut": "what", "wats": "what is", "wots": "what is", "teh": "the", "y": "why", "r": "are", "yep": "yes", "yup": "yes", "yeah": "yes",
	"nope": "no", "thx": "thanks", "okd": "approved", "okayed": "approved", "okayd": "approved", "blessed": "approved", "gimme": "give me", "lemme": "let me", "dunno": "do not know", "wassup": "what is up", "sup": "what is up", "wtf": "what", "wth": "what", "ppl": "people", "thru": "through", "ya": "you", "yall": "you", "sry": "sorry", "coz": "because", "cuz": "because", "hav": "have", "cld": "could", "shd": "should", "wld": "would", "ru": "are you", "prolly": "probably", "sumthin": "something", "nothin": "nothing", "anythin": "anything", "hafta": "have to", "gotta": "have to", "doin": "doing", "goin": "going", "workin": "working", "nothings": "nothing is", "everythings": "everything is", "anythings": "anything is", "whatre": "what are", "aint": "is not", "werent": "were not", "hadnt": "had not", "innit": "is it not",
}

// isWords are the words after which 's is a verb.
var isWords = map[string]bool{"what": true, "who": true, "how": true, "where": true, "why": true, "it": true, "that": true,
	"there": true, "when": true, "everything": true, "anything": true, "something": true, "here": true, "which": true}

// tokenise splits a question into words. Signs that identifiers are written with
// stay inside a word.
func tokenise(text string) []token {
	var toks []token
	start := -1
	quote := rune(0)
	flush := func(end int) {
		if start >= 0 {
			toks = appendWords(toks, text[start:end], start, quote != 0)
		}
		start = -1
	}
	prev := ' '
	for i, r := range text {
		switch {
		case quote == 0 && opens(r, prev) && strings.ContainsRune(text[i+len(string(r)):], closer(r)):
			flush(i)
			quote = closer(r)
		case quote != 0 && r == quote:
			flush(i)
			quote = 0
		case unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-./:+'’@#%", r):
			if start < 0 {
				start = i
			}
		default:
			flush(i)
		}
		prev = r
	}
	flush(len(text))
	return toks
}

func opens(r, prev rune) bool {
	switch r {
	case '"', '`', '“', '«':
		return true
	case '\'', '‘':
		return unicode.IsSpace(prev)
	}
	return false
}

func closer(r rune) rune {
	switch r {
	case '“':
		return '”'
	case '«':
		return '»'
	case '‘':
		return '’'
	}
	return r
}

// httpError is how people say server errors: 500s, 5xx, 503s.
var httpError = regexp.MustCompile(`^[45](\d\ds|xxs?)$`)

// severity is how people name incidents by rank: sev1, p0s.
var severity = regexp.MustCompile(`^(sev-?|p)[0-4]s?$`)

// appendWords adds the words of one run of signs: trimmed, contractions split.
func appendWords(toks []token, raw string, start int, quoted bool) []token {
	trimmed := strings.TrimLeft(raw, "'’.:+-/@#%")
	start += len(raw) - len(trimmed)
	trimmed = strings.TrimRight(trimmed, "'’.:+-/@#%")
	if trimmed == "" {
		return toks
	}
	end := start + len(trimmed)
	w := strings.ReplaceAll(strings.ToLower(trimmed), "’", "'")
	switch {
	case httpError.MatchString(w):
		w = "errors"
	case severity.MatchString(w):
		w = "incidents"
	}
	add := func(words ...string) {
		for _, x := range words {
			toks = append(toks, token{word: x, start: start, end: end, quoted: quoted})
		}
	}
	base, suffix, has := strings.Cut(w, "'")
	switch {
	case contractions[strings.ReplaceAll(w, "'", "")] != "":
		add(strings.Fields(contractions[strings.ReplaceAll(w, "'", "")])...)
	case !has:
		add(w)
	case strings.HasSuffix(base, "n") && suffix == "t":
		add(strings.TrimSuffix(base, "n"), "not")
	case suffix == "s" && isWords[base]:
		add(base, "is")
	case suffix == "re":
		add(base, "are")
	case suffix == "ve":
		add(base, "have")
	case suffix == "ll":
		add(base, "will")
	case suffix == "d":
		add(base, "did")
	default:
		add(base)
	}
	return toks
}

// squash keeps letters and digits, so that orders_etl, orders-etl and "orders etl" are one.
func squash(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// pieces splits a name into its words: at signs, and between lower and upper case.
func pieces(name string) []string {
	var out []string
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			out = append(out, strings.ToLower(b.String()))
		}
		b.Reset()
	}
	lower := false
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			flush()
			lower = false
			continue
		}
		if unicode.IsUpper(r) && lower {
			flush()
		}
		lower = unicode.IsLower(r)
		b.WriteRune(r)
	}
	flush()
	return out
}

// identifier reports whether a word is written like a name in a system.
func identifier(w string) bool {
	letters, digits, signs := false, false, false
	for _, r := range w {
		switch {
		case unicode.IsLetter(r):
			letters = true
		case unicode.IsDigit(r):
			digits = true
		case strings.ContainsRune("_/:.-", r):
			signs = true
		}
	}
	return letters && (signs || digits)
}

// distance is the optimal string alignment distance, with an early end past limit.
func distance(a, b string, limit int) int {
	ar, br := []rune(a), []rune(b)
	if d := len(ar) - len(br); d > limit || -d > limit {
		return limit + 1
	}
	prev2, prev, cur := make([]int, len(br)+1), make([]int, len(br)+1), make([]int, len(br)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(ar); i++ {
		cur[0] = i
		best := i
		for j := 1; j <= len(br); j++ {
			cost := 1
			if ar[i-1] == br[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && ar[i-1] == br[j-2] && ar[i-2] == br[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
			best = min(best, cur[j])
		}
		if best > limit {
			return limit + 1
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(br)]
}

// tolerance is how many typos a word of this length may have.
func tolerance(w string) int {
	switch n := len([]rune(w)); {
	case n < 4:
		return 0
	case n < 8:
		return 1
	case n < 14:
		return 2
	}
	return 3
}
