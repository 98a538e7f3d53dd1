package aws

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

// Bounds of one reading of a log.
const (
	eventPages = 5 // with events in them
	emptyPages = 30
	pageEvents = 2000
	settle     = 3 * time.Second  // after which no line is added to a record
	runUp      = 30 * time.Second // read before the mark, so that no record begins in its middle
)

// reading is one reading of a log from a mark on.
type reading struct {
	group  string
	prefix string // of the streams; empty: all
	from   mark
	end    time.Time // of the events; zero: open
	now    time.Time
	whole  bool // nothing more is to come: the last records are whole too
}

// covers reports whether a stream is one of the log's. The streams of a retry
// begin with the id of the run that it retries, and are not.
func (r reading) covers(stream string) bool {
	rest, ok := strings.CutPrefix(stream, r.prefix)
	return ok && (r.prefix == "" || !strings.HasPrefix(rest, "_attempt_"))
}

// found is what a reading brought.
type found struct {
	records []record
	next    mark
	held    bool // there is a last record that may go on
	skipped bool // there was more at one moment than can be read
}

// follow reads the records of a log that begin at or after the mark. Events may
// arrive late, so it goes back over the last minutes unless the mark was cut.
// Only records that are whole are returned: polls at any times bring the same ones.
func (c *Client) follow(ctx context.Context, r reading) (found, error) {
	from, ahead := r.from.At.Add(-logOverlap), runUp
	switch {
	case r.from.Skip:
		from, ahead = r.from.At, 0
	case r.from.Cut:
		from, ahead = r.from.At, span
	}
	events, more, err := c.events(ctx, r, from.Add(-ahead))
	if err != nil {
		return found{}, err
	}
	f := found{next: mark{At: r.from.At}}
	known := r.now.Add(-settle) // up to here the log is complete
	if n := len(events); n > 0 {
		newest := events[n-1].At
		f.next.At = later(f.next.At, earlier(newest, r.now))
		if more {
			known = newest
			f.next = mark{At: newest.Add(-span), Cut: true}
			if f.skipped = !f.next.At.After(from); f.skipped {
				f.next.At, f.next.Skip = newest.Add(time.Millisecond), true
			}
		}
	}
	for _, one := range group(events) {
		switch {
		case one.At.Before(from):
		case one.Followed, r.whole && !more, f.skipped, !one.At.Add(span).After(known):
			f.records = append(f.records, one)
		default:
			f.held = true
		}
	}
	return f, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// events reads the events from a time on, oldest first. more says that there
// were more than one reading takes.
func (c *Client) events(ctx context.Context, r reading, from time.Time) (out []event, more bool, err error) {
	in := &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &r.group, Limit: sdk.Int32(pageEvents), StartTime: sdk.Int64(from.UnixMilli())}
	o := op{"logs:FilterLogEvents", "logGroupName=" + r.group}
	if r.prefix != "" {
		in.LogStreamNamePrefix = &r.prefix
		o.args += " logStreamNamePrefix=" + r.prefix
	}
	if !r.end.IsZero() {
		in.EndTime = sdk.Int64(r.end.UnixMilli())
	}
	full := 0
	whole, err := pages(eventPages+emptyPages, func(token *string) (*string, bool, error) {
		in.NextToken = token
		page, err := call(ctx, c, o, c.logs.FilterLogEvents, in)
		if err != nil {
			return nil, false, err
		}
		for _, e := range page.Events {
			if stream := sdk.ToString(e.LogStreamName); r.covers(stream) {
				out = append(out, asEvent(stream, e))
			}
		}
		if len(page.Events) > 0 {
			full++
		}
		more = full == eventPages && sdk.ToString(page.NextToken) != ""
		return page.NextToken, full == eventPages, nil
	})
	slices.SortStableFunc(out, func(a, b event) int { return cmp.Compare(a.At.UnixMilli(), b.At.UnixMilli()) })
	return out, more || !whole && len(out) > 0, err
}

func asEvent(stream string, e types.FilteredLogEvent) event {
	return event{Stream: stream, ID: sdk.ToString(e.EventId), At: time.UnixMilli(sdk.ToInt64(e.Timestamp)).UTC(), Text: sdk.ToString(e.Message)}
}
