package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/config"
	"github.com/pipewright/pipewright/internal/redact"
)

// past are the lines that this person typed before in chats about one store: one JSON
// string a line, without secrets, in a file that only they can read.
type past struct {
	path  string // empty: nothing is kept
	lines []string
	red   *redact.Redactor
}

// Of the lines kept, so many are offered; a file of twice as many is cut down to them.
const keptLines = 1000

// pastOf reads the lines of chats about what name stands for, a store's path or "demo".
func (p program) pastOf(ctx context.Context, store anyStore, name string, cfg config.Config) (past, error) {
	red, err := redactorOf(ctx, store, cfg)
	if err != nil {
		return past{}, err
	}
	h := past{path: p.pastPath(name), red: red}
	h.load()
	return h, nil
}

// pastPath is under the state folder of the desktop standard; empty when there is no home.
func (p program) pastPath(name string) string {
	dir := p.env("XDG_STATE_HOME")
	if dir == "" {
		home := p.env("HOME")
		if home == "" {
			return ""
		}
		dir = filepath.Join(home, ".local", "state")
	}
	if whole, err := filepath.Abs(name); err == nil && name != demoPast {
		name = whole
	}
	sum := sha256.Sum256([]byte(name))
	return filepath.Join(dir, "pipewright", "chat-"+hex.EncodeToString(sum[:6]))
}

// demoPast names the lines typed in demos whose file is temporary.
const demoPast = "demo"

// load reads the file. One that cannot be read is as good as none: a chat does not fail
// for its history.
func (h *past) load() {
	if h.path == "" {
		return
	}
	f, err := os.Open(h.path)
	if err != nil {
		return
	}
	defer func() { _ = f.Close() }() // it was only read
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		var line string
		if json.Unmarshal(in.Bytes(), &line) == nil {
			h.lines = append(h.lines, line)
		}
	}
	if len(h.lines) > 2*keptLines {
		h.lines = h.lines[len(h.lines)-keptLines:]
		_ = h.rewrite() // next time, then
	}
	h.lines = h.lines[max(len(h.lines)-keptLines, 0):]
}

func (h *past) rewrite() error {
	var b strings.Builder
	for _, l := range h.lines {
		b.WriteString(h.encode(l))
	}
	next := h.path + ".next"
	if err := os.WriteFile(next, []byte(b.String()), 0o600); err != nil {
		return err
	}
	return os.Rename(next, h.path)
}

func (h *past) encode(line string) string {
	b, err := json.Marshal(line)
	if err != nil {
		return ""
	}
	return string(b) + "\n"
}

// add keeps a line, unless it begins with a blank.
func (h *past) add(line string) {
	if h.path == "" || strings.HasPrefix(line, " ") {
		return
	}
	line, _ = h.red.Text(line)
	if os.MkdirAll(filepath.Dir(h.path), 0o700) != nil {
		return
	}
	f, err := os.OpenFile(h.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	_, _ = f.WriteString(h.encode(line)) // a full disk costs a line of history, no more
	_ = f.Close()
}

// saveNew writes a text into a file that does not exist yet.
func saveNew(name, text string) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return pipewright.Errorf(pipewright.Conflict, "%s exists already: name another file", name)
	case err != nil:
		return pipewright.Errorf(pipewright.Unavailable, "keep the conversation: %w", err)
	}
	if _, err = f.WriteString(text); err == nil {
		err = f.Close()
	}
	return err
}
