package heal

import (
	"context"
	"fmt"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Figures reads what figures are drawn of.
type Figures struct {
	Calibration Calibration `json:"calibration"`
	Learning    []Learning  `json:"learning"`
	Weeks       []Week      `json:"weeks"`
}

// ReadFigures reads them from the journal.
func ReadFigures(ctx context.Context, h interface {
	Incidents(ctx context.Context, q pipewright.IncidentQuery) ([]pipewright.Incident, error)
	Outcomes(ctx context.Context) ([]pipewright.Outcome, error)
}, zone *time.Location) (f Figures, err error) {
	outcomes, err := h.Outcomes(ctx)
	if err != nil {
		return f, fmt.Errorf("read outcomes: %w", err)
	}
	incidents, err := h.Incidents(ctx, pipewright.IncidentQuery{Limit: mostIncidents})
	if err != nil {
		return f, fmt.Errorf("read incidents: %w", err)
	}
	track := Track(outcomes)
	return Figures{Calibrate(track), Learn(track), Weeks(incidents, zone)}, nil
}

// Of is the figure of a kind, of one class where that makes a difference.
func (f Figures) Of(kind pipewright.FigureKind, class pipewright.FaultClass) (pipewright.Figure, error) {
	switch kind {
	case pipewright.FigureReliability:
		return f.Calibration.Figure(), nil
	case pipewright.FigureLearning:
		return LearningFigure(f.Learning, f.Calibration.Plans), nil
	case pipewright.FigureAutonomy:
		return AutonomyFigure(f.Weeks, class), nil
	}
	return pipewright.Figure{}, pipewright.Errorf(pipewright.Invalid, "%q is not a figure; they are %v", kind, pipewright.FigureKinds)
}

// Figure is a figure of the journal as it is now.
func (l *Loop) Figure(ctx context.Context, kind pipewright.FigureKind, class pipewright.FaultClass, zone *time.Location) (pipewright.Figure, error) {
	f, err := ReadFigures(ctx, l.Recovery, zone)
	if err != nil {
		return pipewright.Figure{}, err
	}
	return f.Of(kind, class)
}
