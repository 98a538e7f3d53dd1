package retrieval

import (
	"context"

	pipewright "github.com/pipewright/pipewright"
)

// SeriesStore reads metrics.
type SeriesStore interface {
	Series(ctx context.Context, resource pipewright.ResourceID) ([]pipewright.SeriesName, error)
	Points(ctx context.Context, q pipewright.PointQuery) ([]pipewright.Point, error)
}

// Windows are the documents of a window of every series that moved in it: rose, fell or
// jumped about. Steady ones say nothing that is worth a vector.
func Windows(ctx context.Context, store SeriesStore, w pipewright.Window) (out []Document, err error) {
	series, err := store.Series(ctx, "")
	if err != nil {
		return nil, err
	}
	for _, name := range series {
		points, err := store.Points(ctx, pipewright.PointQuery{Resource: name.Resource, Metric: name.Metric, Window: w})
		if err != nil {
			return nil, err
		}
		if s, ok := ShapeOf(points, w); ok && s.moved() {
			out = append(out, OfWindow(name, w, s))
		}
	}
	return out, nil
}
