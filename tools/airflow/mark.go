package airflow

import (
	"strings"
	"time"
	"unicode/utf8"

	pipewright "github.com/pipewright/pipewright"
)

// An action on a DAG run leaves its key in the run's note, where people see it
// too and where a crash cannot lose it. Of one key there is one line:
//
//	pipewright <key> <word> <time> <what>
//
// The word is asked before anything else is done, done afterwards, and void
// when it turned out that nothing was done. So a crash between the two calls
// leaves "asked": the action may or may not have run, it is never run again,
// and Find answers FoundUnknown. No line at all means that it did not run.
const (
	markWord  = "pipewright"
	markAsked = "asked"
	markDone  = "done"
	markVoid  = "void"
	maxNote   = 1000 // characters; Airflow's bound
)

type mark struct {
	Key, Word string
	At        time.Time
	What      string
}

func (m mark) String() string {
	return strings.TrimSpace(strings.Join([]string{markWord, m.Key, m.Word, m.At.UTC().Format(time.RFC3339), m.What}, " "))
}

func parseMark(line string) (mark, bool) {
	f := strings.SplitN(strings.TrimSpace(line), " ", 5)
	if len(f) < 4 || f[0] != markWord {
		return mark{}, false
	}
	at, err := time.Parse(time.RFC3339, f[3])
	if err != nil || f[2] != markAsked && f[2] != markDone && f[2] != markVoid {
		return mark{}, false
	}
	m := mark{Key: f[1], Word: f[2], At: at}
	if len(f) == 5 {
		m.What = f[4]
	}
	return m, true
}

// readMark finds the line of a key in a note.
func readMark(note, key string) (mark, bool) {
	for _, line := range strings.Split(note, "\n") {
		if m, ok := parseMark(line); ok && m.Key == key {
			return m, true
		}
	}
	return mark{}, false
}

// writeMark puts the line of a key into a note, in place of the one it had. What
// people wrote stays; when the note is full, settled lines of other keys make room,
// oldest first. It is a Conflict when there is no room.
func writeMark(note string, m mark) (string, error) {
	var lines []string
	for _, line := range strings.Split(note, "\n") {
		if old, ok := parseMark(line); strings.TrimSpace(line) != "" && !(ok && old.Key == m.Key) {
			lines = append(lines, line)
		}
	}
	lines = append(lines, m.String())
	for i := 0; i < len(lines)-1 && noteLength(lines) > maxNote; {
		if old, ok := parseMark(lines[i]); ok && old.Word != markAsked {
			lines = append(lines[:i], lines[i+1:]...)
			continue
		}
		i++
	}
	if noteLength(lines) > maxNote {
		return "", pipewright.Errorf(pipewright.Conflict, "the note of the DAG run has no room for the key of the action: shorten it in Airflow")
	}
	return strings.Join(lines, "\n"), nil
}

func noteLength(lines []string) int { return utf8.RuneCountInString(strings.Join(lines, "\n")) }
