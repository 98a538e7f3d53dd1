package pipewright

// FigureKind says what a figure shows of how Pipewright does.
type FigureKind string

const (
	FigureReliability FigureKind = "reliability" // what was predicted of plans against what became of them
	FigureAutonomy    FigureKind = "autonomy"    // who ended incidents, week by week
	FigureLearning    FigureKind = "learning"    // how both move from plan to plan
)

// FigureKinds lists them.
var FigureKinds = []FigureKind{FigureReliability, FigureAutonomy, FigureLearning}

// Figure is something to draw over steps that have names, such as bins or weeks.
type Figure struct {
	Kind   FigureKind `json:"kind"`
	Title  string     `json:"title"`
	X      string     `json:"x"` // what the steps are
	Y      string     `json:"y"`
	Steps  []string   `json:"steps"`
	Counts []int      `json:"counts"` // what each step rests on
	Series []Series   `json:"series"` // none: there is too little to draw
	Say    string     `json:"say"`    // what it shows, or why it shows nothing, in a sentence
}

// Series is one line, or one share of bars: a value for each step.
type Series struct {
	Name   string    `json:"name"`
	Values []float64 `json:"values"`
	Low    []float64 `json:"low,omitempty"` // 95 % intervals, where they are known
	High   []float64 `json:"high,omitempty"`
}

// Drawn reports whether there is enough to draw.
func (f Figure) Drawn() bool { return len(f.Series) > 0 && len(f.Steps) > 0 }
