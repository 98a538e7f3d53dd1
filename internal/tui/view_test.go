package tui

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

var update = flag.Bool("update", false, "write the golden views anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}

func TestWhatIsSeenOnTerminalsOfThreeWidths(t *testing.T) {
	for _, size := range [][2]int{{60, 24}, {80, 24}, {120, 34}} {
		name := fmt.Sprintf("columns-%d", size[0])
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, size[0], size[1])
			w.see(sight())
			w.asker.answer = pipewright.Answer{Answer: "orders_etl failed at 03:02: it ran out of memory [e1].", Evidence: []pipewright.Evidence{{ID: "e1", Source: "glue:job/orders_etl", Excerpt: "java.lang.OutOfMemoryError: Java heap space"}}}
			w.press("why did orders_etl fail?", "enter")
			golden(t, name, w.screen())
		})
	}
}

func TestTheWordsAreThere(t *testing.T) {
	w := newWorld(t, 105, 40)
	w.see(sight())
	screen := w.screen()
	for _, part := range []string{
		"? inc-0003 needs your word 5 min airflow:task/orders.extract", "postgres.remap waits (ap-0001)", "✔ inc-0002 recovered 10 min ago",
		"ap-0001 waits for you", "until 03:40:00 (25 min left)", "predicted recovery 0.79", "(0.63 to 0.93), harm 0.02", "CREATE OR REPLACE VIEW", "postgres.rollback drops the view", "mapping = id, paid_at=settled_at",
		"1 open, 1 waiting for you",
	} {
		assert.Contains(t, strings.Join(strings.Fields(screen), " "), strings.Join(strings.Fields(part), " "))
	}
}

func TestWhoRunsTheLoopAndWhatIsPausedIsSaid(t *testing.T) {
	w := newWorld(t, 80, 24)
	s := sight()
	s.Running = false
	s.Pauses = []pipewright.Pause{{By: "ben", At: at}}
	w.see(s)
	assert.Contains(t, w.screen(), "nobody runs this store's loop: what you approve waits")
	assert.Contains(t, w.screen(), "paused everywhere by ben")
	w.see(Sight{Busy: "reading seven days of history…", Seq: 30})
	assert.Contains(t, w.screen(), "reading seven days of history…")
}

func TestTheScreenHoldsAtEverySize(t *testing.T) {
	w := newWorld(t, 80, 24)
	w.see(sight())
	w.press("a question with 漢字 and emoji 👩‍🚀 in it", "enter")
	for width := 20; width <= 200; width += 7 {
		for height := 5; height <= 60; height += 5 {
			w.m.Update(tea.WindowSizeMsg{Width: width, Height: height})
			w.screen() // checks the rows, their widths and the cursor
		}
	}
}

func TestScrollingBackStaysWhereItIs(t *testing.T) {
	w := newWorld(t, 80, 16)
	w.see(Sight{Running: true})
	for i := range 40 {
		w.m.note("·", fmt.Sprintf("line %d", i))
	}
	w.press("pgup", "pgup")
	before := w.screen()
	assert.Contains(t, before, "lines below")
	w.m.note("·", "a new line")
	assert.NotContains(t, w.screen(), "a new line")
	w.press("esc")
	assert.Contains(t, w.screen(), "a new line")
}

func TestALongAnswerIsReadFromItsBeginning(t *testing.T) {
	w := newWorld(t, 80, 20)
	w.see(Sight{Running: true})
	w.asker.answer = pipewright.Answer{Answer: "The verdict.\n" + strings.Repeat("and more\n", 40) + "the end"}
	w.press("why?", "enter")
	assert.Contains(t, w.screen(), "The verdict.")
	assert.Contains(t, w.screen(), "lines below")
	w.press("esc")
	assert.Contains(t, w.screen(), "the end")
	w.press("/help", "enter")
	assert.Contains(t, w.screen(), "Ask in your own words")
}

// evil is what an attacker puts wherever a name or a text may stand.
const evil = "\x1b[2J\x1b]0;owned\x07\u202ereversed\u200b\u0085"

// poison writes evil into every string that a value holds.
func poison(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + evil)
	case reflect.Pointer:
		if !v.IsNil() && v.Type() != reflect.TypeFor[*time.Location]() {
			poison(v.Elem())
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			poison(v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i))
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			if e := v.MapIndex(k); e.Kind() == reflect.String {
				v.SetMapIndex(reflect.ValueOf(k.String()+evil), reflect.ValueOf(e.String()+evil))
			}
		}
	}
}

func TestNothingFromOutsideReachesTheTerminalRaw(t *testing.T) {
	for _, width := range []int{60, 80, 124} {
		w := newWorld(t, width, 50)
		s := sight()
		s.Pauses = []pipewright.Pause{{Resource: "glue:job/a", By: "ben"}}
		s.Said = []string{"level=WARN"}
		s.Events = []pipewright.Event{{Seq: 31, At: at, Incident: "inc-0009", To: pipewright.Open, Resource: "glue:job/b", Title: "t"},
			{Seq: 32, At: at, Incident: "inc-0009", To: pipewright.Diagnosed, Diagnosis: waitingIncident().Diagnosis, Note: "n"}}
		a := pipewright.Answer{Answer: "x", Evidence: []pipewright.Evidence{{ID: "e1", Source: "s", Excerpt: "x", Kind: pipewright.LogEvidence, Lines: []int64{1, 2}}},
			Proposals: []pipewright.Proposal{{Action: "a.b", Target: "c", Why: "w"}}, Choices: []string{"c"}, Planner: "model", Usage: pipewright.Usage{Tokens: 4},
			Charts: []pipewright.Chart{{Title: "t", Unit: "u", Evidence: "e", Points: []pipewright.Sample{{At: at, Value: 1}, {At: at.Add(time.Hour), Value: 2}}, Marks: []pipewright.Mark{{At: at.Add(time.Minute), Say: "m"}}}}}
		states := []pipewright.State{s.Incidents[0].State, s.Incidents[1].State}
		tos := []pipewright.State{s.Events[0].To, s.Events[1].To}
		poison(reflect.ValueOf(&s).Elem())
		poison(reflect.ValueOf(&a).Elem())
		for i := range s.Incidents { // what code compares stays
			s.Incidents[i].State = states[i]
			s.Events[i].To = tos[i]
		}
		s.Waiting[0].State = pipewright.ApprovalPending
		w.asker.answer = a
		w.asker.tells = []pipewright.Progress{{Kind: pipewright.ProgressStep, Text: evil}, {Kind: pipewright.ProgressClaim, Text: evil}}
		w.see(s)
		w.press("what"+evil, "enter", "/show "+s.Incidents[1].ID, "enter", "/incidents all", "enter", "/templates", "enter", "/no"+evil, "enter", "gl", "tab")
		w.m.Update(tea.PasteMsg{Content: evil})
		w.m.hint = "x" + evil
		w.m.Update(filedMsg{err: pipewright.Errorf(pipewright.Denied, "no: %s", evil)})
		for _, text := range []string{w.screen(), w.m.Transcript(width)} {
			assert.Equal(t, pipewright.Visible(text), text)
			assert.NotContains(t, text, "\x1b")
		}
		w.m.Update(tea.WindowSizeMsg{Width: width, Height: 300})
		assert.Equal(t, pipewright.Visible(w.screen()), w.screen())
	}
}
