package gym

import "math/rand/v2"

// disk is the storage that the stage writes to, in shares of what it had.
type disk struct {
	used    float64
	rate    float64 // a minute
	wants   float64 // for one run
	temp    float64 // left-overs that can go
	size    float64
	elastic bool // it can grow while in use
	wedges  bool // what writes there does not start again when it is full
}

func newDisk(r *rand.Rand, p *numbers) disk {
	return disk{used: uniform(r, .4, .8), wants: uniform(r, .02, .08), size: 1,
		temp: about(r, p[tempShare], .7), elastic: coin(r, p[pElastic]), wedges: coin(r, p[pWedges])}
}

func (d *disk) fill(now float64) float64 { return (d.used + d.rate*now) / d.size }

func (d *disk) trouble(now float64) trouble {
	if d.fill(now)+d.wants/d.size > 1 {
		return diskFull
	}
	return fine
}

func (d *disk) grow(r *rand.Rand) {
	if d.elastic {
		d.size += uniform(r, .25, .6)
	}
}

func (d *disk) clean() {
	d.used -= min(d.temp, d.used)
	d.temp = 0
}
