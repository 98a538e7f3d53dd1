package sqlite

import (
	"slices"
	"strings"

	"github.com/pipewright/pipewright/internal/block"
	"github.com/pipewright/pipewright/internal/sqlstore"
)

// phrases are the words of a query as they are looked for.
func phrases(words []sqlstore.Word) []block.Phrase {
	out := make([]block.Phrase, len(words))
	for i, w := range words {
		out[i] = block.NewPhrase(w.Text, w.Prefix)
	}
	return out
}

// match is an expression of FTS5 for the blocks that hold all words of the query, and its
// run.
func match(q sqlstore.LineQuery) string {
	var terms []string
	for _, p := range phrases(q.Words) {
		if p.Empty() {
			return `""` // nothing fits
		}
		terms = append(terms, p.Terms())
	}
	if q.Run != "" {
		terms = append(terms, `"`+block.RunTerm(q.Run)+`"`)
	}
	return strings.Join(terms, " AND ")
}

// headQuery selects the blocks of a resource, or of all, that may hold what fits whatever
// its words, in order of time; partial leaves out those that fit as a whole.
func headQuery(q sqlstore.LineQuery, resource *int64, partial bool) (query string, args []any) {
	conds := headConds(q, resource)
	if whole, args := wholeCond(q); partial && whole != `0` {
		conds.add(`NOT (`+whole+`)`, args...)
	}
	order, index := ` ORDER BY first_at`, "_start"
	if q.Newest {
		order, index = ` ORDER BY last_at DESC`, "_end"
	}
	if resource != nil {
		index = "_resource" + index
	}
	return headColumns + ` INDEXED BY line_blocks_by` + index + conds.where() + order, conds.args
}

// wholeQuery counts the records of the blocks that fit as a whole, as far as their heads
// tell.
func wholeQuery(q sqlstore.LineQuery, resource *int64) (string, []any) {
	conds := headConds(q, resource)
	whole, args := wholeCond(q)
	conds.add(whole, args...)
	return `SELECT coalesce(sum(n), 0) FROM line_blocks` + conds.where(), conds.args
}

// conditions are of a query over heads.
type conditions struct {
	conds []string
	args  []any
}

func (c *conditions) add(cond string, args ...any) {
	c.conds, c.args = append(c.conds, cond), append(c.args, args...)
}

func (c *conditions) where() string {
	if len(c.conds) == 0 {
		return ""
	}
	return ` WHERE ` + strings.Join(c.conds, ` AND `)
}

func headConds(q sqlstore.LineQuery, resource *int64) (c conditions) {
	f := filterOf(q)
	if resource != nil {
		c.add(`id >> 36 = ?`, *resource)
	}
	if f.from {
		c.add(`last_at >= ?`, f.start)
	}
	if f.until {
		c.add(`first_at < ?`, f.end)
	}
	if f.ranged {
		c.add(`id & ? >= ? AND first & ? <= ?`, int64(sqlstore.LineMask), f.first, int64(sqlstore.LineMask), f.last)
	}
	if len(q.Levels) > 0 {
		c.add(`levels & ? <> 0`, levelBits(q))
	}
	return c
}

// wholeCond is true for blocks all of whose records fit.
func wholeCond(q sqlstore.LineQuery) (cond string, args []any) {
	c := conditions{conds: []string{`1`}}
	f := filterOf(q)
	if len(q.Words) > 0 || q.Run != "" {
		return `0`, nil
	}
	if f.from {
		c.add(`first_at >= ?`, f.start)
	}
	if f.until {
		c.add(`last_at < ?`, f.end)
	}
	if f.ranged {
		c.add(`first & ? >= ? AND id & ? <= ?`, int64(sqlstore.LineMask), f.first, int64(sqlstore.LineMask), f.last)
	}
	if len(q.Levels) > 0 {
		c.add(`levels & ? = 0`, ^levelBits(q)|otherLevel) // several levels are the other
	}
	return strings.Join(c.conds, ` AND `), c.args
}

func levelBits(q sqlstore.LineQuery) (bits int) {
	for _, l := range q.Levels {
		bits |= levelBit(string(l))
	}
	return bits
}

// lineFilter is what a record must be beside its words.
type lineFilter struct {
	start, end  int64
	from, until bool // there is a start, an end
	ranged      bool
	first, last int64
	run         string
	levels      []string
	bits        int // of the levels
}

func filterOf(q sqlstore.LineQuery) lineFilter {
	f := lineFilter{
		start: sqlstore.Nanos(q.Window.Start), from: !q.Window.Start.IsZero(),
		end: sqlstore.Nanos(q.Window.End), until: !q.Window.End.IsZero(),
		ranged: q.FirstLine != 0 || q.LastLine != 0, first: max(q.FirstLine, 0), last: min(q.LastLine, sqlstore.LineMask), run: q.Run, bits: levelBits(q),
	}
	if f.last <= 0 {
		f.last = sqlstore.LineMask
	}
	for _, l := range q.Levels {
		f.levels = append(f.levels, string(l))
	}
	return f
}

func (f *lineFilter) fits(l *block.Line) bool {
	return (!f.from || l.At >= f.start) && (!f.until || l.At < f.end) && (!f.ranged || l.Number >= f.first && l.Number <= f.last) &&
		(f.run == "" || l.Run == f.run) && (len(f.levels) == 0 || slices.Contains(f.levels, l.Level))
}
