package sqlstore

import (
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
)

// reservationRow is a reservation as it is stored. AtNS repeats At as a number
// that SQL can compare.
type reservationRow struct {
	Key        string                  `json:"key"`
	Incident   string                  `json:"incident"`
	Action     pipewright.Action       `json:"action"`
	ActionHash string                  `json:"action_hash"`
	At         time.Time               `json:"at"`
	AtNS       int64                   `json:"at_ns"`
	Touches    []pipewright.ResourceID `json:"touches"`
	Limits     heal.Limits             `json:"limits"`
	Macro      string                  `json:"macro,omitempty"`
}

func (r reservationRow) reservation() heal.Reservation {
	return heal.Reservation{Key: r.Key, Incident: r.Incident, Action: r.Action, At: r.At, Touches: r.Touches, Limits: r.Limits, Macro: r.Macro}
}

// reserve checks every limit inside the transaction and then claims the key.
// The checks see what every committed entry did and nothing of this one.
func (c *chain) reserve(r heal.Reservation) error {
	if r.Key == "" || r.At.IsZero() || r.Action.Target == "" {
		return pipewright.Errorf(pipewright.Invalid, "reservation %q needs a key, a target and a time", r.Key)
	}
	for _, check := range []func(heal.Reservation) error{c.freeKey, checkRadius, c.cooldown, c.perHour, c.atOnce} {
		if err := check(r); err != nil {
			return err
		}
	}
	row := reservationRow{Key: r.Key, Incident: r.Incident, Action: r.Action, ActionHash: r.Action.Hash(),
		At: r.At.UTC().Round(0), AtNS: Nanos(r.At), Touches: r.Touches, Limits: r.Limits, Macro: r.Macro}
	body, err := encode(row)
	if err != nil {
		return err
	}
	if _, err := c.tx.ExecContext(c.ctx, `INSERT INTO reservations (key, body) VALUES ($1, $2)`, r.Key, string(body)); err != nil {
		return err
	}
	return c.append(auditReservation, r.Key, r.At, body, false)
}

func (c *chain) freeKey(r heal.Reservation) error {
	taken, err := c.count(`SELECT count(*) FROM reservations WHERE key = $1`, r.Key)
	if err == nil && taken > 0 {
		err = pipewright.Errorf(pipewright.Conflict, "key %s is reserved already: this action has been started before", r.Key)
	}
	return err
}

func checkRadius(r heal.Reservation) error {
	if len(r.Touches) > r.Limits.MaxRadius {
		return pipewright.Errorf(pipewright.Denied, "max_radius: %s on %s touches %d resources, at most %d are permitted",
			r.Action.Kind, r.Action.Target, len(r.Touches), max(r.Limits.MaxRadius, 0))
	}
	return nil
}

// cooldown looks for another action on the same target that started too
// recently, or later than this one (a clock that jumped back). Tries of one
// back-off macro and steps of one back-pressure do not count against each other.
func (c *chain) cooldown(r heal.Reservation) error {
	if r.Limits.Cooldown <= 0 {
		return pipewright.Errorf(pipewright.Denied, "cooldown: none is set, so nothing is permitted on %s", r.Action.Target)
	}
	query := `SELECT count(*) FROM reservations WHERE target = $1 AND at > $2`
	args := []any{string(r.Action.Target), Nanos(r.At.Add(-r.Limits.Cooldown))}
	if r.Action.Kind.Verb() == pipewright.BackoffRetry {
		query += ` AND NOT (` + c.s.dialect.Field("incident") + ` = $3 AND ` + c.s.dialect.Field("action_hash") + ` = $4)`
		args = append(args, r.Incident, r.Action.Hash())
	}
	if r.Macro != "" {
		query += ` AND NOT (key = $3 OR coalesce(` + c.s.dialect.Field("macro") + `, '') = $3)`
		args = append(args, r.Macro)
	}
	recent, err := c.count(query, args...)
	if err == nil && recent > 0 {
		err = pipewright.Errorf(pipewright.Denied, "cooldown: %s was acted on less than %s ago", r.Action.Target, r.Limits.Cooldown)
	}
	return err
}

func (c *chain) perHour(r heal.Reservation) error {
	if r.Macro != "" {
		return nil
	}
	started, err := c.count(`SELECT count(*) FROM reservations WHERE at > $1 AND coalesce(`+c.s.dialect.Field("macro")+`, '') = ''`, Nanos(r.At.Add(-time.Hour)))
	if err == nil && started >= r.Limits.PerHour {
		err = pipewright.Errorf(pipewright.Denied, "per_hour: %d actions were started in the last hour, at most %d are permitted", started, max(r.Limits.PerHour, 0))
	}
	return err
}

// atOnce counts the actions that are not settled. A reservation and the move to
// acting are stored together, so these are the incidents between acting and
// the end of their verification.
func (c *chain) atOnce(r heal.Reservation) error {
	running, err := c.count(`SELECT count(*) FROM incidents WHERE state IN ($1, $2, $3)`,
		string(pipewright.Acting), string(pipewright.Acted), string(pipewright.Verifying))
	if err == nil && running >= r.Limits.AtOnce {
		err = pipewright.Errorf(pipewright.Denied, "at_once: %d actions are not settled, at most %d are permitted", running, max(r.Limits.AtOnce, 0))
	}
	return err
}

func (c *chain) count(query string, args ...any) (n int, err error) {
	err = c.tx.QueryRowContext(c.ctx, query, args...).Scan(&n)
	return n, err
}
