// Package tools says what a tool is: something with a name, an effect, a schema
// and a function. Read tools answer questions, probes answer yes or no,
// actuators change the world. The packages below it hold one outside system
// each; they import this package and the nouns, and never each other.
package tools

import (
	"context"

	pipewright "github.com/pipewright/pipewright"
)

// Telemetry is what intake stored, as tools, diagnosis and verification see it.
// Any store serves it; an empty result is not an error.
type Telemetry interface {
	LogReader
	PointReader
	RunReader
	ChangeReader
	ResourceReader
}

// The parts of Telemetry, for callers that need only one.
type (
	// LogReader reads stored log lines.
	LogReader interface {
		Logs(ctx context.Context, q pipewright.LogQuery) ([]pipewright.LogLine, error)
		CountLogs(ctx context.Context, q pipewright.LogQuery) (int, error) // ignores Limit
	}
	// PointReader reads metric points and the names of their series.
	PointReader interface {
		Points(ctx context.Context, q pipewright.PointQuery) ([]pipewright.Point, error)
		Series(ctx context.Context, resource pipewright.ResourceID) ([]pipewright.SeriesName, error) // empty resource: all
	}
	// RunReader reads runs.
	RunReader interface {
		Runs(ctx context.Context, q pipewright.RunQuery) ([]pipewright.Run, error)
	}
	// ChangeReader reads changes and schema snapshots.
	ChangeReader interface {
		Changes(ctx context.Context, q pipewright.ChangeQuery) ([]pipewright.Change, error)
		// Schemas returns the newest n snapshots of a table in the window, oldest first.
		Schemas(ctx context.Context, table pipewright.ResourceID, w pipewright.Window, n int) ([]pipewright.Schema, error)
	}
	// ResourceReader reads observed resources and their lineage.
	ResourceReader interface {
		Resources(ctx context.Context) ([]pipewright.Resource, error) // sorted by id
		Lineage(ctx context.Context) (pipewright.Topology, error)
	}
)
