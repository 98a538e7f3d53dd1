package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/intake"
	"github.com/pipewright/pipewright/internal/config"
	"github.com/pipewright/pipewright/retrieval"
)

const (
	followEvery = time.Second     // how often a followed log is looked at
	barAfter    = 2 * time.Second // how long an ingest takes before it shows a bar
)

// ingestFlags say what to ingest and as whose.
type ingestFlags struct {
	db       dbFlags
	resource string
	follow   bool
}

// ingestion is what an ingest brought, as --json prints it.
type ingestion struct {
	Files   int            `json:"files"`
	Records int            `json:"records"` // new in the store
	Dropped map[string]int `json:"dropped,omitempty"`
	Noted   map[string]int `json:"noted,omitempty"` // kept, but changed: redacted, cut, without a time of their own
	Seconds float64        `json:"seconds"`
}

func (p program) ingestCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "ingest", Short: "Read logs and metrics from files into the store"}
	cmd.AddCommand(p.ingestKind("logs", "Read logs into the store",
		"Reads logs into the store: files, folders, globs, gzip, or - for the standard input. Formats are recognised,\n"+
			"stack traces become one record, secrets are redacted. What was read before is not read again.",
		func(path string, r pipewright.ResourceID, follow bool) fileSource {
			return &logFile{path: path, resource: r, follow: follow, in: p.in}
		}))
	cmd.AddCommand(p.ingestKind("metrics", "Read metrics into the store",
		"Reads CSV into the store: columns timestamp and value, and metric and resource unless the file's name and\n"+
			"--resource tell them. Files, folders, globs, gzip, or - for the standard input.",
		func(path string, r pipewright.ResourceID, _ bool) fileSource {
			return &metricFile{path: path, resource: r, in: p.in}
		}))
	return cmd
}

// fileSource is a file as a source of telemetry.
type fileSource interface {
	intake.Source
	drained() bool // it was read to its end
}

// sourceOf makes the source of one file.
type sourceOf func(path string, r pipewright.ResourceID, follow bool) fileSource

func (p program) ingestKind(use, short, long string, source sourceOf) *cobra.Command {
	var f ingestFlags
	f.db.fresh = true
	cmd := &cobra.Command{
		Use: use + " PATH...", Short: short, Long: long, Args: cobra.MinimumNArgs(1),
		Example: "  pipewright ingest " + use + " /var/log/spark --resource glue:job/orders_etl",
		RunE: func(cmd *cobra.Command, args []string) error {
			paths, err := logPaths(args)
			if err != nil {
				return err
			}
			if f.resource != "" {
				if _, err := pipewright.ParseResourceID(f.resource); err != nil {
					return err
				}
			}
			return p.withStore(cmd.Context(), f.db, func(ctx context.Context, store anyStore) error {
				return p.ingest(ctx, store, f, paths, source)
			})
		},
	}
	f.db.add(cmd)
	cmd.Flags().StringVar(&f.resource, "resource", "", "the resource they are of, such as glue:job/orders_etl (default: file:log/NAME)")
	if use == "logs" {
		cmd.Flags().BoolVar(&f.follow, "follow", false, "go on reading what is added, until interrupted")
	}
	return cmd
}

// ingest reads the files one after the other, or follows them all.
func (p program) ingest(ctx context.Context, store anyStore, f ingestFlags, paths []string, source sourceOf) error {
	var cfg config.Config
	if f.db.config != "" {
		var err error
		if cfg, err = config.Load(f.db.config, p.env); err != nil {
			return err
		}
	}
	red, err := redactorOf(ctx, store, cfg)
	if err != nil {
		return err
	}
	start := p.now()
	total := ingestion{Files: len(paths), Dropped: map[string]int{}, Noted: map[string]int{}}
	var files []openFile
	bar := p.newIngestBar(paths, start)
	miner := intake.NewMiner(store)
	for _, path := range paths {
		src := source(path, resourceOf(f.resource, path), f.follow)
		in, err := intake.New(store, red, src)
		if err != nil {
			return err
		}
		in.Miner = miner
		one := openFile{path: path, source: src, in: in}
		if err := p.drain(ctx, one, &total, bar); err != nil {
			return err
		}
		files = append(files, one)
		bar.file(path)
	}
	bar.stop()
	if _, err := retrieval.NewArchive(store, nil).Fill(ctx); err != nil {
		return err
	}
	if f.follow {
		if err := p.followAll(ctx, files, &total, bar); err != nil {
			return err
		}
	}
	for _, one := range files {
		for _, s := range one.in.Stats() {
			addCounts(total.Dropped, s.Dropped)
			addCounts(total.Noted, s.Noted)
		}
		if log, ok := one.source.(*logFile); ok {
			addCounts(total.Noted, log.noted)
		}
	}
	total.Seconds = p.now().Sub(start).Seconds()
	return p.printIngestion(total, f.db.json)
}

// openFile is a file on its way through intake.
type openFile struct {
	path   string
	source fileSource
	in     *intake.Intake
}

// drain polls a file until it was read to its end.
func (p program) drain(ctx context.Context, f openFile, total *ingestion, bar *ingestBar) error {
	for {
		fresh, err := f.in.Poll(ctx, p.now())
		if err != nil {
			return fmt.Errorf("ingest %s: %w", f.path, err)
		}
		total.Records += len(fresh.Lines) + len(fresh.Points)
		bar.records(total.Records)
		if f.source.drained() {
			_, err = f.in.Poll(ctx, p.now()) // brings nothing: templates are compared once more
			return err
		}
	}
}

// followAll goes on reading until it is interrupted: what was read by then is stored.
func (p program) followAll(ctx context.Context, files []openFile, total *ingestion, bar *ingestBar) error {
	for pause(ctx, followEvery) == nil {
		for _, f := range files {
			if err := p.drain(ctx, f, total, bar); err != nil && ctx.Err() == nil {
				return err
			}
		}
	}
	return nil
}

func addCounts(to, from map[string]int) {
	for k, n := range from {
		to[k] += n
	}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

func (p program) printIngestion(total ingestion, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(p.out).Encode(total)
	}
	fmt.Fprintf(p.out, "%d new records from %d files in %.1f s\n", total.Records, total.Files, total.Seconds)
	for _, counts := range []struct {
		what string
		n    map[string]int
	}{{"not stored", total.Dropped}, {"changed", total.Noted}} {
		if len(counts.n) > 0 {
			fmt.Fprintf(p.out, "%s: %s\n", counts.what, countsText(counts.n))
		}
	}
	return nil
}

func countsText(counts map[string]int) string {
	var parts []string
	for k, n := range counts {
		parts = append(parts, fmt.Sprintf("%d %s", n, strings.ReplaceAll(k, "_", " ")))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// logPaths is every file that the arguments name: files, globs, and all of a folder.
func logPaths(args []string) ([]string, error) {
	var out []string
	for _, arg := range args {
		if arg == "-" {
			out = append(out, arg)
			continue
		}
		matches, err := filepath.Glob(arg)
		if err != nil || len(matches) == 0 {
			return nil, pipewright.Errorf(pipewright.NotFound, "there is no file %s", arg)
		}
		for _, m := range matches {
			files, err := filesIn(m)
			if err != nil {
				return nil, pipewright.Errorf(pipewright.Unavailable, "read %s: %w", m, err)
			}
			out = append(out, files...)
		}
	}
	if len(out) == 0 {
		return nil, pipewright.Errorf(pipewright.NotFound, "there are no files in %s", strings.Join(args, ", "))
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

func filesIn(path string) (out []string, err error) {
	err = filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() || err == nil && p == path && !d.IsDir() {
			out = append(out, p)
		}
		return err
	})
	return out, err
}

// resourceOf is the resource that a file's records are of.
func resourceOf(given, path string) pipewright.ResourceID {
	if given != "" {
		return pipewright.ResourceID(given)
	}
	name := "stdin"
	if path != "-" {
		name = strings.TrimSuffix(filepath.Base(path), ".gz")
	}
	name = strings.Join(strings.FieldsFunc(name, func(r rune) bool { return r <= ' ' }), "_")
	return pipewright.NewResourceID("file", "log", name[:min(len(name), 200)])
}

// ingestBar shows how far an ingest is, once it takes longer than a moment and when
// somebody looks. The zero value shows nothing.
type ingestBar struct {
	progress *mpb.Progress
	bar      *mpb.Bar
	sizes    map[string]int64
	n        int
}

func (p program) newIngestBar(paths []string, start time.Time) *ingestBar {
	b := &ingestBar{sizes: map[string]int64{}}
	out, ok := p.err.(*os.File)
	if !ok || !term.IsTerminal(int(out.Fd())) {
		return b
	}
	total := int64(0)
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil {
			b.sizes[path] = info.Size()
			total += info.Size()
		}
	}
	shown := func(w io.Writer) io.Writer {
		return lateWriter{w, func() bool { return p.now().Sub(start) > barAfter }}
	}
	b.progress = mpb.New(mpb.WithOutput(shown(p.err)), mpb.WithWidth(40))
	b.bar = b.progress.AddBar(total, mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return fmt.Sprintf("%d records ", b.n) })), mpb.AppendDecorators(decor.CountersKibiByte("% .1f of % .1f")))
	return b
}

// lateWriter writes nothing until it is time.
type lateWriter struct {
	io.Writer
	due func() bool
}

func (w lateWriter) Write(p []byte) (int, error) {
	if !w.due() {
		return len(p), nil
	}
	return w.Writer.Write(p)
}

func (b *ingestBar) records(n int) { b.n = n }

func (b *ingestBar) file(path string) {
	if b.bar != nil {
		b.bar.IncrInt64(b.sizes[path])
	}
}

func (b *ingestBar) stop() {
	if b.bar != nil {
		b.bar.SetTotal(-1, true)
		b.progress.Wait()
	}
}
