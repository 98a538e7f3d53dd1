package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/internal/chart"
)

func (p program) policyPlotCommand() *cobra.Command {
	var f dbFlags
	var png, class string
	cmd := &cobra.Command{
		Use:   "plot reliability|autonomy|learning",
		Short: "Draw how well plans were predicted, who ended incidents week by week, or how both moved",
		Long: `Draw one of three figures of the journal, in the terminal or as a picture:
  reliability  what was predicted of plans against what became of them, with counts and 95 % Wilson intervals
  autonomy     the share of incidents ended alone, after an approval, and by a person who was called, by week
  learning     predicted and recovered plans over the last 20, as more were verified
With too few verified plans it says so and draws nothing.`,
		Example:   "  pipewright policy plot reliability\n  pipewright policy plot autonomy --class resource_exhaustion --png autonomy.png",
		ValidArgs: []string{"reliability", "autonomy", "learning"}, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, of := pipewright.FigureKind(args[0]), pipewright.FaultClass(class)
			switch {
			case !slices.Contains(pipewright.FigureKinds, kind):
				return pipewright.Errorf(pipewright.Invalid, "%.40q is not a figure: plot reliability, autonomy or learning", args[0])
			case class != "" && (kind != pipewright.FigureAutonomy || !of.Valid()):
				return pipewright.Errorf(pipewright.Invalid, "--class %.40q: name a fault class, for the figure of autonomy", class)
			case png != "" && !strings.HasSuffix(strings.ToLower(png), ".png"):
				return pipewright.Errorf(pipewright.Invalid, "--png %s: name a file that ends in .png", png)
			}
			return p.withStore(cmd.Context(), f, func(ctx context.Context, store anyStore) error {
				figures, err := heal.ReadFigures(ctx, store, time.UTC)
				if err != nil {
					return err
				}
				return p.plot(f, figures, kind, of, png)
			})
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&png, "png", "", "draw a picture into this file")
	cmd.Flags().StringVar(&class, "class", "", "autonomy: of this fault class only")
	return cmd
}

// plot shows one figure: its numbers, a picture, or rows of characters.
func (p program) plot(f dbFlags, figures heal.Figures, kind pipewright.FigureKind, class pipewright.FaultClass, png string) error {
	fig, err := figures.Of(kind, class)
	if err != nil {
		return err
	}
	if png != "" {
		if err := writeFigure(png, fig); err != nil {
			return err
		}
	}
	if f.json {
		of := map[pipewright.FigureKind]any{pipewright.FigureReliability: figures.Calibration, pipewright.FigureLearning: figures.Learning, pipewright.FigureAutonomy: figures.Weeks}
		return json.NewEncoder(p.out).Encode(map[string]any{"figure": fig, "data": of[kind]})
	}
	_, err = fmt.Fprint(p.out, p.style().Figure(fig))
	return err
}

// writeFigure draws a figure into a file. What cannot be drawn leaves the file as it was.
func writeFigure(path string, fig pipewright.Figure) error {
	raw, err := chart.Figure(fig)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		return pipewright.Errorf(pipewright.Unavailable, "write the picture: %w", err)
	}
	return nil
}
