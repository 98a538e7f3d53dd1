package terminal

import (
	"fmt"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// Figure draws a figure with one row a step, and says what it shows.
func (s Style) Figure(f pipewright.Figure) string {
	var b strings.Builder
	b.WriteString(s.bold(pipewright.Visible(f.Title)) + "\n")
	if f.Drawn() {
		b.WriteString(s.dim(figureKey(f)) + "\n")
	}
	names := 0
	for _, step := range f.Steps {
		names = max(names, columns(step))
	}
	for i, step := range f.Steps {
		if !f.Drawn() {
			break
		}
		row, say := s.figureRow(f, i)
		b.WriteString(s.fit(fmt.Sprintf("  %s%s%s %s", pad(step, names+1), pad(fmt.Sprintf("n=%d", f.Counts[i]), 7), row, s.dim(say))) + "\n")
	}
	for _, line := range wrap(f.Say, s.width()) {
		b.WriteString(line + "\n")
	}
	return b.String()
}

// figureColumns is how long a row is: two points of a hundred a column.
const figureColumns = 50

// shades are those of stacked shares, in order.
var shades = []string{"█", "▒", "░"}

func figureKey(f pipewright.Figure) string {
	if f.Kind != pipewright.FigureAutonomy {
		return fmt.Sprintf("  0 to 100 %%: ● %s, ─ its 95 %% interval, │ predicted; by %s", f.Series[0].Name, f.X)
	}
	var parts []string
	for i, x := range f.Series {
		parts = append(parts, shades[i%len(shades)]+" "+x.Name)
	}
	return "  " + strings.Join(parts, ", ") + "; by " + f.X
}

// figureRow is a step as a row of columns, and in numbers.
func (s Style) figureRow(f pipewright.Figure, step int) (row, say string) {
	if f.Kind == pipewright.FigureAutonomy {
		return s.stacked(f, step)
	}
	cells := []rune(strings.Repeat("·", figureColumns+1))
	at := func(v float64) int { return int(min(max(v, 0), 1)*figureColumns + .5) }
	is := f.Series[0]
	say = percent(is.Values[step])
	if len(is.Low) > 0 {
		for c := at(is.Low[step]); c <= at(is.High[step]); c++ {
			cells[c] = '─'
		}
		say += fmt.Sprintf(" (%.0f to %.0f)", 100*is.Low[step], 100*is.High[step])
	}
	for _, other := range f.Series[1:] {
		cells[at(other.Values[step])] = '│'
		say += ", " + other.Name + " " + percent(other.Values[step])
	}
	cells[at(is.Values[step])] = '●'
	return string(cells), say
}

func (s Style) stacked(f pipewright.Figure, step int) (row, say string) {
	from, sum := 0, 0.0
	var parts []string
	for i, x := range f.Series {
		sum += x.Values[step]
		to := int(sum*figureColumns + .5)
		row += strings.Repeat(shades[i%len(shades)], max(to-from, 0))
		from = max(to, from)
		if x.Values[step] > 0 {
			parts = append(parts, percent(x.Values[step])+" "+x.Name)
		}
	}
	return row + strings.Repeat(" ", max(figureColumns+1-from, 0)), strings.Join(parts, ", ")
}
