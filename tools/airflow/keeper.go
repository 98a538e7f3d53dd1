package airflow

import (
	"regexp"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// keeper holds the head of a log and, in a ring, its tail.
type keeper struct {
	head, tail []record
	next, left int
	open       bool // the last record is an unfinished plain traceback
}

func (k *keeper) add(r record) {
	if last := k.last(); last != nil && k.open && continues(r.Text) && len(last.Text)+len(r.Text) < maxRecord {
		last.Text += "\n" + r.Text
		if k.open = r.Text == "" || strings.HasPrefix(r.Text, " ") || strings.HasPrefix(r.Text, tracebackStart); !k.open {
			last.Cause, last.Level = firstLine(r.Text), pipewright.Err
		}
		return
	}
	k.open = strings.HasSuffix(firstLine(r.Text), tracebackStart) && r.Cause == ""
	switch {
	case len(k.head) < headRecords:
		k.head = append(k.head, r)
	case len(k.tail) < tailRecords:
		k.tail = append(k.tail, r)
	default:
		k.tail[k.next] = r
		k.next = (k.next + 1) % tailRecords
		k.left++
	}
}

func (k *keeper) last() *record {
	switch {
	case len(k.tail) > 0:
		return &k.tail[(k.next+len(k.tail)-1)%len(k.tail)]
	case len(k.head) > 0:
		return &k.head[len(k.head)-1]
	}
	return nil
}

func (k *keeper) log() taskLog {
	return taskLog{Records: slices.Concat(k.head, k.tail[k.next:], k.tail[:k.next]), LeftOut: k.left}
}

const tracebackStart = "Traceback (most recent call last):"

// continues reports whether a plain line may belong to the traceback before it:
// a frame, or the line with the exception, which ends it.
func continues(text string) bool {
	return text == "" || strings.HasPrefix(text, " ") || strings.HasPrefix(text, tracebackStart) || exceptionLine.MatchString(text)
}

var exceptionLine = regexp.MustCompile(`^[A-Za-z_][\w.]*(: |$)`)
