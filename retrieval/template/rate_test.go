package template

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestTimesFarApartAreCounted(t *testing.T) {
	at := time.Date(2026, 11, 20, 3, 10, 0, 0, time.UTC).UnixNano()
	for name, odd := range map[string]int64{
		"1970": 0, "1724": -7_730_000_000_000_000_000, "2190": 6_960_000_000_000_000_000, "2262": math.MaxInt64, "the first there is": math.MinInt64,
	} {
		for _, order := range [][2]int64{{at, odd}, {odd, at}} {
			var r rate
			r.add(order[0], 1)
			r.add(order[1], 1)
			n := uint32(0)
			for _, c := range r.n {
				n += c
			}
			want := uint32(1)
			if odd >= 0 && odd <= lastCounted {
				want = 2
			}
			assert.Equal(t, want, n, "%s, %v", name, order)
		}
	}
}
