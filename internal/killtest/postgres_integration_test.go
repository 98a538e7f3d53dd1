//go:build unix && integration

package killtest

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pipewright/pipewright/internal/storetest"
)

// TestKillOnPostgres is TestKill over a real PostgreSQL, which now and then breaks all
// connections in the middle: the loop connects anew and nothing is lost or done twice.
func TestKillOnPostgres(t *testing.T) {
	w := startWorld(t, *seed, "--latency", latency.String())
	h := makeHome(t, w.url)
	h.db = withoutPassword(t, storetest.Database(t))
	h.move(t, w.url)
	killAgainAndAgain(t, w, h)
}

// withoutPassword moves the password of a URL to where libpq's programs look for it: the
// configuration wants none in a URL.
func withoutPassword(t *testing.T, at string) string {
	u, err := url.Parse(at)
	require.NoError(t, err)
	if password, ok := u.User.Password(); ok {
		t.Setenv("PGPASSWORD", password)
		u.User = url.User(u.User.Username())
	}
	return u.String()
}
