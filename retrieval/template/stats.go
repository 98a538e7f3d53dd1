package template

import (
	"slices"
	"strings"
)

// Level is how severe a line is; a template has the most severe level of its lines.
type Level uint8

// Levels, in order.
const (
	Unknown Level = iota
	Debug
	Info
	Warning
	Error
	Fatal
)

const (
	sampleAll   = 48  // lines of a shape whose values are all looked at; after that each 2^n-th
	maxExamples = 3   // lines kept word for word
	maxExample  = 400 // bytes of each
	maxValues   = 32  // distinct values kept for a column
	maxValue    = 100 // bytes of each
)

// stats is what is kept of the lines of a shape.
type stats struct {
	count       uint64
	first, last int64 // unix nanoseconds, 0 when no line had a time
	level       Level
	examples    []string
	values      [][]string // by column: distinct words seen where there is a hole
	rate        rate
}

// seenAt notes the time of a line.
func (s *stats) seenAt(at int64) {
	if s.first == 0 || at < s.first {
		s.first = at
	}
	s.last = max(s.last, at)
	s.rate.add(at, 1)
}

// sample keeps a line as an example, and the words that fill the holes of its shape.
func (s *shape) sample(line []byte, masked string) {
	if len(s.examples) < maxExamples {
		text := strings.ToValidUTF8(string(line[:min(len(line), maxExample)]), "\uFFFD")
		if !slices.Contains(s.examples, text) {
			s.examples = append(s.examples, text)
		}
	}
	words := s.tokens
	if s.pattern {
		words = tokenise(masked)
	}
	filling := fillings(string(line), masked)
	if s.values == nil {
		s.values = make([][]string, len(s.tokens))
	}
	for col, t := range s.tokens {
		if strings.IndexByte(t.text, hole) >= 0 && col < len(words) {
			s.values[col] = keep(s.values[col], fill(words[col], filling))
		}
	}
}

// keep adds a value to a bounded set.
func keep(vs []string, v string) []string {
	if v == "" || len(vs) >= maxValues || slices.Contains(vs, v) {
		return vs
	}
	return append(vs, strings.Clone(strings.ToValidUTF8(v[:min(len(v), maxValue)], "\uFFFD")))
}

// fillings aligns a line with its masked form: what stands in each hole.
func fillings(line, masked string) []string {
	parts := strings.Split(masked, holeText)
	var out []string
	rest := line[min(len(parts[0]), len(line)):]
	for _, part := range parts[1:] {
		end := len(rest)
		if part != "" && len(rest) > 1 {
			if i := strings.Index(rest[1:], part); i >= 0 {
				end = i + 1
			}
		}
		out = append(out, rest[:end])
		rest = rest[min(end+len(part), len(rest)):]
	}
	return out
}

// fill is the word with its holes filled.
func fill(t token, filling []string) string {
	parts := strings.Split(t.text, holeText)
	var b strings.Builder
	b.WriteString(parts[0])
	for i, part := range parts[1:] {
		if k := t.at + i; k < len(filling) {
			b.WriteString(filling[k])
		}
		b.WriteString(part)
	}
	return b.String()
}

// absorb takes in the counts of another shape; values are gathered by columns apart.
func (s *stats) absorb(o *stats) {
	if s.first == 0 || o.first != 0 && o.first < s.first {
		s.first = o.first
	}
	s.count, s.last, s.level = s.count+o.count, max(s.last, o.last), max(s.level, o.level)
	for _, e := range o.examples {
		if len(s.examples) < maxExamples && !slices.Contains(s.examples, e) {
			s.examples = append(s.examples, e)
		}
	}
	s.rate.merge(o.rate)
}

// gather collects the values of the columns of a pattern from the shapes in it.
func gather(pattern []token, members []*shape) [][]string {
	out := make([][]string, len(pattern))
	for _, s := range members {
		cols := columns(s.tokens, len(pattern))
		for col, from := range cols {
			if strings.IndexByte(pattern[col].text, hole) < 0 {
				continue
			}
			if t := s.tokens[from]; strings.IndexByte(t.text, hole) < 0 {
				out[col] = keep(out[col], t.text)
			} else if from < len(s.values) {
				for _, v := range s.values[from] {
					out[col] = keep(out[col], v)
				}
			}
		}
	}
	return out
}

// columns is where the words of a pattern with n of them stand in toks, nil when they do not.
func columns(toks []token, n int) []int {
	if len(toks) == n {
		all := make([]int, n)
		for i := range all {
			all[i] = i
		}
		return all
	}
	if kept := collapse(toks); len(kept) == n {
		return kept
	}
	return nil
}
