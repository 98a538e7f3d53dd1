package template

import "strings"

// The weights of judge, in arbitrary units: a merge with a sum over 0 is made. They weigh
// how many values a column has, how the values are spelled, what stands before them, and
// how much else says that the lines are one event. They are round numbers on purpose:
// moving one of them by a half changes little on logs of any kind.
const (
	sure        = 6.0 // values that differ in digits alone, units of an amount
	flagged     = 4.0
	holeAmong   = 4.0
	withDigits  = 6.0
	slashed     = 4.0
	dottedName  = 2.5 // all in lower case: a host, a package
	dotted      = 1.5
	wordLike    = -0.5
	upperCase   = -4.0 // states and verbs
	firstColumn = -2.0
	afterEquals = 1.5
	afterColon  = 1.0
	quoted      = 2.0
	strongCue   = 3.0
	nameCue     = 1.5
	weakCue     = 1.0
	learntCue   = 1.0
	keyCue      = 1.0
	tellingCue  = -3.0
	knownValues = 3.0
	crossing    = 1.0
	eachColumn  = -1.0
	noWords     = -4.0
	oneWord     = -1.0
	manyWords   = 1.0
)

// fewValues is for 2, 3, 4 and more values in a column.
var fewValues = [...]float64{-3, -3, -1, -0.5}

// judge scores a merge; every column that it leaves out must vary like a value.
func judge(p proposal, learnt lessons) float64 {
	if len(p.cols) == 0 {
		return sure // they differ in truth values only
	}
	total := eachColumn * float64(min(len(p.cols)-1, 2))
	for _, col := range p.cols {
		s := judgeColumn(p.members, col, learnt)
		if len(p.cols) > 1 && s != sure && s != flagged {
			s += crossing * crossed(p, col)
		}
		if s <= 0 && len(p.cols) > 1 {
			return 0
		}
		total += s
	}
	switch words := agreeingWords(p); {
	case words == 0:
		return total + noWords
	case words == 1:
		return total + oneWord
	case words >= 5:
		return total + manyWords
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

func judgeColumn(cs []*cluster, col int, learnt lessons) float64 {
	vs := values(cs, col)
	if len(vs) == 1 {
		return 0
	}
	if _, ok := sameButDigits(vs); ok || col > 0 && allUnits(vs) && endsInHole(cs[0].tokens[col-1]) {
		return sure
	}
	if allFlags(vs) {
		return flagged
	}
	return number(len(vs)) + spelling(vs) + before(cs[0].tokens, col, learnt) + known(vs, learnt)
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
		if strings.ToLower(v) == v {
			return dottedName
		}
		return dotted
	}
	return wordLike
}

// known weighs that all the values are values elsewhere too.
func known(vs []string, learnt lessons) float64 {
	for _, v := range vs {
		if !learnt.values[v] {
			return 0
		}
	}
	return knownValues
}

// crossed is 1 when the values of a column go with several values of the other columns, as
// those of variables do, 0 when each goes with one.
func crossed(p proposal, col int) float64 {
	with := map[string]map[string]bool{}
	for _, c := range p.members {
		rest := ""
		for _, o := range p.cols {
			if o != col {
				rest += c.tokens[o].text + "\x02"
			}
		}
		v := c.tokens[col].text
		if with[v] == nil {
			with[v] = map[string]bool{}
		}
		with[v][rest] = true
	}
	pairs := 0
	for _, rests := range with {
		pairs += len(rests)
	}
	return min(1, float64(pairs)/float64(len(with))-1)
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
