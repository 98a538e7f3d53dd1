package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	pipewright "github.com/pipewright/pipewright"
)

// figure is one row of a benchmark.
type figure struct {
	What     string  `json:"what"`
	Of       string  `json:"of"` // data set, or size
	Measured float64 `json:"measured"`
	Baseline float64 `json:"baseline,omitempty"` // measured in the same run
	Goal     float64 `json:"goal,omitempty"`
	Unit     string  `json:"unit,omitempty"`
}

func (p program) benchCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "bench", Short: "Measure Pipewright: against public data, and on the simulated plant"}
	cmd.AddCommand(p.benchRetrievalCommand(), p.benchPolicyCommand())
	return cmd
}

func (p program) benchRetrievalCommand() *cobra.Command {
	var data, python string
	var vectors, withPgvector int
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "retrieval --data DIR",
		Short: "Template mining, search and vectors: every figure, as a table or as JSON",
		Long: "Measures template mining and ingestion on DIR/loghub (logpai/loghub, 2,000 lines a system), search on DIR/logqa\n" +
			"(LogQA) beside plain BM25, redaction of lines without secrets, and vector search on random vectors, the\n" +
			"hardest there are. Where PIPEWRIGHT_BENCH_POSTGRES names a PostgreSQL with pgvector (a URL), its HNSW index is\n" +
			"measured over the same vectors in the same run.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if data == "" {
				return pipewright.Errorf(pipewright.Invalid, "say with --data where the folders loghub and logqa are")
			}
			figures, err := p.benchRetrieval(cmd.Context(), data, python, vectors)
			if err != nil {
				return err
			}
			if url := p.env("PIPEWRIGHT_BENCH_POSTGRES"); url != "" && withPgvector > 0 {
				theirs, err := benchPgvector(cmd.Context(), url, withPgvector)
				if err != nil {
					return err
				}
				figures = append(figures, theirs...)
			}
			if asJSON {
				return json.NewEncoder(p.out).Encode(map[string]any{"figures": figures})
			}
			return printFigures(p.out, figures)
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "the folder that holds loghub and logqa")
	cmd.Flags().StringVar(&python, "drain3", "", "a Python that has drain3, such as venv/bin/python3: its figures beside the miner's, as the baseline")
	cmd.Flags().IntVar(&vectors, "vectors", 1_000_000, "how many vectors to search; 0 leaves it out")
	cmd.Flags().IntVar(&withPgvector, "pgvector", 100_000, "how many vectors to search beside pgvector; 0 leaves it out")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON for machines")
	return cmd
}

func (p program) benchRetrieval(ctx context.Context, data, python string, vectors int) ([]figure, error) {
	systems, err := loadLoghub(data)
	if err != nil {
		return nil, err
	}
	figures := benchMining(systems)
	if python != "" {
		if err := beside(ctx, python, systems, figures); err != nil {
			return nil, err
		}
	}
	hidden, err := benchRedaction(systems)
	if err != nil {
		return nil, err
	}
	figures = append(figures, hidden...)
	ingest, err := p.benchIngest(ctx, systems)
	if err != nil {
		return nil, err
	}
	figures = append(figures, ingest...)
	qa, err := benchLogQA(data, systems)
	if err != nil {
		return nil, err
	}
	figures = append(figures, qa...)
	if vectors > 0 {
		near, err := benchVectors(vectors)
		if err != nil {
			return nil, err
		}
		figures = append(figures, near...)
	}
	return figures, nil
}

func printFigures(out io.Writer, figures []figure) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "figure\tof\tmeasured\tbaseline\tgoal\tunit")
	for _, f := range figures {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", f.What, f.Of, number(f.Measured), number(f.Baseline), number(f.Goal), f.Unit)
	}
	if err := w.Flush(); err != nil {
		return pipewright.Errorf(pipewright.Unavailable, "print the figures: %w", err)
	}
	return nil
}

func number(x float64) string {
	switch {
	case x == 0:
		return "-"
	case x >= 1000:
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.4g", x)
}
