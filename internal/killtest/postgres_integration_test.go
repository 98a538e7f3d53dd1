//go:build unix && integration

package killtest

import (
	"testing"

	"github.com/pipewright/pipewright/internal/storetest"
)

// TestKillOnPostgres is TestKill over a real PostgreSQL, which now and then breaks all
// connections in the middle: the loop connects anew and nothing is lost or done twice.
func TestKillOnPostgres(t *testing.T) {
	w := startWorld(t, *seed, "--latency", latency.String())
	h := makeHome(t, w.url)
	h.db = storetest.Database(t)
	h.move(t, w.url)
	killAgainAndAgain(t, w, h)
}
