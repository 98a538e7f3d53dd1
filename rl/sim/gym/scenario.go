package gym

// Scenario is how a plant is set up: what breaks how often, what changes on the
// way, how noisy the telemetry is, how people answer. The zero value is not a
// scenario: see DefaultScenario and LoadScenario.
type Scenario struct {
	Name     string  `yaml:"scenario"`
	Summary  string  `yaml:"summary"`
	PerWeek  Range   `yaml:"incidents_per_week"` // a world's rate is drawn between the two, by its logarithm
	Cascades float64 `yaml:"cascades"`           // share of faults that show in two or three places
	Double   float64 `yaml:"two_at_once"`        // share of incidents with a second fault
	Spread   float64 `yaml:"spread"`             // how much worlds differ; 1: as in the study; 0: all alike
	// MixSpread is how much the mix of causes differs between worlds: sigma of
	// the logarithm of a weight.
	MixSpread float64            `yaml:"mix_spread"`
	Faults    map[string]float64 `yaml:"faults"`   // weights by cause, instead of the usual ones
	World     map[string]float64 `yaml:"world"`    // numbers of the mechanisms, instead of the usual ones
	Entities  []Entity           `yaml:"entities"` // what there is; left out: the usual names of each kind
	Regimes   []Regime           `yaml:"regimes"`  // in order
	Noise     Noise              `yaml:"noise"`
	People    People             `yaml:"people"`
	Budget    Budget             `yaml:"budget"` // of one incident
}

// Range is a low and a high end.
type Range struct {
	Low  float64 `yaml:"low"`
	High float64 `yaml:"high"`
}

// Entity is one resource.
type Entity struct {
	ID          string  `yaml:"id"` // of a kind in Kinds
	Team        string  `yaml:"team"`
	Env         string  `yaml:"env"`
	Criticality float64 `yaml:"criticality"` // 0.5 to 2
}

// Regime is what changes from an incident on.
type Regime struct {
	At     int                `yaml:"at"`      // the incident, from 1
	Break  float64            `yaml:"break"`   // share of the numbers on which a cure hangs that stop helping
	NewMix bool               `yaml:"new_mix"` // the mix of causes is drawn anew
	Faults map[string]float64 `yaml:"faults"`
	World  map[string]float64 `yaml:"world"`
}

// Noise is how wrong what is seen can be. All are shares.
type Noise struct {
	FalseHealthy     float64 `yaml:"false_healthy"`
	FalseSick        float64 `yaml:"false_sick"`
	UnknownLine      float64 `yaml:"unknown_line"`    // incidents whose lines say nothing known
	MisleadingLine   float64 `yaml:"misleading_line"` // incidents with a line of some other trouble
	FalseMetric      float64 `yaml:"false_metric"`    // for each metric
	ProbeSensitivity float64 `yaml:"probe_sensitivity"`
	ProbeFalse       float64 `yaml:"probe_false"`
}

// DayNight is a median by day, and by night and on weekends.
type DayNight struct {
	Day   float64 `yaml:"day"`
	Night float64 `yaml:"night"`
}

// People is how long people take, in minutes, what it costs, and how they judge.
type People struct {
	Ask          DayNight `yaml:"ask_minutes"`
	Escalate     DayNight `yaml:"escalate_minutes"`
	AskCost      float64  `yaml:"ask_cost"`
	EscalateCost float64  `yaml:"escalate_cost"`
	ApproveGood  float64  `yaml:"approve_good"` // chance that a proposal which would help is approved
	ApproveBad   float64  `yaml:"approve_bad"`
}

// Budget is what may be spent on one incident.
type Budget struct {
	Actions int     `yaml:"actions"`
	Money   float64 `yaml:"money"`
}

// DefaultScenario is the study's plant.
func DefaultScenario() *Scenario {
	return &Scenario{
		Name: "default", PerWeek: Range{5, 60}, Cascades: .12, Double: .03, Spread: 1, MixSpread: .7,
		Noise: Noise{FalseHealthy: .05, FalseSick: .03, UnknownLine: .05, MisleadingLine: .03, FalseMetric: .03,
			ProbeSensitivity: .9, ProbeFalse: .03},
		People: People{Ask: DayNight{8, 15}, Escalate: DayNight{42, 65}, AskCost: .08, EscalateCost: .30, ApproveGood: .9, ApproveBad: .3},
		Budget: Budget{Actions: 4, Money: 2},
	}
}

// nominal is a number of the middle world with what the scenario says of it.
func (sc *Scenario) nominal(p param) float64 {
	if v, ok := sc.World[nominals[p].name]; ok {
		return v
	}
	return nominals[p].value
}

// weight is how common a fault is, before worlds differ.
func (sc *Scenario) weight(f fault) float64 {
	if w, ok := sc.Faults[f.cause]; ok {
		return w
	}
	return f.weight
}
