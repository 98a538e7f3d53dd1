// Command pipewright is an ops agent for data and ML pipelines: it says why a
// pipeline broke, heals what it can, and asks before anything risky.
//
// main.go holds the root command, wire.go connects the parts, and every verb has
// a file of its own. Only this package reads flags, files and the environment.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // zones, on machines without zoneinfo

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/pipewright/pipewright/internal/terminal"
)

func main() {
	bearLimits()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, program{in: os.Stdin, out: os.Stdout, err: os.Stderr, now: time.Now, env: os.Getenv}, os.Args[1:])
	stop()
	os.Exit(code)
}

// program is the world as a command sees it; tests bring their own.
type program struct {
	in       io.Reader
	out, err io.Writer
	now      func() time.Time
	env      func(string) string
}

// exitCode is an error that only sets the exit code: everything was said.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// run executes one command line and returns its exit code. Errors come as one
// line on the error output.
func run(ctx context.Context, p program, args []string) int {
	root := p.root()
	root.SetArgs(args)
	root.SetIn(p.in)
	root.SetOut(p.out)
	root.SetErr(p.err)
	err := root.ExecuteContext(ctx)
	var code exitCode
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	case errors.Is(err, context.Canceled):
		return 130
	}
	fmt.Fprintln(p.err, "pipewright: "+terminal.Clean(err.Error()))
	return 1
}

func (p program) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "pipewright",
		Short:         "An ops agent for data and ML pipelines",
		Long:          "Pipewright says why a pipeline broke, with evidence, heals what it can, and asks before anything risky.\nStart with: pipewright demo",
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       version,
	}
	root.AddCommand(
		p.demoCommand(), p.serveCommand(), p.askCommand(), p.chatCommand(), p.searchCommand(),
		p.incidentsCommand(), p.approveCommand(), p.denyCommand(), p.undoCommand(), p.pauseCommand(), p.resumeCommand(),
		p.policyCommand(), p.auditCommand(), p.doctorCommand(), p.plantCommand(),
	)
	return root
}

// version is set by the linker.
var version = "dev"

// style is how to render on the output: coloured on a terminal that wants it.
func (p program) style() terminal.Style {
	f, ok := p.out.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) || p.env("NO_COLOR") != "" {
		return terminal.Style{}
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		width = 0
	}
	return terminal.Style{Color: true, Width: width}
}

// interactive reports whether a person can type answers.
func (p program) interactive() bool {
	in, ok := p.in.(*os.File)
	out, ok2 := p.out.(*os.File)
	return ok && ok2 && term.IsTerminal(int(in.Fd())) && term.IsTerminal(int(out.Fd()))
}
