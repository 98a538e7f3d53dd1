// Package heal is the control loop: signals become incidents, incidents are
// diagnosed, an action is decided, guarded, reserved, run, verified and learned
// from. It is the one door through which Pipewright changes anything.
package heal

import (
	"context"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Journal commits one step of the loop: all of the entry or nothing, on disk
// (fsync) before it returns. Events come back with their sequence numbers. Every
// part of the entry is also appended to the audit chain in the same transaction.
// A reservation that may not be had is a Denied (or Conflict) error that names the limit, and
// then nothing of the entry was stored.
type Journal interface {
	Commit(ctx context.Context, e Entry) ([]pipewright.Event, error)
}

// Entry is what one step of the loop writes.
type Entry struct {
	Events    []pipewright.Event
	Reserve   *Reservation
	Approvals []pipewright.Approval  // inserted or replaced by ID
	Handled   []pipewright.Request   // requests with their Result set
	Pause     *pipewright.Pause      // put in force, replacing one on the same resource
	Resume    *pipewright.Pause      // lifted: the pause on this Resource
	Mode      *pipewright.ModeChange // put in force, replacing one of the same scope
	Outcome   *pipewright.Outcome
}

// Reservation claims the right to run one action once. The store checks every
// limit again inside the transaction that records it.
type Reservation struct {
	Key      string
	Incident string
	Action   pipewright.Action
	At       time.Time
	Touches  []pipewright.ResourceID // the blast radius: target and what feels it
	Limits   Limits
	// Macro names the macro-action of which this is a further step: its cooldown and its
	// share of the hour were taken by the first one. Empty: it is none.
	Macro string
}

// Limits bound what the loop may do. A zero limit permits nothing.
type Limits struct {
	Cooldown  time.Duration `yaml:"cooldown"`   // at least this long between two actions on one target, within one (incident, action) or across; retries of one back-off macro excepted
	PerHour   int           `yaml:"per_hour"`   // actions started in the last hour
	AtOnce    int           `yaml:"at_once"`    // actions reserved and not yet settled
	MaxRadius int           `yaml:"max_radius"` // resources one action may touch
}

// Recovery is what the loop reads when it starts and while it runs.
type Recovery interface {
	// LiveIncidents returns every incident that is not closed, by id.
	LiveIncidents(ctx context.Context) ([]pipewright.Incident, error)
	Incidents(ctx context.Context, q pipewright.IncidentQuery) ([]pipewright.Incident, error)
	// LastIDs returns the highest incident and approval numbers ever given.
	LastIDs(ctx context.Context) (incident, approval int, err error)
	PendingRequests(ctx context.Context) ([]pipewright.Request, error)
	Approval(ctx context.Context, id string) (pipewright.Approval, error)
	Pauses(ctx context.Context) ([]pipewright.Pause, error)
	// Modes returns people's changes of modes that are in force, by scope.
	Modes(ctx context.Context) ([]pipewright.ModeChange, error)
	// Incident returns an incident, live or closed. NotFound when there is none.
	Incident(ctx context.Context, id string) (pipewright.Incident, error)
	Outcomes(ctx context.Context) ([]pipewright.Outcome, error)
	Feedback(ctx context.Context) ([]pipewright.Request, error)
	// PolicyMoves returns every move of a policy version that was made, oldest first.
	PolicyMoves(ctx context.Context) ([]pipewright.PolicyMove, error)
	// Policy returns what SavePolicy stored under a name.
	Policy(ctx context.Context, hash string) ([]byte, error)
	Reservations(ctx context.Context, since time.Time) ([]Reservation, error)
}
