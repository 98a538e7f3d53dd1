package aws

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

// oneStream makes events a millisecond apart.
func oneStream(texts ...string) (out []event) {
	for i, text := range texts {
		out = append(out, event{Stream: "jr_1", ID: fmt.Sprint(i), At: at(float64(i) / 1000), Text: text})
	}
	return out
}

func TestLinesThatBelongTogetherAreOneRecord(t *testing.T) {
	const info, bad = "2026-11-20 03:00:00,000 INFO [main] Task: started", "26/11/20 03:00:00 ERROR Executor: Exception in task 17.0 in stage 9.0 (TID 389)"
	tests := []struct {
		name  string
		lines []string
		sizes []int // lines of each record
	}{
		{"plain records stay apart", []string{info, bad, info}, []int{1, 1, 1}},
		{"a Java stack trace", []string{bad, "java.lang.OutOfMemoryError: Java heap space", "\tat java.util.Arrays.copyOf(Arrays.java:3332)", "\tat a.b.C$D.<init>(C.java:1)", info}, []int{4, 1}},
		{"a trace with causes", []string{bad, "org.apache.spark.SparkException: Job aborted", "\tat a.B.c(B.java:1)", "Caused by: java.io.IOException: No space left on device",
			"\tat d.E.f(E.java:2)", "\t... 12 more", info}, []int{6, 1}},
		{"a suppressed one", []string{bad, "x.YException: z", "\tat a.B.c(B.java:1)", "Suppressed: q.RException", "... 3 more"}, []int{5}},
		{"an exception in a thread", []string{`Exception in thread "main" java.lang.NullPointerException`, "\tat a.B.c(B.java:1)"}, []int{2}},
		{"a bare exception after an ordinary line is its own", []string{info, "java.io.IOException: Broken pipe", "\tat a.B.c(B.java:1)"}, []int{1, 2}},
		{"two throwables in a row", []string{bad, "java.io.IOException: one", "java.io.IOException: two"}, []int{2, 1}},
		{"a Python traceback", []string{"Traceback (most recent call last):", `  File "/tmp/orders_etl.py", line 58, in <module>`, "    raw.select(x)",
			"pyspark.sql.utils.AnalysisException: Column 'customer_id' does not exist.", info}, []int{4, 1}},
		{"a traceback under an error line", []string{"2026-11-20 03:00:00,000 ERROR [main] GlueLogger: it failed", "Traceback (most recent call last):",
			`  File "x.py", line 1, in f`, "ValueError: no", "done"}, []int{4, 1}},
		{"a chain of tracebacks", []string{"Traceback (most recent call last):", `  File "x.py", line 1, in f`, "KeyError: 'a'", "",
			"During handling of the above exception, another exception occurred:", "", "Traceback (most recent call last):", `  File "x.py", line 3, in f`,
			"ValueError: no", "next"}, []int{9, 1}},
		{"two tracebacks that are not a chain", []string{"Traceback (most recent call last):", `  File "x.py", line 1, in f`, "KeyError: 'a'",
			"Traceback (most recent call last):", `  File "x.py", line 1, in f`, "KeyError: 'a'"}, []int{3, 3}},
		{"py4j's Java side", []string{"Traceback (most recent call last):", `  File "x.py", line 1, in f`,
			"py4j.protocol.Py4JJavaError: An error occurred while calling o89.getDynamicFrame.", ": com.amazon.AmazonS3Exception: Access Denied", "\tat a.B.c(B.java:1)", info}, []int{5, 1}},
		{"an event of several lines is one record", []string{bad + "\n\tat a.B.c(B.java:1)", info}, []int{2, 1}},
		{"a stream that begins within a trace", []string{"\tat a.B.c(B.java:1)", "\tat a.B.d(B.java:2)", info}, []int{2, 1}},
		{"a line that only looks like a cause", []string{info, "Caused byte overflow"}, []int{1, 1}},
		{"blank lines are nothing by themselves", []string{"", " ", info}, []int{1}},
		{"carriage returns", []string{bad + "\r", "java.io.IOException: x\r", "\tat a.B.c(B.java:1)\r"}, []int{3}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var sizes []int
			for _, r := range group(oneStream(tt.lines...)) {
				sizes = append(sizes, strings.Count(r.Text, "\n")+1)
			}
			assert.Equal(t, tt.sizes, sizes)
		})
	}
}

func TestStreamsAndTimeKeepRecordsApart(t *testing.T) {
	events := []event{
		{"a", "1", at(0), "ERROR first"}, {"b", "2", at(0.1), "ERROR other"}, {"a", "3", at(0.2), "\tat a.B.c(B.java:1)"}, {"b", "4", at(0.3), "\tat b.B.c(B.java:1)"},
		{"a", "5", at(2.5), "\tat too.late(B.java:1)"},
	}
	var got []string
	for _, r := range group(events) {
		got = append(got, r.uid()+" "+strings.ReplaceAll(r.Text, "\n\t", " | "))
	}
	assert.Equal(t, []string{"a/1 ERROR first | at a.B.c(B.java:1)", "b/2 ERROR other | at b.B.c(B.java:1)", "a/5 \tat too.late(B.java:1)"}, got)
}

func TestLevels(t *testing.T) {
	for text, want := range map[string]pipewright.Level{
		"2026-11-20 03:00:00,000 INFO [main] x.Y: ERROR is only a word here":      pipewright.Info,
		"2026-11-20 03:00:00,000 WARN [main] x.Y: Lost task":                      pipewright.Warn,
		"26/11/20 03:00:00 ERROR Executor: Exception":                             pipewright.Err,
		"[ERROR] 2026-11-20T03:00:00Z 1f Runtime exited with error":               pipewright.Err,
		"2026-11-20T03:00:00Z|DEBUG|x":                                            pipewright.Debug,
		`{"ts":1,"Level":"warning","msg":"x"}`:                                    pipewright.Warn,
		"orders_etl: committed job bookmark":                                      pipewright.Info,
		"no ERRORS at all":                                                        pipewright.Info,
		"java.io.IOException: Broken pipe":                                        pipewright.Err,
		"Traceback (most recent call last):\n  File \"x\", line 1\nValueError: y": pipewright.Err,
	} {
		records := group(oneStream(text))
		require.Len(t, records, 1, text)
		assert.Equal(t, want, records[0].level(), text)
	}
}

func TestAHugeRecordIsCut(t *testing.T) {
	lines := []string{"ERROR " + strings.Repeat("ä ", 50_000)}
	records := group(oneStream(lines...))
	require.Len(t, records, 1)
	assert.LessOrEqual(t, len(records[0].Text), maxRecord+10)
	assert.True(t, utf8.ValidString(records[0].Text))
	assert.True(t, strings.HasSuffix(records[0].Text, "[cut]"))

	lines = []string{"ERROR x"}
	for range 1500 {
		lines = append(lines, "\tat "+strings.Repeat("a.b", 30)+"(C.java:1)")
	}
	records = group(oneStream(lines...))
	require.Len(t, records, 1)
	assert.LessOrEqual(t, len(records[0].Text), maxRecord+10)
}

// FuzzGroup checks what holds of any log: no event is lost or shown twice, records are in
// order, and where a record begins does not depend on what follows it.
func FuzzGroup(f *testing.F) {
	f.Add("ERROR x\njava.io.IOException: y\n\tat a.B.c(B.java:1)\nCaused by: z\n\t... 3 more\nINFO on", uint8(3))
	f.Add("Traceback (most recent call last):\n  File \"x\", line 1\nKeyError: y\n\nDuring handling of the above exception\nTraceback (most recent call last):", uint8(1))
	f.Add("\n \n\t\n: x\n\xff\xfe", uint8(0))
	f.Fuzz(func(t *testing.T, text string, at byte) {
		var events []event
		for i, line := range strings.Split(text, "\n") {
			e := oneStream(line)[0]
			e.ID, e.At = fmt.Sprint(i), e.At.Add(time.Duration(i*int(at))*time.Millisecond)
			events = append(events, e)
		}
		records := group(events)
		shown := map[string]bool{}
		lines := 0
		for i, r := range records {
			require.False(t, shown[r.uid()])
			shown[r.uid()] = true
			require.NotEmpty(t, r.level())
			require.True(t, i == 0 || !r.At.Before(records[i-1].At))
			lines += len(nonBlank(r.Text))
		}
		if len(text) < maxRecord {
			require.Equal(t, len(nonBlank(text)), lines)
		}
		for _, r := range group(events[:len(events)/2]) {
			require.True(t, shown[r.uid()], "a record's beginning depends on what is before it")
		}
	})
}

func nonBlank(text string) (out []string) {
	for _, l := range strings.Split(text, "\n") {
		if strings.TrimSpace(l) != "" {
			out = append(out, l)
		}
	}
	return out
}
