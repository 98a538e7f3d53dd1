package airflow

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

var ended = time.Date(2026, 11, 20, 10, 0, 9, 0, time.UTC)

func readAll(t *testing.T, text string) taskLog {
	t.Helper()
	log, err := readLog(strings.NewReader(text), ended)
	require.NoError(t, err)
	return log
}

func TestAStructuredExceptionIsOneRecord(t *testing.T) {
	log := readAll(t, failureLog)
	require.Len(t, log.Records, 2, "markup and the place of the file are left out")
	assert.Equal(t, record{
		At: time.Date(2026, 11, 20, 10, 0, 0, 824e6, time.UTC), Level: pipewright.Err,
		Cause: `UndefinedColumn: column "customer_id" does not exist`,
		Text: `Task failed with exception
Traceback (most recent call last):
  File "/opt/dags/orders.py", line 45, in extract
UndefinedColumn: column "customer_id" does not exist
LINE 1: COPY (SELECT order_id, customer_id
                             ^`,
	}, log.Records[1])
	assert.Equal(t, `UndefinedColumn: column "customer_id" does not exist`, log.rootCause())
}

func TestTheRootCauseIsTheInnermostException(t *testing.T) {
	log := readAll(t, `{"event":"Task failed with exception","level":"error","error_detail":[{"exc_type":"AirflowException","exc_value":"load failed","is_cause":false,"frames":[]},{"exc_type":"OperationalError","exc_value":"connection refused\nmore","is_cause":true,"frames":[{"filename":"a.py","lineno":1,"name":"f"}]}]}`)
	assert.Equal(t, "OperationalError: connection refused", log.rootCause())
	assert.Equal(t, `Task failed with exception
Traceback (most recent call last):
  File "a.py", line 1, in f
OperationalError: connection refused
more

The above exception was the direct cause of the following exception:

AirflowException: load failed`, log.Records[0].Text)
}

func TestOtherFormsOfALog(t *testing.T) {
	cases := []struct{ name, text, cause string }{
		{"an object with a list of messages", `{"content":[{"event":"::group::x"},{"timestamp":"2026-11-20T10:00:00Z","event":"Process terminated by signal","level":"critical","signal":-9,"signal_name":"SIGKILL"}],"continuation_token":null}`,
			"Process terminated by signal signal=-9 signal_name=SIGKILL"},
		{"a list of plain lines", `{"content":["[2026-11-20T10:00:00.123+0000] {taskinstance.py:1} ERROR - Task received SIGTERM signal"],"continuation_token":null}`, "Task received SIGTERM signal"},
		{"plain text", "[2026-11-20T10:00:00.123+0000] {a.py:1} INFO - hello\n[2026-11-20T10:00:01.123+0000] {a.py:2} ERROR - it broke", "it broke"},
		{"a traceback printed line by line", `{"event":"Traceback (most recent call last):","level":"error","timestamp":"2026-11-20T10:00:00Z"}
{"event":"  File \"x.py\", line 3, in f","level":"error"}
{"event":"    g()","level":"error"}
{"event":"psycopg2.errors.UndefinedColumn: column \"a\" does not exist","level":"error"}
{"event":"done","level":"info"}`, `psycopg2.errors.UndefinedColumn: column "a" does not exist`},
		{"an exception as text", `{"event":"failed","level":"error","exc_info":"Traceback (most recent call last):\n  File \"x\"\nKeyError: 'a'"}`, "KeyError: 'a'"},
		{"nothing wrong", goodLog, ""},
		{"empty", "", ""},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) { assert.Equal(t, tc.cause, readAll(t, tc.text).rootCause()) })
	}
	folded := readAll(t, cases[3].text)
	require.Len(t, folded.Records, 2, "the traceback is one record")
	assert.Equal(t, 3, strings.Count(folded.Records[0].Text, "\n"))
}

func TestALongLogKeepsItsHeadAndTail(t *testing.T) {
	var b strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&b, `{"timestamp":"2026-11-20T10:00:00Z","event":"line %d","level":"info"}`+"\n", i)
	}
	b.WriteString(`{"event":"the end","level":"error"}`)
	log := readAll(t, b.String())
	require.Len(t, log.Records, headRecords+tailRecords)
	assert.Equal(t, 5001-headRecords-tailRecords, log.LeftOut)
	assert.Equal(t, "line 0", log.Records[0].Text)
	assert.Equal(t, "line 4201", log.Records[headRecords].Text)
	assert.Equal(t, "the end", log.rootCause())
}

func TestAHugeLineIsCut(t *testing.T) {
	log := readAll(t, `{"event":"`+strings.Repeat("word ", 2<<20)+`","level":"error"}`+"\n"+`{"event":"after","level":"info"}`)
	require.Len(t, log.Records, 2)
	assert.LessOrEqual(t, len(log.Records[0].Text), maxRecord+len(" [cut]"))
	assert.Equal(t, "after", log.Records[1].Text)
	whole := readAll(t, strings.Repeat("x", maxAnswer+5)+"\nafter")
	require.Len(t, whole.Records, 2, "a line longer than is ever read")
}

func FuzzReadLog(f *testing.F) {
	f.Add(failureLog)
	f.Add(goodLog)
	f.Add(`{"content":["a",{"event":1},null,{"error_detail":[{"frames":[{}]}]}]}`)
	f.Add("Traceback (most recent call last):\n  x\nE\xff: y")
	f.Fuzz(func(t *testing.T, text string) {
		log, err := readLog(strings.NewReader(text), ended)
		if err != nil {
			t.Fatal(err) // a reader of a string never fails
		}
		if len(log.Records) > headRecords+tailRecords {
			t.Fatalf("%d records kept", len(log.Records))
		}
		for _, r := range log.Records {
			if strings.TrimSpace(r.Text) == "" || r.At.IsZero() || len(r.Text) > 2*maxRecord {
				t.Fatalf("record %+v", r)
			}
		}
		log.rootCause()
	})
}
