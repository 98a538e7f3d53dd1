package airflow

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// limit is a limit of ours on a pool. It stands in the last line of the pool's
// description, which changes in one call with the slots, so that either both are there
// or neither, people see it in Airflow, and a crash cannot lose what was there before:
//
//	pipewright <key> lets in <slots> of <of> slots since <time>
type limit struct {
	Key   string
	Slots int // let in
	Of    int // what the pool had, or unlimited
	At    time.Time
}

func (l limit) String() string {
	key, at := l.Key, l.At.UTC().Format(time.RFC3339)
	if key == "" { // a preparation: neither is known yet
		key, at = "KEY", "TIME"
	}
	return fmt.Sprintf("pipewright %s lets in %d of %d slots since %s", key, l.Slots, l.Of, at)
}

var limitShape = regexp.MustCompile(`^pipewright (\S+) lets in (\d{1,9}) of (-1|\d{1,9}) slots since (\S+)$`)

// readLimit takes a description apart: the limit in its last line, and what was there
// before it, nil when there was none.
func readLimit(description *string) (l limit, was *string, ok bool) {
	text := deref(description)
	before, last := "", text
	cut := strings.LastIndexByte(text, '\n')
	if cut >= 0 {
		before, last = text[:cut], text[cut+1:]
	}
	m := limitShape.FindStringSubmatch(last)
	if m == nil {
		return limit{}, description, false
	}
	at, err := time.Parse(time.RFC3339, m[4])
	if err != nil {
		return limit{}, description, false
	}
	l = limit{Key: m[1], At: at}
	l.Slots, _ = strconv.Atoi(m[2]) // digits only
	l.Of, _ = strconv.Atoi(m[3])
	if cut < 0 {
		return l, nil, true
	}
	return l, &before, true
}

// under is the description with the limit put beneath it.
func (l limit) under(was *string) *string {
	text := l.String()
	if was != nil {
		text = *was + "\n" + text
	}
	return &text
}

// sayOf says how many slots a pool has.
func sayOf(slots int) string {
	if slots == unlimited {
		return "unlimited"
	}
	return itoa(slots)
}
