package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/retrieval/record"
	"github.com/pipewright/pipewright/retrieval/template"
)

// templatesCommand mines the templates of a log.
func (p program) templatesCommand() *cobra.Command {
	var f dbFlags
	cmd := &cobra.Command{
		Use:   "templates FILE | --db STORE",
		Short: "Mine the templates of a log",
		Long: "Mines the templates of a log, one line a record, and prints which line is an instance of which:\n" +
			"CSV with LineId, EventId and EventTemplate, variables written <*>. Where lines begin with a time, a level\n" +
			"and a logger, what follows these is mined. FILE - is the standard input. With --db or -c and no FILE, what was\n" +
			"mined of all records in a store is printed, most frequent first.",
		Example: "  pipewright templates spark.log > templates.csv\n  pipewright templates --json spark.log",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) == 0 && f.db == "" && f.config == "":
				return pipewright.Errorf(pipewright.Invalid, "name the log to mine, or with --db or -c the store whose templates to print")
			case len(args) == 0:
				return p.withStore(cmd.Context(), f, func(ctx context.Context, store anyStore) error { return p.printStored(ctx, store, f.json) })
			}
			in, err := p.openLog(args[0])
			if err != nil {
				return err
			}
			m, refs, err := mineLines(in, p.now())
			err = errors.Join(err, in.Close())
			if err != nil {
				return pipewright.Errorf(pipewright.Unavailable, "read %s: %w", args[0], err)
			}
			if f.json {
				return printTemplates(p.out, m.View(), len(refs))
			}
			return printEvents(p.out, m.View(), refs)
		},
	}
	f.add(cmd)
	return cmd
}

// openLog opens a file, or the standard input for "-".
func (p program) openLog(path string) (io.ReadCloser, error) {
	if path == "-" {
		return io.NopCloser(p.in), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, pipewright.Errorf(pipewright.NotFound, "open the log: %w", err)
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, errors.Join(pipewright.Errorf(pipewright.Invalid, "%s is a folder: name a file in it", path), f.Close())
	}
	return f, nil
}

// Lines that tell whether those of a log begin with headers, and the share that must.
const (
	headerSample = 500
	headerShare  = 0.9
)

// mineLines mines every line of a log, and remembers where each one went. Where nearly all
// lines begin with a header (a time, a level, a logger), what follows it is mined.
func mineLines(in io.Reader, now time.Time) (*template.Miner, []template.Ref, error) {
	m := template.New(template.Options{})
	var refs []template.Ref
	lines := record.NewLines(in)
	var first []string
	for len(first) < headerSample && lines.Next() {
		first = append(first, string(lines.Line()))
	}
	headed := record.Headed(first, now) >= headerShare
	add := func(line []byte) {
		if headed {
			h, _ := record.Parse(string(line), now)
			line = []byte(h.Message)
		}
		refs = append(refs, m.Add(template.Line{Text: line}))
	}
	for _, line := range first {
		add([]byte(line))
	}
	for lines.Next() {
		add(lines.Line())
	}
	return m, refs, lines.Err()
}

func printEvents(out io.Writer, v template.View, refs []template.Ref) error {
	buffered := bufio.NewWriterSize(out, 64<<10)
	w := csv.NewWriter(buffered)
	err := w.Write([]string{"LineId", "EventId", "EventTemplate"})
	for i, ref := range refs {
		t := v.Templates[v.Of(ref)]
		if err == nil {
			err = w.Write([]string{strconv.Itoa(i + 1), t.ID, t.Text})
		}
	}
	w.Flush()
	if err == nil {
		err = w.Error()
	}
	if err == nil {
		err = buffered.Flush()
	}
	if err != nil {
		return pipewright.Errorf(pipewright.Unavailable, "write the templates: %w", err)
	}
	return nil
}

// minedTemplate is one template as --json prints it.
type minedTemplate struct {
	ID       string     `json:"id"`
	Template string     `json:"template"`
	Count    uint64     `json:"count"`
	Examples []string   `json:"examples"`
	Values   [][]string `json:"values,omitempty"` // by variable, in order
}

// printStored prints what was mined of the records in a store.
func (p program) printStored(ctx context.Context, store anyStore, asJSON bool) error {
	all, err := store.Templates(ctx, "")
	if err != nil {
		return err
	}
	if !asJSON {
		w := csv.NewWriter(p.out)
		_ = w.Write([]string{"EventId", "Count", "Level", "First", "Last", "EventTemplate"}) // Flush has the error
		for _, t := range all {
			_ = w.Write([]string{t.ID, strconv.FormatInt(t.Count, 10), string(t.Level), stampOr(t.First), stampOr(t.Last), t.Text})
		}
		w.Flush()
		return w.Error()
	}
	report := struct {
		Lines     int64            `json:"lines"`
		Templates []storedTemplate `json:"templates"`
	}{Templates: []storedTemplate{}}
	for _, t := range all {
		report.Lines += t.Count
		report.Templates = append(report.Templates, storedTemplate{minedTemplate{t.ID, t.Text, uint64(max(t.Count, 0)), t.Examples, t.Values}, t.Level, t.First, t.Last})
	}
	return encodeReport(p.out, report)
}

// storedTemplate is one template of a store as --json prints it.
type storedTemplate struct {
	minedTemplate
	Level pipewright.Level `json:"level"`
	First time.Time        `json:"first"`
	Last  time.Time        `json:"last"`
}

func stampOr(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

func encodeReport(out io.Writer, report any) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(report); err != nil {
		return fmt.Errorf("write the templates: %w", err)
	}
	return nil
}

func printTemplates(out io.Writer, v template.View, lines int) error {
	report := struct {
		Lines     int             `json:"lines"`
		Templates []minedTemplate `json:"templates"`
	}{Lines: lines, Templates: []minedTemplate{}}
	for _, t := range v.Templates {
		report.Templates = append(report.Templates, minedTemplate{t.ID, t.Text, t.Count, t.Examples, t.Values})
	}
	return encodeReport(out, report)
}
