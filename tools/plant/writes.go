package plant

import (
	"fmt"
	"strconv"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// writes is what a job's description says of the output of its newest run.
func writes(target pipewright.ResourceID, state map[string]string) *tools.Writes {
	w := &tools.Writes{Mode: tools.WriteMode(state["writes"])}
	rows, err := strconv.ParseFloat(state["part_rows"], 64)
	table := pipewright.ResourceID(state["writes_into"])
	if table == "" {
		return w
	}
	whole := state["part_marker"] != "" && state["part_run"] != state["failed"] // of an earlier run
	if err != nil || whole {                                                    // nothing of a failed run lies there
		w.Landed = []tools.Landed{{Table: table, Exact: true}}
		return w
	}
	w.Run, w.Marker = state["part_run"], tools.No
	w.Began, _ = time.Parse(time.RFC3339, state["part_began"]) // absent: not known
	if state["part_marker"] != "" {
		w.Marker = tools.Yes
	}
	of, _ := strconv.ParseFloat(state["part_whole"], 64) // absent: not known
	l := tools.Landed{Table: table, Part: state["part"], Rows: rows, Of: of, Exact: true}
	l.Evidence = []pipewright.Evidence{{Source: table, Kind: pipewright.MetricEvidence, Query: "rows loaded into " + string(table) + " by run " + w.Run, Start: w.Began,
		Excerpt: fmt.Sprintf("%.0f of %.0f rows of %s", rows, of, l.Part)}}
	w.Landed = []tools.Landed{l}
	if w.Marker == tools.No {
		w.Evidence = []pipewright.Evidence{{Source: target, Kind: pipewright.TraceEvidence, Query: "marker _SUCCESS of " + l.Part, Start: w.Began, Excerpt: "no _SUCCESS marker of " + l.Part}}
	}
	return w
}
