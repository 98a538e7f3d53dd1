package sqlite

import (
	"strings"

	"github.com/pipewright/pipewright/internal/sqlstore"
)

// text searches with FTS5, ranked by BM25 (Robertson and Zaragoza, "The
// Probabilistic Relevance Framework", 2009; k1 1.2, b 0.75).
var text = sqlstore.Text{
	Expr:  match,
	Holds: `lines.id IN (SELECT rowid FROM lines_text WHERE lines_text MATCH ?)`,
	From:  `lines_text JOIN lines ON lines.id = lines_text.rowid`,
	Fits:  `lines_text MATCH $1`,
	Score: `-bm25(lines_text)`, // SQLite's is better the lower it is
}

// match turns words into a full-text expression. Each becomes a quoted phrase, so
// that nothing in it is read as the index's own syntax.
func match(words []sqlstore.Word, all bool) (expr string, ok bool) {
	terms := make([]string, len(words))
	for i, w := range words {
		terms[i] = `"` + strings.ReplaceAll(w.Text, `"`, `""`) + `"`
		if w.Prefix {
			terms[i] += " *"
		}
	}
	join := " OR "
	if all {
		join = " AND "
	}
	return strings.Join(terms, join), len(terms) > 0
}
