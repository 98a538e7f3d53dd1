package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	pipewright "github.com/pipewright/pipewright"
)

const (
	sampleRows    = 2000 // rows looked at, the first ones of the table: they stay the same for long
	sampleHashes  = 64   // kept for each column
	sampleColumns = 100  // of one table
	sampleTimeout = "1500ms"
	sampleLock    = "250ms"
)

// unsampled are types whose values are costly to read and say little.
var unsampled = []string{"bytea", "json", "jsonb", "xml", "tsvector", "boolean"}

// sampled returns the columns with samples: of the distinct values among the
// first rows, the 64 smallest hashes. Smallest, because two samples of one column
// taken at different times then hold the same values, which random ones would
// not. The server hashes; the table's name is hashed in, so that samples of two
// tables cannot be compared. Who holds the hashes can still try out guesses of
// values that have few possibilities. When the table cannot be read in time (a
// lock is held) the columns come without samples, and with the error.
func (c *Client) sampled(ctx context.Context, t observedTable) ([]pipewright.Column, error) {
	columns := slices.Clone(t.Columns)
	query, at := sampleSQL(t)
	if len(at) == 0 {
		return columns, nil
	}
	err := c.read(ctx, "sample "+t.name(), func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL statement_timeout = '"+sampleTimeout+"'; SET LOCAL lock_timeout = '"+sampleLock+"'"); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, query, t.name()+"\x1f")
		if err != nil {
			return err
		}
		var n int
		var hashes []string
		_, err = pgx.ForEachRow(rows, []any{&n, &hashes}, func() error {
			columns[at[n]].Sample = slices.Clone(hashes)
			return nil
		})
		return err
	})
	return columns, err
}

// sampleSQL returns the query and, for each of its rows, which column it is of.
func sampleSQL(t observedTable) (query string, at []int) {
	var from, each []string
	for i, col := range t.Columns {
		base, _, _ := strings.Cut(col.Type, "(")
		if slices.Contains(unsampled, base) || len(at) == sampleColumns {
			continue
		}
		n := len(at)
		from = append(from, fmt.Sprintf("left(%s::text, 1000) AS c%d", quote(col.Name), n))
		each = append(each, fmt.Sprintf("SELECT %d, ARRAY(SELECT DISTINCT left(encode(sha256(convert_to($1::text || c%d, 'UTF8')), 'hex'), 16) AS h FROM s WHERE c%d IS NOT NULL ORDER BY h LIMIT %d)",
			n, n, n, sampleHashes))
		at = append(at, i)
	}
	return fmt.Sprintf("WITH s AS MATERIALIZED (SELECT %s FROM %s LIMIT %d)\n%s",
		strings.Join(from, ", "), quote(t.Schema, t.Table), sampleRows, strings.Join(each, "\nUNION ALL ")), at
}

func quote(parts ...string) string { return pgx.Identifier(parts).Sanitize() }

// digest names a list of columns by their names and types, in order.
func digest(columns []pipewright.Column) string {
	list := make([][2]string, len(columns))
	for i, c := range columns {
		list[i] = [2]string{c.Name, c.Type}
	}
	b, _ := json.Marshal(list) // strings always encode
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}
