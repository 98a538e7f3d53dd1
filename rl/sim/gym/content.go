package gym

import "math/rand/v2"

// content is whether the data itself is right.
type content struct {
	bad   float64 // share of rows that are wrong
	limit float64 // share that may be set aside
	known bool    // which rows are wrong can be told
	aside bool
	fixed float64 // when the source has put it right
}

func newContent(r *rand.Rand, p *numbers) content {
	return content{known: coin(r, p[pIdentifiable]), limit: about(r, 2*p[rowLimit], .5)}
}

func (c *content) trouble() trouble {
	if c.bad > 0 && !(c.aside && c.known && c.bad < c.limit) {
		return badRows
	}
	return fine
}

// reload reads it from the source again, which may have put it right by then.
func (c *content) reload(now float64) {
	if now >= c.fixed {
		c.bad = 0
	}
}
