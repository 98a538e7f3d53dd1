package gym

import "math/rand/v2"

// drift is how the columns of the source differ from what its readers expect.
type drift int

const (
	sameColumns drift = iota
	added             // and the loader takes no column more
	renamed
	retyped
)

// columns is the source's set of columns against its readers'.
type columns struct {
	drift     drift
	ambiguous bool    // two columns could be the renamed one
	castable  bool    // every value still reads as the old type
	nested    bool    // a new column has no counterpart in a table
	checked   bool    // a check downstream looks at the form of the values
	share     float64 // of rows that fail
	limit     float64 // of rows that may be set aside
	drops     bool    // what is set aside may be a whole column
	ours      bool    // the change can be taken back by us
	mapped    bool
	aside     bool
}

func newColumns(r *rand.Rand, p *numbers) columns {
	return columns{ambiguous: coin(r, p[pAmbiguous]), castable: coin(r, p[pCastable]),
		checked: coin(r, p[pChecked]), nested: coin(r, p[pNested]), limit: about(r, p[rowLimit], .5), drops: coin(r, .25), ours: coin(r, p[pOwnSchema])}
}

func (c *columns) trouble() trouble {
	if c.mapped {
		return fine
	}
	switch {
	case c.drift == added && !(c.aside && c.drops):
		return extraColumn
	case c.drift == renamed:
		return noColumn
	case c.drift == retyped && !(c.aside && c.share < c.limit):
		return wrongType
	}
	return fine
}

// remap reads the new columns as the old ones. It can succeed and be wrong: the
// check downstream says so 30 to 90 minutes later.
func (c *columns) remap(s *scene, r *rand.Rand) {
	switch {
	case c.drift == sameColumns || c.mapped || c.drift == retyped && !c.castable || c.drift == added && c.nested:
		return
	case c.drift == renamed && c.ambiguous:
		s.doom(uniform(r, 30, 90), "one column's values were loaded under another's name")
	case c.drift == retyped && c.checked:
		s.doom(uniform(r, 30, 90), "a check downstream does not know the values in their new form")
	}
	c.mapped = true
}
