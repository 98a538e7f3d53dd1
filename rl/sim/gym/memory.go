package gym

import "math/rand/v2"

// memory is the need for memory, in shares of the limit that there was:
//
//	need = base * volume * width * chunk + key + leak * uptime
type memory struct {
	base   float64
	volume float64 // rows against the usual
	until  float64 // when the volume is usual again
	width  float64 // of the rows, against the usual
	key    float64 // all rows of the commonest key have to be in one place
	leak   float64 // a minute
	since  float64 // when the process started
	chunk  float64 // part that is worked on at a time
	salted bool    // the commonest key is spread
	size   float64
	top    bool // there is no bigger size
}

func newMemory(r *rand.Rand, p *numbers) memory {
	return memory{base: uniform(r, .45, .78), volume: 1, width: 1, chunk: 1, size: 1,
		top: coin(r, p[pLargest]), since: -uniform(r, 100, 4000)}
}

func (m *memory) rows(now float64) float64 {
	if now < m.until {
		return m.volume
	}
	return 1
}

// use is the need in shares of the limit as it is now.
func (m *memory) use(now float64) float64 {
	key := m.key
	if m.salted {
		key *= .35
	}
	return (m.base*m.rows(now)*m.width*m.chunk + key + m.leak*(now-m.since)) / m.size
}

func (m *memory) trouble(now float64) trouble {
	if m.use(now) > 1 {
		return outOfMemory
	}
	return fine
}

func (m *memory) grow(by float64) {
	if !m.top {
		m.size *= by
		m.top = m.size > 3
	}
}

// tune works on smaller parts and spreads the commonest key.
func (m *memory) tune(gain float64) {
	m.chunk *= gain
	m.salted = true
}
