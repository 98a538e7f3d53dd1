package sqlite

import (
	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/sqlstore"
)

// putPoints stores samples; one that repeats what is there is not fresh.
func putPoints(g *sqlstore.Ingestion, list []pipewright.Point) (fresh []pipewright.Point, err error) {
	samples, err := g.Samples(list)
	if err != nil {
		return nil, err
	}
	for _, s := range samples {
		n, err := g.Exec(`INSERT INTO points (series, at, value) VALUES (?, ?, ?)
			ON CONFLICT (series, at) DO UPDATE SET value = excluded.value WHERE value <> excluded.value`, s.Series, sqlstore.Nanos(s.Point.At), s.Point.Value)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			fresh = append(fresh, s.Point)
		}
	}
	return fresh, nil
}
