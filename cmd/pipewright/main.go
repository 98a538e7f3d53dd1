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
	"regexp"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // zones, on machines without zoneinfo

	"github.com/spf13/cobra"
	"golang.org/x/term"

	pipewright "github.com/pipewright/pipewright"
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
	fmt.Fprintln(p.err, "pipewright: "+sentence(err))
	return 1
}

// sentence is an error in one line. Only the faults of a configuration, which
// are listed indented, keep a line each.
func sentence(err error) string {
	text := pipewright.Visible(strings.TrimSpace(err.Error()))
	if pipewright.KindOf(err) == pipewright.Invalid && strings.Contains(text, "\n  ") {
		return text
	}
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\t' })
	return strings.Join(lines, "; ")
}

func (p program) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "pipewright",
		Short:         "An ops agent for data and ML pipelines",
		Long:          "Pipewright says why a pipeline broke, with evidence, heals what it can, and asks before anything risky.\nStart with: pipewright demo",
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       version,

		SuggestionsMinimumDistance: 2,
	}
	root.AddCommand(
		p.demoCommand(), p.serveCommand(), p.askCommand(), p.chatCommand(), p.searchCommand(),
		p.incidentsCommand(), p.approveCommand(), p.denyCommand(), p.undoCommand(), p.pauseCommand(), p.resumeCommand(), p.feedbackCommand(),
		p.policyCommand(), p.auditCommand(), p.doctorCommand(), p.plantCommand(), p.promptsCommand(), p.mcpCommand(),
		p.templatesCommand(), p.ingestCommand(), p.benchCommand(), p.simulateCommand(), p.migrateCommand(),
	)
	explain(root)
	return root
}

// explain makes what cobra finds wrong with a command line say what to do, here
// and in every command below. A command that only holds others has no arguments.
func explain(cmd *cobra.Command) {
	if !cmd.Runnable() {
		cmd.Args = cobra.NoArgs
		cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	}
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			err := check(cmd, args)
			if err != nil && len(args) > 0 && len(cmd.SuggestionsFor(args[0])) > 0 {
				return pipewright.Errorf(pipewright.Invalid, "%w: did you mean %s?", err, strings.Join(cmd.SuggestionsFor(args[0]), " or "))
			}
			return misused(cmd, err)
		}
	}
	cmd.SetFlagErrorFunc(misused)
	for _, sub := range cmd.Commands() {
		explain(sub)
	}
}

func misused(cmd *cobra.Command, err error) error {
	if err == nil {
		return nil
	}
	return pipewright.Errorf(pipewright.Invalid, "%s: `%s --help` says how to use it", inOurWords(cmd, err), cmd.CommandPath())
}

var (
	argCount = regexp.MustCompile(`^(?:requires|accepts) .*arg\(s\), (?:only )?received (\d+)$`)
	flagFor  = regexp.MustCompile(`^invalid argument ("(?s:.*)") for "(?:-\w, )?(--[\w-]+)" flag: strconv\.`)
)

// inOurWords says what cobra counts or Go cannot parse as what is expected instead.
func inOurWords(cmd *cobra.Command, err error) string {
	if m := argCount.FindStringSubmatch(err.Error()); m != nil {
		return fmt.Sprintf("write it as %s; %s arguments were given", strings.TrimSuffix(cmd.UseLine(), " [flags]"), m[1])
	}
	if m := flagFor.FindStringSubmatch(err.Error()); m != nil {
		return fmt.Sprintf("%s %s is not a %s", m[2], m[1], numberWord(cmd, strings.TrimPrefix(m[2], "--")))
	}
	return err.Error()
}

func numberWord(cmd *cobra.Command, flag string) string {
	f := cmd.Flags().Lookup(flag)
	switch {
	case f == nil:
		return "value that it takes"
	case strings.HasPrefix(f.Value.Type(), "float"):
		return "number such as 0.5"
	case strings.HasPrefix(f.Value.Type(), "uint"):
		return "whole number from 0 on"
	case strings.HasPrefix(f.Value.Type(), "int"):
		return "whole number"
	}
	return f.Value.Type()
}

// version is set by the linker.
var version = "dev"

// style is how to render on the output: coloured on a terminal that wants it.
func (p program) style() terminal.Style {
	f, ok := p.out.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return terminal.Style{}
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		width = 0
	}
	return terminal.Style{Color: p.env("NO_COLOR") == "", Width: width}
}

// interactive reports whether a person can type answers.
func (p program) interactive() bool {
	in, ok := p.in.(*os.File)
	out, ok2 := p.out.(*os.File)
	return ok && ok2 && term.IsTerminal(int(in.Fd())) && term.IsTerminal(int(out.Fd()))
}
