package template

import "strings"

// Words that come before a value in English: "user X at host Y". The weak ones
// come before much else.
var (
	strongCues = wordSet("user user: from host node file name id device interface path group")
	weakCues   = wordSet("for by to at on with via in service port process job task")
	flagWords  = wordSet("true false null none nil yes no on off")
)

// The weights of judge, in arbitrary units: a merge with a sum over 0 is made. They
// weigh how many values a column has, how the values are spelled, what stands
// before them, and how much else says that the lines are one event.
const (
	sure        = 6.0 // values that differ in digits alone, units of an amount
	flagged     = 4.0
	holeAmong   = 4.0
	withDigits  = 2.5
	slashed     = 2.5
	dotted      = 1.0
	lowerCase   = -0.5
	upperCase   = -3.0
	firstColumn = -2.5
	afterEquals = 1.0
	afterColon  = 0.5
	quoted      = 1.5
	strongCue   = 2.0
	weakCue     = 1.0
	learntCue   = 1.0
	eachColumn  = -1.5
)

// fewValues is for 2, 3, 4 and more values in a column.
var fewValues = [...]float64{-2, -1.5, -1, -0.5}

// judge scores a merge; every column that it leaves out must vary like a value.
func judge(p proposal, learnt map[string]bool) float64 {
	if len(p.cols) == 0 {
		return sure // they differ in truth values only
	}
	total := eachColumn * float64(min(len(p.cols)-1, 2))
	for _, col := range p.cols {
		s := judgeColumn(p.members, col, learnt)
		if s <= 0 && len(p.cols) > 1 {
			return 0
		}
		total += s
	}
	switch words := agreeingWords(p); {
	case words == 0:
		return total - 4
	case words == 1:
		return total - 1.5
	case words >= 5:
		return total + 1
	}
	return total
}

func agreeingWords(p proposal) int {
	n := 0
	out := map[int]bool{}
	for _, c := range p.cols {
		out[c] = true
	}
	for i, t := range p.members[0].tokens {
		if !t.punct && !out[i] && letters(t.text) > 1 {
			n++
		}
	}
	return n
}

func judgeColumn(cs []*cluster, col int, learnt map[string]bool) float64 {
	vs := values(cs, col)
	if len(vs) == 1 {
		return 0
	}
	if _, ok := sameStem(vs); ok || col > 0 && allUnits(vs) && endsInHole(cs[0].tokens[col-1]) {
		return sure
	}
	if allFlags(vs) {
		return flagged
	}
	return number(len(vs)) + spelling(vs) + before(cs[0].tokens, col, learnt)
}

func number(k int) float64 {
	score := fewValues[min(k-2, len(fewValues)-1)]
	switch {
	case k >= 15:
		score += 3
	case k >= 8:
		score += 2
	case k >= 5:
		score++
	}
	return score
}

// spelling weighs how the values are written, each by its share.
func spelling(vs []string) float64 {
	score, among := 0.0, false
	for _, v := range vs {
		score += spelledLike(v)
		among = among || v == holeText || v == ""
	}
	score /= float64(len(vs))
	if among {
		score += holeAmong
	}
	return score
}

func spelledLike(v string) float64 {
	switch {
	case digits(v) > 0 || strings.IndexByte(v, hole) >= 0:
		return withDigits
	case strings.ToUpper(v) == v && letters(v) >= 2:
		return upperCase
	case strings.ContainsAny(v, "/\\"):
		return slashed
	case strings.ContainsAny(v, ".-_@"):
		return dotted
	case strings.ToLower(v) == v:
		return lowerCase
	}
	return 0
}

// before weighs what stands before the column.
func before(toks []token, col int, learnt map[string]bool) float64 {
	if col == 0 {
		return firstColumn
	}
	score := 0.0
	w := strings.ToLower(toks[col-1].text)
	switch {
	case w == "=":
		score = afterEquals
	case w == ":":
		score = afterColon
	case w == `"` || w == "'":
		score = quoted
	case strongCues[w]:
		score = strongCue
	case weakCues[w]:
		score = weakCue
	}
	if learnt[w] {
		score += learntCue
	}
	return score
}

// allFlags reports whether every value is a truth value, an absent one, or a number.
func allFlags(vs []string) bool {
	for _, v := range vs {
		if v != holeText && v != "" && !flagWords[strings.ToLower(v)] {
			return false
		}
	}
	return true
}

// flagAt reports whether a truth value stands at column i, after its key.
func flagAt(toks []token, i int) bool {
	return i > 0 && (toks[i-1].text == "=" || toks[i-1].text == ":") && flagWords[strings.ToLower(toks[i].text)]
}

func allUnits(vs []string) bool {
	for _, v := range vs {
		if v != "" && !sizeUnit(v) {
			return false
		}
	}
	return true
}

func wordSet(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}
