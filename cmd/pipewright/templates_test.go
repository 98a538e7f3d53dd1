package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTemplatesOfAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	require.NoError(t, os.WriteFile(path, []byte("took 5 ms, \"ok\"\nshutdown\ntook 7 ms, \"ok\"\n"), 0o600))
	for name, c := range map[string]struct {
		args []string
		in   string
		code int
		want string
	}{
		"a file":             {args: []string{path}, want: "LineId,EventId,EventTemplate\n1,ID,\"took <*> ms, \"\"ok\"\"\"\n2,ID,shutdown\n3,ID,\"took <*> ms, \"\"ok\"\"\"\n"},
		"the standard input": {args: []string{"-"}, in: "a 1\n", want: "LineId,EventId,EventTemplate\n1,ID,a <*>\n"},
		"nothing in it":      {args: []string{"-"}, want: "LineId,EventId,EventTemplate\n"},
		"no such file":       {args: []string{"/no/such.log"}, code: 1, want: "pipewright: open the log: open /no/such.log: no such file or directory\n"},
		"a folder":           {args: []string{t.TempDir()}, code: 1, want: "is a folder: name a file in it\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			p := program{in: strings.NewReader(c.in), out: &out, err: &out, now: time.Now, env: func(string) string { return "" }}
			require.Equal(t, c.code, run(t.Context(), p, append([]string{"templates"}, c.args...)))
			require.Contains(t, hideIDs(out.String()), c.want)
		})
	}
}

// hideIDs replaces the event ids of the CSV.
func hideIDs(s string) string {
	lines := strings.SplitAfter(s, "\n")
	for i, l := range lines {
		if parts := strings.SplitN(l, ",", 3); i > 0 && len(parts) == 3 && len(parts[1]) == 12 {
			lines[i] = parts[0] + ",ID," + parts[2]
		}
	}
	return strings.Join(lines, "")
}
