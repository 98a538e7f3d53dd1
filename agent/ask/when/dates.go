package when

import (
	"strconv"

	pipewright "github.com/pipewright/pipewright"
)

// dayNumbers reads two days of one month of which the month was said once: "18 to 19
// november", "nov 18-19", "between the 18th and the 19th". The last day counts whole.
func (p *parser) dayNumbers(i int, led bool) (w pipewright.Window, next int, ok bool) {
	i = p.skip(i, "the")
	if mon := months[p.word(i)]; mon != 0 && ordinal.MatchString(p.word(i+1)) && p.joins(i+2) {
		a, _, okA := p.date(i)
		j := p.skip(i+3, "the")
		if g := ordinal.FindStringSubmatch(p.word(j)); g != nil && okA && months[p.word(j+1)] == 0 {
			b, next, okB := p.named(g[1], mon, j+1)
			return p.bounds(a, b), next, okB
		}
		return w, i, false
	}
	first := ordinal.FindStringSubmatch(p.word(i))
	if first == nil || !p.joins(i+1) {
		return w, i, false
	}
	j := p.skip(i+2, "the")
	b, next, ok := p.date(j)
	if g := ordinalS.FindStringSubmatch(p.word(j)); !ok && g != nil && led && ordinalS.MatchString(p.word(i)) {
		b, next, ok = p.ofMonth(g[1], j+1)
	}
	n, _ := strconv.Atoi(first[1])
	if !ok || n < 1 || n > b.start.Day() || ordinal.MatchString(p.word(j)) && !ordinalS.MatchString(p.word(j)) && months[p.word(p.skip(j+1, "of"))] == 0 {
		return w, i, false
	}
	a := dayOf(b.start.AddDate(0, 0, n-b.start.Day()))
	return p.periods([]item{{w: p.bounds(a, b)}}), next, true
}

func (p *parser) joins(i int) bool {
	return p.at(i, "and", "to", "until", "till", "til", "through", "thru", "-")
}

// away reads "while I was asleep", "since I went to bed" and "while we were out": the night.
func (p *parser) away(i int) (next int, ok bool) {
	if !p.at(i, "while", "since", "when", "after") || !p.at(i+1, "i", "we") {
		return i, false
	}
	j := p.skip(i+2, "was", "were", "went", "got", "left", "fell", "been", "had", "clocked", "logged", "to", "the", "my", "am", "is")
	if p.at(j, "asleep", "sleeping", "bed", "sleep", "away", "out", "off", "home", "gone", "office") {
		return j + 1, true
	}
	return i, false
}
