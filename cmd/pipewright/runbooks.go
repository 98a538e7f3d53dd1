package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/config"
	"github.com/pipewright/pipewright/tools/telemetry"
)

// largestRunbook bounds one file, in bytes.
const largestRunbook = 4 << 20

// binder is the team's runbooks as they stand in the folder of the configuration.
type binder struct {
	cfg   config.Config
	books []telemetry.Runbook
}

// binderOf reads the Markdown files of the folder and of those in it.
func binderOf(cfg config.Config) (s binder, err error) {
	s.cfg = cfg
	if cfg.Runbooks == "" {
		return s, nil
	}
	folder := os.DirFS(cfg.Runbooks)
	err = fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.ToLower(path.Ext(name)) != ".md" {
			return err
		}
		if info, err := d.Info(); err == nil && info.Size() > largestRunbook {
			return pipewright.Errorf(pipewright.Invalid, "%s is larger than %d MB: split it", name, largestRunbook>>20)
		}
		text, err := fs.ReadFile(folder, name)
		s.books = append(s.books, telemetry.Runbook{Name: name, Text: strings.ToValidUTF8(string(text), "\uFFFD")})
		return err
	})
	if err != nil {
		return s, pipewright.Errorf(pipewright.Invalid, "read the runbooks (runbooks: in the configuration): %w", err)
	}
	return s, nil
}

// redacted is the runbooks without their secrets, ready to be searched.
func (s binder) redacted(ctx context.Context, store anyStore) (*telemetry.Runbooks, error) {
	if len(s.books) == 0 {
		return telemetry.NewRunbooks(nil)
	}
	red, err := redactorOf(ctx, store, s.cfg)
	if err != nil {
		return nil, err
	}
	books := make([]telemetry.Runbook, len(s.books))
	for i, b := range s.books {
		books[i].Name = b.Name
		books[i].Text, _ = red.Text(b.Text)
	}
	return telemetry.NewRunbooks(books)
}

// printRunbook prints lines of a runbook as evidence quotes them.
func (p program) printRunbook(ctx context.Context, store anyStore, f searchFlags) error {
	if f.config == "" {
		return pipewright.Errorf(pipewright.Invalid, "runbooks are named in the configuration: give it with -c FILE")
	}
	cfg, err := config.Load(f.config, p.env)
	if err != nil {
		return err
	}
	s, err := binderOf(cfg)
	if err != nil {
		return err
	}
	books, err := s.redacted(ctx, store)
	if err != nil {
		return err
	}
	first, last, err := lineRange(f.lines)
	if err != nil {
		return err
	}
	text, ok := books.Lines(pipewright.ResourceID(f.source), first, last)
	if !ok {
		return pipewright.Errorf(pipewright.NotFound, "%s has no lines %d-%d", f.source, first, last)
	}
	_, err = fmt.Fprintln(p.out, pipewright.Visible(text))
	return err
}
