package when_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/ask/when"
)

var berlin = mustZone("Europe/Berlin")

func mustZone(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return loc
}

func at(t *testing.T, s string, loc *time.Location) time.Time {
	t.Helper()
	for _, form := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if v, err := time.ParseInLocation(form, s, loc); err == nil {
			return v
		}
	}
	v, err := time.Parse(time.RFC3339, s)
	require.NoError(t, err)
	return v
}

// Wednesday 18 November 2026, 15:10 in Berlin.
const wednesday = "2026-11-18 15:10"

func TestRangesThatPeopleSay(t *testing.T) {
	tests := []struct{ text, start, end string }{
		{"errors in the past 24 hours", "2026-11-17 15:10", wednesday},
		{"the last hour and a half", "2026-11-18 13:40", wednesday},
		{"the last 1h30m", "2026-11-18 13:40", wednesday},
		{"since 0600", "2026-11-18 06:00", wednesday},
		{"from 0100 to 0230", "2026-11-18 01:00", "2026-11-18 02:30"},
		{"since half past 3", "2026-11-18 03:30", wednesday},
		{"since quarter to 4", "2026-11-18 03:45", wednesday},
		{"since 10 last night", "2026-11-17 22:00", wednesday},
		{"since 2215 last night", "2026-11-17 22:15", wednesday},
		{"all failures from yesterday", "2026-11-17", "2026-11-18"},
		{"everything from yesterday on", "2026-11-17", wednesday},
		{"yesterdays deployments", "2026-11-17", "2026-11-18"},
		{"errors in the past 3 hours", "2026-11-18 12:10", wednesday},
		{"last 90 minutes", "2026-11-18 13:40", wednesday},
		{"over the last two days", "2026-11-16 15:10", wednesday},
		{"in the last few hours", "2026-11-18 12:10", wednesday},
		{"last couple of hours", "2026-11-18 13:10", wednesday},
		{"past hour", "2026-11-18 14:10", wednesday},
		{"the last half an hour", "2026-11-18 14:40", wednesday},
		{"within 6h", "2026-11-18 09:10", wednesday},
		{"errors 24h", "2026-11-17 15:10", wednesday},
		{"for twenty four hours", "2026-11-17 15:10", wednesday},
		{"past week", "2026-11-11 15:10", wednesday},
		{"past 7 days", "2026-11-11 15:10", wednesday},
		{"past month", "2026-10-18 15:10", wednesday},
		{"last week", "2026-11-09", "2026-11-16"},
		{"this week", "2026-11-16", wednesday},
		{"this month", "2026-11-01", wednesday},
		{"last month", "2026-10-01", "2026-11-01"},
		{"today", "2026-11-18", wednesday},
		{"yesterday", "2026-11-17", "2026-11-18"},
		{"the day before yesterday", "2026-11-16", "2026-11-17"},
		{"this morning", "2026-11-18 05:00", "2026-11-18 12:00"},
		{"this afternoon", "2026-11-18 12:00", wednesday},
		{"yesterday evening", "2026-11-17 18:00", "2026-11-18"},
		{"last night", "2026-11-17 18:00", "2026-11-18 06:00"},
		{"overnight", "2026-11-17 18:00", "2026-11-18 06:00"},
		{"on Monday", "2026-11-16", "2026-11-17"},
		{"on wednesday", "2026-11-18", wednesday},
		{"last Wednesday", "2026-11-11", "2026-11-12"},
		{"last Tuesday", "2026-11-17", "2026-11-18"},
		{"last weekend", "2026-11-14", "2026-11-16"},
		{"since yesterday 5pm", "2026-11-17 17:00", wednesday},
		{"since 5pm yesterday", "2026-11-17 17:00", wednesday},
		{"since yesterday at 17:00", "2026-11-17 17:00", wednesday},
		{"since Monday", "2026-11-16", wednesday},
		{"since this morning", "2026-11-18 05:00", wednesday},
		{"since 9am", "2026-11-18 09:00", wednesday},
		{"since 9", "2026-11-18 09:00", wednesday},
		{"since 22:30", "2026-11-17 22:30", wednesday},
		{"since midnight", "2026-11-18", wednesday},
		{"since 3 hours ago", "2026-11-18 12:10", wednesday},
		{"since 2026-11-16", "2026-11-16", wednesday},
		{"after 2pm", "2026-11-18 14:00", wednesday},
		{"from yesterday noon until today 6am", "2026-11-17 12:00", "2026-11-18 06:00"},
		{"between 02:00 and 04:00", "2026-11-18 02:00", "2026-11-18 04:00"},
		{"between 2 and 4", "2026-11-18 02:00", "2026-11-18 04:00"},
		{"between 2 and 3pm", "2026-11-18 14:00", "2026-11-18 15:00"},
		{"between 2am and 4am yesterday", "2026-11-17 02:00", "2026-11-17 04:00"},
		{"yesterday between 02:00 and 04:00", "2026-11-17 02:00", "2026-11-17 04:00"},
		{"on Monday from 9am to 11am", "2026-11-16 09:00", "2026-11-16 11:00"},
		{"from 22:00 to 02:00", "2026-11-17 22:00", "2026-11-18 02:00"},
		{"between yesterday 22:00 and 02:00", "2026-11-17 22:00", "2026-11-18 02:00"},
		{"02:00-04:00", "2026-11-18 02:00", "2026-11-18 04:00"},
		{"02:00–04:00 on Monday", "2026-11-16 02:00", "2026-11-16 04:00"},
		{"from Monday to Wednesday", "2026-11-16", "2026-11-19"},
		{"between 2026-11-17T02:00:00Z and 2026-11-17T04:00:00Z", "2026-11-17 03:00", "2026-11-17 05:00"},
		{"from 2026-11-17 02:00 to 2026-11-17 04:00", "2026-11-17 02:00", "2026-11-17 04:00"},
		{"on 2026-11-12", "2026-11-12", "2026-11-13"},
		{"on Nov 12", "2026-11-12", "2026-11-13"},
		{"on the 12th of November 2025", "2025-11-12", "2025-11-13"},
		{"on December 24", "2025-12-24", "2025-12-25"},
		{"12.11.2026", "2026-11-12", "2026-11-13"},
		{"on the 12th", "2026-11-12", "2026-11-13"},
		{"at 03:10", "2026-11-18 03:05", "2026-11-18 03:15"},
		{"around 3am", "2026-11-18 02:30", "2026-11-18 03:30"},
		{"at 3am on Monday", "2026-11-16 02:45", "2026-11-16 03:15"},
		{"on Monday at 03:10", "2026-11-16 03:05", "2026-11-16 03:15"},
		{"last night at 3", "2026-11-18 02:45", "2026-11-18 03:15"},
		{"at 3 this morning", "2026-11-18 02:45", "2026-11-18 03:15"},
		{"5 minutes ago", "2026-11-18 15:04", "2026-11-18 15:06"},
		{"an hour ago", "2026-11-18 13:40", "2026-11-18 14:40"},
		{"3 days ago", "2026-11-15", "2026-11-16"},
		{"until 6am today", "2026-11-18", "2026-11-18 06:00"},
		{"between 02:00 and 04:00 UTC", "2026-11-18 03:00", "2026-11-18 05:00"},
		{"since 17:00 Europe/London yesterday", "2026-11-17 18:00", wednesday},
		{"yestreday", "2026-11-17", "2026-11-18"},
		{"in the past 3 huors", "2026-11-18 12:10", wednesday},
		{"betwen 2am adn 4am", "2026-11-18 02:00", "2026-11-18 04:00"},
		{"hours thrown 24 the how past errors in many", "2026-11-17 15:10", wednesday},
		{"night failed jobs last which", "2026-11-17 18:00", "2026-11-18 06:00"},
		{"what is it doing right now", "", ""},
		{"why did orders_2 fail in v2", "", ""},
		{"restart orders-24h", "", ""},
		{"scale up to 3 replicas", "", ""},
		{"show incident 3", "", ""},
		{"the second one", "", ""},
		{"might the house be right", "", ""},
		{"what changed since the last good run", "", ""},
		{"", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			r, ok := when.Find(tt.text, at(t, wednesday, berlin), nil)
			require.Equal(t, tt.start != "", ok, "%v", r)
			if ok {
				assert.Equal(t, at(t, tt.start, berlin).String(), r.Start.String(), "start")
				assert.Equal(t, at(t, tt.end, berlin).String(), r.End.String(), "end")
				assert.NotEmpty(t, r.Spans)
			}
		})
	}
}

func TestThreeInTheMorningOnCall(t *testing.T) {
	now := at(t, "2026-11-18 03:10", berlin)
	tests := []struct{ text, start, end string }{
		{"last night", "2026-11-17 18:00", "2026-11-18 03:10"},
		{"tonight", "2026-11-17 18:00", "2026-11-18 03:10"},
		{"yesterday", "2026-11-17", "2026-11-18"},
		{"around 3am", "2026-11-18 02:30", "2026-11-18 03:30"},
		{"since 22:00", "2026-11-17 22:00", "2026-11-18 03:10"},
		{"between 2 and 4", "2026-11-18 02:00", "2026-11-18 04:00"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			r, ok := when.Find(tt.text, now, nil)
			require.True(t, ok)
			assert.Equal(t, at(t, tt.start, berlin).String(), r.Start.String())
			assert.Equal(t, at(t, tt.end, berlin).String(), r.End.String())
		})
	}
}

func TestDaysOfTwentyThreeAndTwentyFiveHours(t *testing.T) {
	tests := []struct {
		name, now, text string
		hours           float64
	}{
		{"the day the clocks went forward", "2026-03-30 12:00", "yesterday", 23},
		{"the day the clocks went back", "2026-10-26 12:00", "yesterday", 25},
		{"24 hours are 24 hours", "2026-10-26 01:00", "past 24 hours", 24},
		{"a day back on the calendar", "2026-10-25 12:00", "past 1 day", 25},
		{"a week with the change in it", "2026-10-28 12:00", "past week", 169},
		{"between two and four when there is no half past two", "2026-03-29 12:00", "between 1am and 4am", 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, ok := when.Find(tt.text, at(t, tt.now, berlin), nil)
			require.True(t, ok)
			assert.Equal(t, tt.hours, r.Span().Hours())
		})
	}
}

func TestMonthsOfDifferentLength(t *testing.T) {
	r, ok := when.Find("past month", at(t, "2026-03-31 10:00", time.UTC), nil)
	require.True(t, ok)
	assert.Equal(t, at(t, "2026-02-28 10:00", time.UTC), r.Start)
	r, ok = when.Find("last month", at(t, "2026-03-31 10:00", time.UTC), nil)
	require.True(t, ok)
	assert.Equal(t, at(t, "2026-02-01", time.UTC), r.Start)
	assert.Equal(t, at(t, "2026-03-01", time.UTC), r.End)
}

func TestFollowUpsMoveTheEarlierRange(t *testing.T) {
	now := at(t, wednesday, time.UTC)
	prev := pipewright.Window{Start: at(t, "2026-11-17", time.UTC), End: at(t, "2026-11-18", time.UTC)}
	for text, start := range map[string]string{
		"and the day before?": "2026-11-16", "the week before": "2026-11-10", "and two days earlier": "2026-11-15",
		"what about the previous day": "2026-11-16", "and before that?": "2026-11-16",
	} {
		r, ok := when.Find(text, now, &prev)
		require.True(t, ok, text)
		assert.Equal(t, at(t, start, time.UTC), r.Start, text)
		assert.Equal(t, 24*time.Hour, r.Span(), text)
		assert.True(t, r.Relative, text)
	}
}

func TestUntil(t *testing.T) {
	now := at(t, wednesday, berlin)
	tests := []struct{ text, want string }{
		{"pause healing for orders until 6pm", "2026-11-18 18:00"},
		{"pause until 9am", "2026-11-19 09:00"},
		{"hold off till tomorrow morning", "2026-11-19 05:00"},
		{"until tomorrow at 8", "2026-11-19 08:00"},
		{"for 2 hours", "2026-11-18 17:10"},
		{"for the next 90 minutes", "2026-11-18 16:40"},
		{"for half an hour", "2026-11-18 15:40"},
		{"until Monday", "2026-11-23"},
		{"until the end of Monday", "2026-11-24"},
		{"until 2026-11-20T08:00:00Z", "2026-11-20 09:00"},
		{"for the rest of the day", ""},
		{"pause it", ""},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			got, _, ok := when.Until(tt.text, now)
			require.Equal(t, tt.want != "", ok, got)
			if ok {
				assert.Equal(t, at(t, tt.want, berlin).String(), got.String())
			}
		})
	}
}

func TestTheWordsConsumedAreTold(t *testing.T) {
	text := "how many errors, since yesterday 5pm, did orders_2 throw?"
	r, ok := when.Find(text, at(t, wednesday, berlin), nil)
	require.True(t, ok)
	require.Len(t, r.Spans, 1)
	assert.Equal(t, "since yesterday 5pm", text[r.Spans[0][0]:r.Spans[0][1]])
}

func FuzzFind(f *testing.F) {
	for _, s := range []string{"between 02:00 and 04:00 on Monday", "99pm on the 45th of May 2026-13-40T99:99", "for a a an half of", "\xff'’s last"} {
		f.Add(s)
	}
	now := time.Date(2026, 3, 29, 2, 30, 0, 0, berlin)
	f.Fuzz(func(t *testing.T, text string) {
		r, ok := when.Find(text, now, &pipewright.Window{Start: now, End: now})
		_, _, _ = when.Until(text, now)
		for _, s := range r.Spans {
			if !ok || s[0] < 0 || s[0] > s[1] || s[1] > len(text) {
				t.Fatalf("span %v outside %q", s, text)
			}
		}
		if ok && r.End.Before(r.Start) {
			t.Fatalf("%q ends before it starts: %v", text, r.Window)
		}
	})
}

func TestAnHourThatIsShownTwiceCountsFromItsFirstShowing(t *testing.T) {
	found, ok := when.Find("on 25 october between 02:00 and 04:00", at(t, wednesday, berlin), nil)
	require.True(t, ok)
	assert.Equal(t, 3*time.Hour, found.Window.Span())
	assert.Equal(t, "2026-10-25T00:00:00Z", found.Window.Start.UTC().Format(time.RFC3339))
}
