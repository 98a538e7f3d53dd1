package postgres

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgtype"
	"golang.org/x/text/unicode/norm"

	"github.com/pipewright/pipewright/internal/sqlstore"
)

// text searches a GIN index over words that were cut here and not by the server's own
// parser, so that both stores find the same lines. Ranked by the server's ts_rank,
// divided by 1 + the logarithm of the record's length.
var text = sqlstore.Text{
	Expr:  expression,
	Holds: `lines.words @@ ?::tsquery`,
	Fits:  `lines.words @@ $1::tsquery`,
	Score: `ts_rank(lines.words, $1::tsquery, 1)`,
}

// expression turns words into a tsquery: each is a phrase of its parts.
func expression(words []sqlstore.Word, all bool) (expr string, ok bool) {
	var phrases []string
	for _, w := range words {
		parts := split(w.Text)
		if len(parts) == 0 {
			continue
		}
		for i, p := range parts {
			parts[i] = "'" + p + "'" // of letters and digits only
		}
		if w.Prefix {
			parts[len(parts)-1] += ":*"
		}
		phrases = append(phrases, "("+strings.Join(parts, " <-> ")+")")
	}
	join := " | "
	if all {
		join = " & "
	}
	return strings.Join(phrases, join), len(phrases) > 0
}

// longestWord is the longest lexeme that PostgreSQL keeps, in bytes.
const longestWord = 2046

// split cuts text into words as SQLite's unicode61 does: letters, numbers and private
// use are kept, in lower case and without diacritics, and all else separates them.
func split(text string) (out []string) {
	if !ascii(text) {
		text = norm.NFD.String(text)
	}
	var word []byte
	end := func() {
		if len(word) > 0 {
			out = append(out, cut(string(word)))
			word = word[:0]
		}
	}
	for _, r := range text {
		switch {
		case sqlstore.Searchable(r):
			word = utf8.AppendRune(word, unicode.ToLower(r))
		case !unicode.Is(unicode.Mn, r):
			end()
		}
	}
	end()
	return out
}

func ascii(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func cut(word string) string {
	if len(word) <= longestWord {
		return word
	}
	end := longestWord
	for !utf8.RuneStart(word[end]) {
		end--
	}
	return word[:end]
}

// What one tsvector can hold: positions up to 16,383, 256 of one word, and 1 MiB in all,
// which the words of this many bytes of text cannot exceed.
const (
	lastPosition = 16383
	mostOfOne    = 255
	searchedText = 384 << 10
)

// index is the words of a record with where they stand. Of a long record its head and its
// tail are searched, and phrases only in its first 16,383 words.
func index(record string) pgtype.TSVector {
	words := split(record)
	if len(record) > searchedText {
		words = append(split(record[:searchedText/2]), split(record[len(record)-searchedText/2:])...)
	}
	at := make(map[string]int, len(words))
	lexemes := make([]pgtype.TSVectorLexeme, 0, len(words))
	for i, w := range words {
		n, met := at[w]
		if !met {
			n = len(lexemes)
			at[w] = n
			lexemes = append(lexemes, pgtype.TSVectorLexeme{Word: w})
		}
		position := pgtype.TSVectorPosition{Position: uint16(min(i+1, lastPosition)), Weight: pgtype.TSVectorWeightD} //nolint:gosec // bounded
		if l := &lexemes[n]; len(l.Positions) < mostOfOne && (len(l.Positions) == 0 || l.Positions[len(l.Positions)-1] != position) {
			l.Positions = append(l.Positions, position)
		}
	}
	return pgtype.TSVector{Lexemes: lexemes, Valid: true}
}
