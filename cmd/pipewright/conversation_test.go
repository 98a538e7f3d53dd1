package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write what was said into the conversations")

// A conversation is a file in testdata/conversations. Lines that begin with "  |" are
// what the bot shows; the others are what happens, one thing a line:
//
//	# why this conversation is kept
//	world: seed 2, faults 20m, storm 2, expiry 30m, alone, shown   see ground; the shop depends on the seed alone
//	ana in #data: TEXT                    a new message; @pipewright is the bot
//	ana in the thread: TEXT               where the last message of a person began one
//	ana under inc-0001: TEXT              in the thread of a card
//	ana directly: TEXT                    to the bot alone
//	ana edits: TEXT                       her last message
//	ana forwards in the thread: TEXT      somebody else's words; ana's own come after " // "
//	robot in #data: TEXT                  another app's message
//	ana presses Approve on inc-0001
//	ana presses an old Approve on inc-0001    as the card was when it first asked
//	ana sends: reason=TEXT                the form that is open
//	ana commands: TEXT                    /pipewright TEXT
//	ana uses the shortcut                 on the last message
//	ana reacts :mag:                      to the last message
//	ana opens home / ana presses in home: pw1.pause
//	ana leaves / eve calls herself: NAME
//	glue:job/orders_etl logs: TEXT        a line of a system's own
//	time passes: 20m
//	everything comes twice / holds back / comes in disorder
//	pipewright stops / starts / dies before it answers ana in #data: TEXT
//
// The whole product is behind it: the bot over Socket Mode, the store, the loop and
// the built-in planner, beside a simulated shop.
func TestConversations(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "conversations", "*.txt"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 40)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			converse(t, file)
		})
	}
}

func converse(t *testing.T, file string) {
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
	g := worldOf(lines)
	c := newCast(t, g)
	c.start()
	if !g.shown {
		c.shown() // what broke before stands in the channel, as in other conversations
	}
	var out []string
	for _, line := range lines {
		if strings.HasPrefix(line, "  |") {
			continue
		}
		out = append(out, line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if !strings.HasPrefix(line, "world:") {
			c.act(line)
		}
		out = append(out, c.shown()...)
	}
	c.leave()
	got := strings.Join(out, "\n") + "\n"
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
		return
	}
	assert.Equal(t, meaning(string(raw)), meaning(got), "go test ./cmd/pipewright -run TestConversations -update shows what changed")
}
