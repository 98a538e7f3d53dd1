package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// day is the span of one partition in nanoseconds.
const day = int64(24 * time.Hour)

// lastDay is the last that ends within what a column can hold.
const lastDay = math.MaxInt64/day - 1

// mostPartitions bounds the partitions of a table: records whose clocks say otherwise go
// into its default partition.
const mostPartitions = 1000

// days are those that a list touches since 1970, in order. Other times, and one that is
// not known, are kept in the default partition.
func days[T any](list []T, at func(T) int64) (out []int64) {
	met := map[int64]bool{}
	for _, v := range list {
		if t := at(v); t >= 0 && t < lastDay*day && !met[t/day] {
			met[t/day] = true
			out = append(out, t/day)
		}
	}
	slices.Sort(out)
	return out
}

func partitionName(table string, d int64) string {
	return table + "_" + time.Unix(0, d*day).UTC().Format("20060102")
}

// partition makes the partitions of days that have none yet.
func partition(ctx context.Context, conn *pgx.Conn, table string, days []int64) error {
	rows, err := conn.Query(ctx, listPartitions, table)
	if err != nil {
		return err
	}
	there, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	n := len(there)
	for _, d := range days {
		if name := partitionName(table, d); n < mostPartitions && !slices.Contains(there, name) {
			made, err := makePartition(ctx, conn, table, name, d)
			if err != nil {
				return err
			}
			n += made
		}
	}
	return nil
}

// makePartition makes the partition of a day, unless the default one has records of it
// already, from when there were too many.
func makePartition(ctx context.Context, conn *pgx.Conn, table, name string, d int64) (made int, err error) {
	var taken bool
	err = conn.QueryRow(ctx, fmt.Sprintf(`SELECT EXISTS (SELECT 1 FROM %s_rest WHERE at >= $1 AND at < $2)`, table), d*day, (d+1)*day).Scan(&taken)
	if err != nil || taken {
		return 0, err
	}
	_, err = conn.Exec(ctx, fmt.Sprintf(`CREATE TABLE %s PARTITION OF %s FOR VALUES FROM (%d) TO (%d)`, name, table, d*day, (d+1)*day))
	return 1, err
}

// dropDays drops the partitions that end by a moment.
func dropDays(ctx context.Context, tx *sql.Tx, before time.Time) error {
	for _, table := range []string{"lines", "points"} {
		names, err := partitionsOf(ctx, tx, table)
		if err != nil {
			return err
		}
		first := partitionName(table, before.UnixNano()/day)
		for _, name := range names {
			if name < first { // they sort by day, and the default one after all of them
				if _, err := tx.ExecContext(ctx, `DROP TABLE `+name); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func partitionsOf(ctx context.Context, tx *sql.Tx, table string) (names []string, err error) {
	rows, err := tx.QueryContext(ctx, listPartitions, table)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

const listPartitions = `SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass($1)`
