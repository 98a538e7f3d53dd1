package tui

import (
	"context"
	"errors"
	"io"

	tea "charm.land/bubbletea/v2"

	pipewright "github.com/pipewright/pipewright"
)

// Run holds the chat on a terminal until the person leaves or ctx ends, and returns the
// conversation as text.
func Run(ctx context.Context, cfg Config, parts Parts, in io.Reader, out io.Writer) (*Model, error) {
	ctx, cancel := context.WithCancel(ctx) // what the chat began ends with it
	defer cancel()
	m := New(ctx, cfg, parts)
	_, err := tea.NewProgram(m, tea.WithContext(ctx), tea.WithInput(in), tea.WithOutput(out), tea.WithoutSignalHandler()).Run()
	if err != nil && !errors.Is(err, tea.ErrProgramKilled) {
		return m, pipewright.Errorf(pipewright.Unavailable, "chat on this terminal (--plain needs none of it): %w", err)
	}
	return m, nil
}
