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
