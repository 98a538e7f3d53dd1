package heal

import (
	"context"
	"fmt"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// remembered is how far back incidents are read at start, so that a symptom
// that was dealt with is not taken for a new one.
const remembered = 14 * 24 * time.Hour

// Recover reads what was going on and looks for the receipts of actions that
// were under way when the loop stopped. It never acts.
func (l *Loop) Recover(ctx context.Context, now time.Time) (err error) {
	if l.live, err = l.Recovery.LiveIncidents(ctx); err != nil {
		return fmt.Errorf("read live incidents: %w", err)
	}
	if l.lastInc, l.lastAp, err = l.Recovery.LastIDs(ctx); err != nil {
		return fmt.Errorf("read last ids: %w", err)
	}
	if l.outcomes, err = l.Recovery.Outcomes(ctx); err != nil {
		return fmt.Errorf("read outcomes: %w", err)
	}
	if l.moves, err = l.Recovery.PolicyMoves(ctx); err != nil {
		return fmt.Errorf("read policy moves: %w", err)
	}
	l.now = now
	l.learnLadder()
	if err = l.pointPolicies(ctx); err != nil {
		return err
	}
	past, err := l.Recovery.Incidents(ctx, pipewright.IncidentQuery{Window: pipewright.Window{Start: now.Add(-remembered)}, Limit: 10_000})
	if err != nil {
		return fmt.Errorf("read past incidents: %w", err)
	}
	for _, inc := range slices.Concat(past, l.live) {
		for _, s := range inc.Signals {
			l.remember(s)
		}
	}
	for _, inc := range slices.Clone(l.live) {
		if inc.State == pipewright.Acting {
			if _, err := l.lookForReceipt(ctx, inc, now); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *Loop) remember(s pipewright.Signal) {
	if s.At.After(l.begun[s.Fingerprint]) {
		l.begun[s.Fingerprint] = s.At
	}
}
