package tui

import (
	"context"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Asker answers questions; it tells q.Watch what it does meanwhile, and stops when ctx
// ends.
type Asker interface {
	Ask(ctx context.Context, q pipewright.Question) (pipewright.Answer, error)
}

// Desk is the store as a person sees it.
type Desk interface {
	// Look says what is new since the last look. It must be cheap: it is called about twice
	// a second.
	Look(ctx context.Context, g Glance) (Sight, error)
	// File keeps a request for the loop and returns it with its id. Who, Surface and At are
	// set by the desk.
	File(ctx context.Context, rq pipewright.Request) (pipewright.Request, error)
}

// Glance is what a look asks for.
type Glance struct {
	After    int64    // the last event seen
	First    bool     // nothing was seen yet: the incidents as they stand come along
	Requests []string // those whose result is awaited
}

// Sight is what a look shows.
type Sight struct {
	Now       time.Time             // plant time in a demo
	Seq       int64                 // of the last event
	Incidents []pipewright.Incident // at the first look
	Events    []pipewright.Event    // since Glance.After, in order
	Waiting   []pipewright.Approval // pending approvals
	Pauses    []pipewright.Pause
	Known     []pipewright.ResourceID // for completion; nil: as before
	Running   bool                    // a loop owns the store
	Busy      string                  // what has to be done before there is anything to see
	Settled   []pipewright.Request    // of Glance.Requests, those with a result
	Said      []string                // what the loop in this process has to report
}

// Prompt is a template that can be asked by its name.
type Prompt struct {
	Name, Usage, Purpose string
	Short                []string
}

// Library turns "/rca glue:job/orders_etl since=2h" into the question it stands for.
type Library interface {
	Prompts() []Prompt
	Fill(line string) (pipewright.Question, error) // NotFound: no prompt has that name
}

// Config is what a chat is about.
type Config struct {
	Title    string // whose incidents these are
	Greeting string // said first
	Who      string // the person at the terminal
	Thread   string
	Surface  string
	Zone     *time.Location
	Color    bool
	History  []string // lines typed before, oldest first
}

// Parts is what a chat is made of. Library and the functions may be nil.
type Parts struct {
	Desk    Desk
	Asker   Asker
	Library Library
	// Draw brings the charts of an incident.
	Draw     func(ctx context.Context, inc pipewright.Incident) ([]pipewright.Chart, error)
	Remember func(line string)             // keeps a line for the next chat
	Save     func(name, text string) error // writes the conversation to a file that does not exist
}
