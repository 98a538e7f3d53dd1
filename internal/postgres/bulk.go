package postgres

import (
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/sqlstore"
)

// raw runs f on the connection of a batch's transaction: COPY and arrays are beyond
// database/sql.
func raw(g *sqlstore.Ingestion, f func(*pgx.Conn) error) error {
	return g.Conn.Raw(func(driver any) error {
		conn, ok := driver.(*stdlib.Conn)
		if !ok {
			return errors.New("the connection is not one of pgx")
		}
		return f(conn.Conn())
	})
}

// arrival is a log record on its way in.
type arrival struct {
	resource int64
	uid      [16]byte
	line     pipewright.LogLine
}

// putLines stores log records that are not there yet, by COPY, and numbers them.
func putLines(g *sqlstore.Ingestion, list []pipewright.LogLine) (fresh []pipewright.LogLine, err error) {
	if len(list) == 0 {
		return nil, nil
	}
	again := map[[16]byte]uint64{}
	arrivals := make([]arrival, 0, len(list))
	for _, l := range list {
		resource, err := g.Observe(l.Resource, sqlstore.Nanos(l.At))
		if err != nil {
			return nil, err
		}
		uid := sqlstore.LineUID(resource, l, again)
		l.At, l.Text = sqlstore.Moment(sqlstore.Nanos(l.At)), sqlstore.Clean(l.Text)
		arrivals = append(arrivals, arrival{resource, uid, l})
	}
	err = raw(g, func(conn *pgx.Conn) error {
		if arrivals, err = unknown(g, conn, arrivals); err != nil || len(arrivals) == 0 {
			return err
		}
		if err := numberLines(g, conn, arrivals); err != nil {
			return err
		}
		if err := partition(g.Ctx, conn, "lines", days(arrivals, func(a arrival) int64 { return sqlstore.Nanos(a.line.At) })); err != nil {
			return err
		}
		return copyLines(g, conn, arrivals)
	})
	for _, a := range arrivals {
		fresh = append(fresh, a.line)
	}
	return fresh, err
}

// unknown claims the names of records and leaves out those whose name was taken before.
func unknown(g *sqlstore.Ingestion, conn *pgx.Conn, list []arrival) (out []arrival, err error) {
	uids := make([]pgtype.UUID, len(list))
	times := make([]int64, len(list))
	for i, a := range list {
		uids[i], times[i] = pgtype.UUID{Bytes: a.uid, Valid: true}, sqlstore.Nanos(a.line.At)
	}
	rows, err := conn.Query(g.Ctx, `INSERT INTO line_uids (uid, at) SELECT * FROM unnest($1::uuid[], $2::bigint[])
		ON CONFLICT DO NOTHING RETURNING uid`, uids, times)
	if err != nil {
		return nil, err
	}
	taken, err := pgx.CollectRows(rows, pgx.RowTo[pgtype.UUID])
	if err != nil {
		return nil, err
	}
	free := make(map[[16]byte]bool, len(taken))
	for _, u := range taken {
		free[u.Bytes] = true
	}
	for _, a := range list {
		if free[a.uid] {
			delete(free, a.uid) // the next of the same name in this batch is none
			out = append(out, a)
		}
	}
	return out, nil
}

// numberLines gives records their numbers within their resources, in order of arrival.
func numberLines(g *sqlstore.Ingestion, conn *pgx.Conn, list []arrival) error {
	var ids, counts []int64
	place := map[int64]int{}
	for _, a := range list {
		i, met := place[a.resource]
		if !met {
			i = len(ids)
			place[a.resource] = i
			ids, counts = append(ids, a.resource), append(counts, 0)
		}
		counts[i]++
	}
	rows, err := conn.Query(g.Ctx, `UPDATE resources SET lines = lines + more FROM unnest($1::bigint[], $2::bigint[]) AS v (resource, more)
		WHERE resources.id = v.resource RETURNING id, lines - more`, ids, counts)
	if err != nil {
		return err
	}
	last := map[int64]int64{}
	var id, before int64
	if _, err := pgx.ForEachRow(rows, []any{&id, &before}, func() error { last[id] = before; return nil }); err != nil {
		return err
	}
	for i := range list {
		last[list[i].resource]++
		list[i].line.Line = last[list[i].resource]
	}
	return nil
}

var lineColumns = []string{"id", "resource", "at", "level", "run", "text", "words"}

func copyLines(g *sqlstore.Ingestion, conn *pgx.Conn, list []arrival) error {
	_, err := conn.CopyFrom(g.Ctx, pgx.Identifier{"lines"}, lineColumns,
		pgx.CopyFromSlice(len(list), func(i int) ([]any, error) {
			a := &list[i]
			return []any{a.resource<<sqlstore.LineBits | a.line.Line, a.resource, sqlstore.Nanos(a.line.At), string(a.line.Level), sqlstore.Clean(a.line.Run), a.line.Text, index(a.line.Text)}, nil
		}))
	return err
}

// putPoints stores samples; one that repeats what is there is not fresh.
func putPoints(g *sqlstore.Ingestion, list []pipewright.Point) (fresh []pipewright.Point, err error) {
	samples, err := g.Samples(list)
	if err != nil || len(samples) == 0 {
		return nil, err
	}
	err = raw(g, func(conn *pgx.Conn) error {
		if err := partition(g.Ctx, conn, "points", days(samples, func(s sqlstore.Sample) int64 { return sqlstore.Nanos(s.Point.At) })); err != nil {
			return err
		}
		changed := make([]bool, len(samples))
		for _, round := range rounds(samples) {
			if err := upsert(g, conn, samples, round, changed); err != nil {
				return err
			}
		}
		for i, s := range samples {
			if changed[i] {
				fresh = append(fresh, s.Point)
			}
		}
		return nil
	})
	return fresh, err
}

// instant is the key of a sample.
type instant struct{ series, at int64 }

func instantOf(s sqlstore.Sample) instant { return instant{s.Series, sqlstore.Nanos(s.Point.At)} }

// rounds splits samples, by their place in the list, so that no round has two of one
// instant: a statement may change a row only once, and a later value replaces an earlier.
func rounds(samples []sqlstore.Sample) (out [][]int) {
	met := make(map[instant]int, len(samples))
	for i, s := range samples {
		n := met[instantOf(s)]
		met[instantOf(s)]++
		if n == len(out) {
			out = append(out, nil)
		}
		out[n] = append(out[n], i)
	}
	return out
}

func upsert(g *sqlstore.Ingestion, conn *pgx.Conn, samples []sqlstore.Sample, round []int, changed []bool) error {
	series, times, values := make([]int64, len(round)), make([]int64, len(round)), make([]float64, len(round))
	place := make(map[instant]int, len(round))
	for n, i := range round {
		k := instantOf(samples[i])
		series[n], times[n], values[n], place[k] = k.series, k.at, samples[i].Point.Value, i
	}
	rows, err := conn.Query(g.Ctx, `INSERT INTO points (series, at, value) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::float8[])
		ON CONFLICT (series, at) DO UPDATE SET value = excluded.value WHERE points.value <> excluded.value RETURNING series, at`, series, times, values)
	if err != nil {
		return err
	}
	var k instant
	_, err = pgx.ForEachRow(rows, []any{&k.series, &k.at}, func() error { changed[place[k]] = true; return nil })
	return err
}
