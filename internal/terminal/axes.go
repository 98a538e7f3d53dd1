package terminal

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// rows renders the curve with its axis of values.
func (s Style) rows(p *plot) string {
	var b strings.Builder
	marks := p.marks()
	for row := range chartRows {
		label, tick := "", "│"
		switch row {
		case 0:
			label, tick = number(p.high), "┤"
		case chartRows / 2:
			label, tick = number((p.low+p.high)/2), "┤"
		case chartRows - 1:
			label, tick = number(p.low), "┤"
		}
		line := " " + s.dim(strings.Repeat(" ", p.labels-columns(label))+label+" "+tick)
		for col := range p.cols {
			_, marked := marks[col]
			line += s.cell(p, row, col, marked)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

func (s Style) cell(p *plot, row, col int, marked bool) string {
	switch dots := p.dots[row][col]; {
	case dots != 0 && p.odd[col]:
		return s.red(string(brailleBlank + dots))
	case dots != 0:
		return s.cyan(string(brailleBlank + dots))
	case marked:
		return s.yellow("┊")
	case p.shaded(row, col):
		return s.dim("░")
	}
	return " "
}

// timeAxis renders the axis of time: its ends, and a tick under each mark.
func (s Style) timeAxis(p *plot) string {
	axis := []rune(strings.Repeat("─", p.cols))
	for col := range p.marks() {
		axis[col] = '┴'
	}
	start, end := p.clock(p.start), p.clock(p.end)+" UTC"
	left := strings.Repeat(" ", p.labels+2)
	gap := max(p.cols-columns(start)-columns(end), 1)
	return left + s.dim("└"+string(axis)) + "\n" + left + " " + s.dim(start+strings.Repeat(" ", gap)+end) + "\n"
}

// legend says what the marks are, what the last value is and what was usual then.
func (s Style) legend(p *plot) string {
	last := len(p.points) - 1
	parts := []string{"last " + number(p.points[last].Value)}
	if p.band != nil {
		parts = append(parts, fmt.Sprintf("░ usual %s to %s", number(p.band[last][0]), number(p.band[last][1])))
	}
	for _, m := range p.chart.Marks {
		if !m.At.Before(p.start) && !m.At.After(p.end) {
			parts = append(parts, "┊ "+p.clock(m.At)+" "+oneLine(m.Say, 60))
		}
	}
	var b strings.Builder
	for _, line := range wrap(strings.Join(parts, " · "), s.width()-p.labels-3) {
		b.WriteString(strings.Repeat(" ", p.labels+3) + line + "\n")
	}
	return b.String()
}

// clock spells a time as finely as the chart needs it.
func (p *plot) clock(at time.Time) string {
	switch span := p.end.Sub(p.start); {
	case span >= 20*time.Hour:
		return at.UTC().Format("2 Jan 15:04")
	case span < 10*time.Minute:
		return at.UTC().Format("15:04:05")
	}
	return at.UTC().Format("15:04")
}

// number writes a value with three digits that count.
func number(v float64) string {
	size := math.Abs(v)
	for _, unit := range []struct {
		of   float64
		name string
	}{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e4, "k"}} {
		if size >= unit.of {
			of := unit.of
			if unit.name == "k" {
				of = 1e3
			}
			return strconv.FormatFloat(v/of, 'f', decimals(size/of), 64) + unit.name
		}
	}
	if size > 0 && size < 1e-4 {
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
	return strconv.FormatFloat(roundTo3(v), 'f', -1, 64)
}

func decimals(size float64) int {
	switch {
	case size >= 100:
		return 0
	case size >= 10:
		return 1
	}
	return 2
}

func roundTo3(v float64) float64 {
	if v == 0 {
		return 0
	}
	if math.Abs(v) >= 100 {
		return math.Round(v)
	}
	scale := math.Pow(10, 2-math.Floor(math.Log10(math.Abs(v))))
	return math.Round(v*scale) / scale
}

func median(steps []time.Duration) time.Duration {
	slices.Sort(steps)
	return steps[len(steps)/2]
}
