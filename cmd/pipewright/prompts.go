package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/config"
	"github.com/pipewright/pipewright/internal/mcp"
	"github.com/pipewright/pipewright/prompts"
	"github.com/pipewright/pipewright/tools/telemetry"
)

func (p program) promptsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "prompts", Short: "The prompt templates: what people ask for again and again"}
	cmd.AddCommand(p.promptsListCommand(), p.promptsShowCommand(), p.promptsRenderCommand(), p.promptsTestCommand(), p.promptsRunCommand())
	return cmd
}

// promptFlags say where prompts come from beside the embedded ones.
type promptFlags struct {
	config string
	folder string
	json   bool
}

func (f *promptFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.folder, "folder", "", "a folder of further prompts; one with a built-in name replaces it (default: the configuration's)")
	cmd.Flags().StringVarP(&f.config, "config", "c", "", "the configuration file")
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON for machines")
}

// library loads the embedded prompts and those of the folder that the flags or the
// configuration name.
func (p program) library(f promptFlags) (*prompts.Library, error) {
	var cfg config.Config
	if f.config != "" {
		var err error
		if cfg, err = config.Load(f.config, p.env); err != nil {
			return nil, err
		}
	}
	if f.folder == "" {
		f.folder = cfg.Prompts
	}
	return library(cfg, f.folder)
}

// library loads the embedded prompts and those of a folder. They may allow our read tools
// and the configured ones of others.
func library(cfg config.Config, folder string) (*prompts.Library, error) {
	names := []string{}
	for _, t := range telemetry.New(nil, nil) {
		names = append(names, t.Name)
	}
	for _, m := range cfg.MCPServers {
		for _, tool := range m.Allow {
			names = append(names, mcp.ToolName(m.Name, tool))
		}
	}
	if folder == "" {
		return prompts.Load(names)
	}
	layer, err := openFolder(folder)
	if err != nil {
		return nil, err
	}
	return prompts.Load(names, layer)
}

func openFolder(path string) (fs.FS, error) {
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return nil, pipewright.Errorf(pipewright.NotFound, "%s is not a folder that can be read", path)
	}
	return os.DirFS(path), nil
}

func (p program) promptsListCommand() *cobra.Command {
	var f promptFlags
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the prompts with what they need",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			l, err := p.library(f)
			if err != nil {
				return err
			}
			if f.json {
				return p.eachJSON(l.Prompts())
			}
			w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
			for _, one := range l.Prompts() {
				fmt.Fprintf(w, "%s\t%s\t%s\n", one.Name, one.Usage(), one.Purpose)
			}
			return w.Flush()
		},
	}
	f.add(cmd)
	return cmd
}

func (p program) eachJSON(all []prompts.Prompt) error {
	enc := json.NewEncoder(p.out)
	for _, one := range all {
		if err := enc.Encode(one); err != nil {
			return err
		}
	}
	return nil
}

func (p program) promptsShowCommand() *cobra.Command {
	var f promptFlags
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "Show one prompt: its inputs, its tools and its templates",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			l, err := p.library(f)
			if err != nil {
				return err
			}
			one, err := l.Prompt(args[0])
			if err != nil {
				return err
			}
			if f.json {
				return json.NewEncoder(p.out).Encode(one)
			}
			return p.showPrompt(one)
		},
	}
	f.add(cmd)
	return cmd
}

func (p program) showPrompt(one prompts.Prompt) error {
	fmt.Fprintf(p.out, "%s: %s\n%s %s\nintent %s, tools %v\n", one.Name, one.Purpose, one.File, one.Hash, one.Intent, one.Tools)
	for _, in := range one.Inputs {
		need := "optional"
		switch {
		case in.Required:
			need = "required"
		case in.Default != "":
			need = "default " + in.Default
		}
		fmt.Fprintf(p.out, "  %s (%s, %s) %s\n", in.Name, in.Type, need, in.Purpose)
	}
	_, err := fmt.Fprintf(p.out, "\nasked without a model: %s\n\n%s", one.Ask, one.Body)
	return err
}

// filled renders the prompt named by the first argument with the values of the rest.
func (p program) filled(f promptFlags, args []string) (prompts.Rendered, error) {
	l, err := p.library(f)
	if err != nil {
		return prompts.Rendered{}, err
	}
	one, err := l.Prompt(args[0])
	if err != nil {
		return prompts.Rendered{}, err
	}
	values, err := prompts.Values(one, args[1:])
	if err != nil {
		return prompts.Rendered{}, err
	}
	return one.Render(values)
}

func (p program) promptsRenderCommand() *cobra.Command {
	var f promptFlags
	cmd := &cobra.Command{
		Use:     "render NAME key=value...",
		Short:   "Fill a prompt in and print it, without asking anybody",
		Example: "  pipewright prompts render root-cause resource=glue:job/orders_etl since=2h",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			r, err := p.filled(f, args)
			if err != nil {
				return err
			}
			if f.json {
				return json.NewEncoder(p.out).Encode(r)
			}
			_, err = fmt.Fprint(p.out, r.Text)
			return err
		},
	}
	f.add(cmd)
	return cmd
}

func (p program) promptsTestCommand() *cobra.Command {
	var f promptFlags
	cmd := &cobra.Command{
		Use:   "test [FOLDER]",
		Short: "Check prompts and render each with samples: every fault as file: key: why",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				f.folder = args[0]
			}
			l, err := p.library(f)
			if err != nil {
				return err
			}
			if f.json {
				return json.NewEncoder(p.out).Encode(map[string]any{"ok": true, "prompts": len(l.Prompts())})
			}
			_, err = fmt.Fprintf(p.out, "%d prompts, no fault\n", len(l.Prompts()))
			return err
		},
	}
	f.add(cmd)
	return cmd
}

func (p program) promptsRunCommand() *cobra.Command {
	var f askFlags
	cmd := &cobra.Command{
		Use:     "run NAME key=value...",
		Short:   "Ask a prompt's question of what is stored; the same as pipewright ask --template NAME",
		Example: "  pipewright prompts run rca glue:job/orders_etl since=2h --db pipewright.db",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.template = args[0]
			return p.askOnce(cmd.Context(), f, args[1:])
		},
	}
	f.add(cmd)
	return cmd
}
