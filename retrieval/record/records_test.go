package record_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/retrieval/record"
)

var now = time.Date(2026, 11, 20, 13, 0, 0, 0, time.UTC)

func TestParse(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339Nano, s)
		require.NoError(t, err)
		return v.UTC()
	}
	for name, c := range map[string]struct {
		in   string
		want record.Header
	}{
		"Spark":                {"17/06/09 20:10:40 INFO executor.CoarseGrainedExecutorBackend: Registered signal handlers", record.Header{At: at("2017-06-09T20:10:40Z"), Level: pipewright.Info, Logger: "executor.CoarseGrainedExecutorBackend", Message: "Registered signal handlers"}},
		"Hadoop":               {"2015-10-18 18:01:47,978 INFO [main] org.apache.hadoop.MRAppMaster: Created MRAppMaster", record.Header{At: at("2015-10-18T18:01:47.978Z"), Level: pipewright.Info, Logger: "org.apache.hadoop.MRAppMaster", Message: "Created MRAppMaster"}},
		"a dash after":         {"2015-07-29 17:41:44,747 - WARN  [Quorum[myid=1]/0:0:2181:Fast@774] - Notification time out: 3200", record.Header{At: at("2015-07-29T17:41:44.747Z"), Level: pipewright.Warn, Logger: "Quorum[myid=1]/0:0:2181:Fast@774", Message: "Notification time out: 3200"}},
		"Airflow":              {"[2026-11-20, 03:10:32 UTC] {taskinstance.py:1157} ERROR - Task failed", record.Header{At: at("2026-11-20T03:10:32Z"), Level: pipewright.Err, Logger: "taskinstance.py:1157", Message: "Task failed"}},
		"Airflow, newer":       {"[2026-11-20T03:10:32.123+0200] {taskinstance.py:1157} INFO - Marking task", record.Header{At: at("2026-11-20T01:10:32.123Z"), Level: pipewright.Info, Logger: "taskinstance.py:1157", Message: "Marking task"}},
		"syslog":               {"Nov 10 06:55:46 LabSZ sshd[24200]: Invalid user webmaster", record.Header{At: at("2026-11-10T06:55:46Z"), Logger: "sshd[24200]", Message: "Invalid user webmaster"}},
		"syslog, last year":    {"Dec 10 06:55:46 LabSZ sshd[24200]: Invalid user webmaster", record.Header{At: at("2025-12-10T06:55:46Z"), Logger: "sshd[24200]", Message: "Invalid user webmaster"}},
		"Apache":               {"[Sun Dec 04 04:47:44 2005] [error] mod_jk child in error state 6", record.Header{At: at("2005-12-04T04:47:44Z"), Level: pipewright.Err, Message: "mod_jk child in error state 6"}},
		"CloudWatch export":    {"2026-11-20T03:10:32.123Z Job run failed", record.Header{At: at("2026-11-20T03:10:32.123Z"), Message: "Job run failed"}},
		"Kubernetes":           {"2026-11-20T03:10:32.123456789Z stderr F level=error msg=\"no space left\" path=/data", record.Header{At: at("2026-11-20T03:10:32.123456789Z"), Level: pipewright.Err, Message: "no space left"}},
		"klog":                 {"E1120 03:10:32.123456       1 controller.go:114] loading failed", record.Header{At: at("2026-11-20T03:10:32.123456Z"), Level: pipewright.Err, Logger: "controller.go:114", Message: "loading failed"}},
		"logfmt":               {`ts=2026-11-20T03:10:32Z level=warn msg="slow query" took=3s`, record.Header{At: at("2026-11-20T03:10:32Z"), Level: pipewright.Warn, Message: "slow query"}},
		"JSON":                 {`{"timestamp":"2026-11-20T03:10:32Z","level":"ERROR","logger":"etl.load","message":"load failed","exc_info":"Traceback"}`, record.Header{At: at("2026-11-20T03:10:32Z"), Level: pipewright.Err, Logger: "etl.load", Message: "load failed\nTraceback"}},
		"JSON, in numbers":     {`{"time":1763608232123,"level":50,"msg":"gone"}`, record.Header{At: at("2025-11-20T03:10:32.123Z"), Level: pipewright.Err, Message: "gone"}},
		"Docker":               {`{"log":"2026-11-20 03:10:32 ERROR etl: load failed\n","stream":"stderr","time":"2026-11-20T03:10:32.5Z"}`, record.Header{At: at("2026-11-20T03:10:32.5Z"), Level: pipewright.Err, Logger: "etl", Message: "load failed"}},
		"a file's name first":  {"nova.log.1.2017-05-16_13:53:08 2017-05-16 00:00:00.008 25746 INFO nova.compute [req-1 - -] took 3 s", record.Header{At: at("2017-05-16T00:00:00.008Z"), Level: pipewright.Info, Logger: "nova.compute", Message: "took 3 s"}},
		"Airflow, a key first": {"[2026-11-20, 03:10:32 UTC] {logging_mixin.py:188} INFO - rows: 17", record.Header{At: at("2026-11-20T03:10:32Z"), Level: pipewright.Info, Logger: "logging_mixin.py:188", Message: "rows: 17"}},
		"Airflow 3": {`{"timestamp":"2026-11-20T03:10:32Z","level":"error","event":"Task failed","error_detail":[{"exc_type":"RuntimeError","exc_value":"load failed","frames":[]},{"exc_type":"ValueError","exc_value":"no rows","frames":[{"filename":"/a.py","lineno":3,"name":"load"}]}]}`,
			record.Header{At: at("2026-11-20T03:10:32Z"), Level: pipewright.Err, Message: "Task failed\nTraceback (most recent call last):\n  File \"/a.py\", line 3, in load\nValueError: no rows\n\nThe above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\nRuntimeError: load failed"}},
		"PostgreSQL":           {"2026-11-20 03:10:32.123 UTC [71] LOG:  checkpoint complete", record.Header{At: at("2026-11-20T03:10:32.123Z"), Level: pipewright.Info, Logger: "71", Message: "checkpoint complete"}},
		"a frame with a time":  {"[pod/fraud/app] 2026-11-20T03:10:32Z   File \"serve.py\", line 3", record.Header{At: at("2026-11-20T03:10:32Z"), Logger: "pod/fraud/app", Message: "  File \"serve.py\", line 3"}},
		"RFC 5424":             {`<34>1 2026-11-20T03:10:11.003Z etl-1 airflow 812 ID47 [meta x="1"][more y="2"] orders.load failed`, record.Header{At: at("2026-11-20T03:10:11.003Z"), Logger: "airflow", Message: "orders.load failed"}},
		"RFC 5424, no data":    {"<165>1 2026-11-20T03:10:11Z - - - - - orders.load failed", record.Header{At: at("2026-11-20T03:10:11Z"), Message: "orders.load failed"}},
		"Lambda begins":        {"2026-11-20T03:10:11.123Z START RequestId: 8f5e2b1a-1c1d-4e5f-9a0b-1234567890ab Version: $LATEST", record.Header{At: at("2026-11-20T03:10:11.123Z"), Message: "START RequestId: 8f5e2b1a-1c1d-4e5f-9a0b-1234567890ab Version: $LATEST"}},
		"Lambda, Python":       {"2026-11-20T03:10:11.456Z [INFO]\t2026-11-20T03:10:11.455Z\t8f5e2b1a-1c1d-4e5f-9a0b-1234567890ab\tfetched 17 rows", record.Header{At: at("2026-11-20T03:10:11.456Z"), Level: pipewright.Info, Message: "fetched 17 rows"}},
		"Lambda, Node":         {"2026-11-20T03:10:11.456Z\t8f5e2b1a-1c1d-4e5f-9a0b-1234567890ab\tERROR\tno rows", record.Header{At: at("2026-11-20T03:10:11.456Z"), Level: pipewright.Err, Message: "no rows"}},
		"JSON, an error in it": {`{"@timestamp":"2026-11-20T03:10:32Z","log.level":"ERROR","message":"load failed","error":{"type":"E","stack_trace":"Traceback"}}`, record.Header{At: at("2026-11-20T03:10:32Z"), Level: pipewright.Err, Message: "load failed\nTraceback"}},
		"JSON of Google":       {`{"timestamp":"2026-11-20T03:10:32Z","severity":"WARNING","jsonPayload":{"message":"retry"}}`, record.Header{At: at("2026-11-20T03:10:32Z"), Level: pipewright.Warn, Message: "retry"}},
		"JSON of journald":     {`{"__REALTIME_TIMESTAMP":"1763608232123000","PRIORITY":"3","SYSLOG_IDENTIFIER":"etl","MESSAGE":"gone"}`, record.Header{At: at("2025-11-20T03:10:32.123Z"), Level: pipewright.Err, Logger: "etl", Message: "gone"}},
		"JSON in a list":       {`{"timestamp": 1763608232123, "message": "gone"},`, record.Header{At: at("2025-11-20T03:10:32.123Z"), Message: "gone"}},
		"JSON without a text":  {`{"ts":"2026-11-20T03:10:32Z","rows":7}`, record.Header{At: at("2026-11-20T03:10:32Z"), Message: `{"ts":"2026-11-20T03:10:32Z","rows":7}`}},
		"seconds since 1970":   {"- 1117838570 R02 KERNEL INFO parity error", record.Header{At: at("2005-06-03T22:42:50Z"), Level: pipewright.Info, Message: "parity error"}},
		"plain":                {"it just stopped", record.Header{Message: "it just stopped"}},
		"no time after all":    {"2026 was a good year for tables", record.Header{Message: "2026 was a good year for tables"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := record.Parse(c.in, now)
			require.Equal(t, c.want, got)
		})
	}
}

// records reads the texts and root causes of a log.
func records(t *testing.T, log string) (texts, causes []string) {
	t.Helper()
	r := record.NewReader(record.NewLines(strings.NewReader(log)), now)
	for rec, ok := r.Next(); ok; rec, ok = r.Next() {
		texts, causes = append(texts, rec.Text), append(causes, rec.RootCause)
	}
	require.NoError(t, r.Err())
	return texts, causes
}

const pythonTrace = `Traceback (most recent call last):
  File "/app/load.py", line 7, in load
    row["customer_id"]
KeyError: 'customer_id'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/app/main.py", line 3, in <module>
    load()
RuntimeError: load failed`

const javaTrace = `org.apache.spark.SparkException: Job aborted due to stage failure
	at org.apache.spark.Scheduler.run(Scheduler.scala:100)
	at java.lang.Thread.run(Thread.java:748)
Caused by: java.lang.RuntimeException: task failed
	... 12 more
Caused by: java.io.IOException: No space left on device
	at java.io.FileOutputStream.write(Native Method)
	... 3 more`

const goPanic = `panic: runtime error: index out of range [5] with length 3

goroutine 17 [running]:
main.load(0xc000012345)
	/app/load.go:33 +0x65
main.main()
	/app/main.go:9 +0x20
exit status 2`

const nodeTrace = `Error: connect ECONNREFUSED 10.0.0.7:5432
    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1555:16) {
  errno: -111
}`

const dotnetTrace = `System.InvalidOperationException: no elements
   at App.Load() in /src/App.cs:line 12
 ---> System.IO.IOException: disk full
   at X.Y()`

const psycopgTrace = `Traceback (most recent call last):
  File "/app/load.py", line 7, in load
    cur.execute(sql)
psycopg2.errors.UndefinedColumn: column "total" does not exist
LINE 1: select total from orders
               ^

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/app/main.py", line 3, in <module>
    load()
RuntimeError: load failed`

func TestRecords(t *testing.T) {
	stamp := "2026-11-20 03:10:32,1 ERROR etl: "
	for name, c := range map[string]struct {
		in     string
		texts  []string
		causes []string
	}{
		"one line a record":           {"a\nb\n", []string{"a", "b"}, []string{"", ""}},
		"a trace of Python alone":     {"before\n" + pythonTrace + "\nafter\n", []string{"before", pythonTrace, "after"}, []string{"", "KeyError: 'customer_id'", ""}},
		"a trace of Python in a log":  {stamp + "it failed\n" + pythonTrace + "\n" + stamp + "next", []string{"it failed\n" + pythonTrace, "next"}, []string{"KeyError: 'customer_id'", ""}},
		"a trace of Java alone":       {"before\n" + javaTrace + "\nafter\n", []string{"before", javaTrace, "after"}, []string{"", "java.io.IOException: No space left on device", ""}},
		"a trace of Java in a log":    {stamp + javaTrace + "\n" + stamp + "next", []string{javaTrace, "next"}, []string{"java.io.IOException: No space left on device", ""}},
		"lines without a time":        {stamp + "plan:\n  scan\n  join\n" + stamp + "done", []string{"plan:\n  scan\n  join", "done"}, []string{"", ""}},
		"each line of it has a time":  {"2026-11-20T03:10:32Z stderr F Traceback (most recent call last):\n2026-11-20T03:10:32Z stderr F   File \"x\", line 1\n2026-11-20T03:10:32Z stderr F ValueError: no\n2026-11-20T03:10:33Z stdout F fine", []string{"Traceback (most recent call last):\n  File \"x\", line 1\nValueError: no", "fine"}, []string{"ValueError: no", ""}},
		"a line in parts":             {"2026-11-20T03:10:32Z stdout P one \n2026-11-20T03:10:32Z stdout F two\n2026-11-20T03:10:33Z stdout F three", []string{"one two", "three"}, []string{"", ""}},
		"a panic of Go alone":         {goPanic + "\n", []string{goPanic}, []string{"panic: runtime error: index out of range [5] with length 3"}},
		"a panic of Go in a log":      {stamp + "last words\n" + goPanic + "\n" + stamp + "next", []string{"last words", goPanic, "next"}, []string{"", "panic: runtime error: index out of range [5] with length 3", ""}},
		"a trace of Node in a log":    {stamp + "it failed\n" + nodeTrace + "\n" + stamp + "next", []string{"it failed\n" + nodeTrace, "next"}, []string{"Error: connect ECONNREFUSED 10.0.0.7:5432", ""}},
		"a trace of .NET in a log":    {stamp + dotnetTrace, []string{dotnetTrace}, []string{"System.IO.IOException: disk full"}},
		"an error of several lines":   {stamp + "it failed\n" + psycopgTrace + "\n" + stamp + "next", []string{"it failed\n" + psycopgTrace, "next"}, []string{"psycopg2.errors.UndefinedColumn: column \"total\" does not exist", ""}},
		"an error after other words":  {stamp + "lost task 3: java.lang.OutOfMemoryError: heap\n\tat x.Y.z(Y.java:1)", []string{"lost task 3: java.lang.OutOfMemoryError: heap\n\tat x.Y.z(Y.java:1)"}, []string{"java.lang.OutOfMemoryError: heap"}},
		"Lambda names it first":       {stamp + "[ERROR] KeyError: 'id'\nTraceback (most recent call last):\n  File \"x\", line 1", []string{"[ERROR] KeyError: 'id'\nTraceback (most recent call last):\n  File \"x\", line 1"}, []string{"KeyError: 'id'"}},
		"blank lines between records": {stamp + "one\n\n" + stamp + "two\n\n", []string{"one", "two"}, []string{"", ""}},
		"out of order":                {"2026-11-20 03:10:33 INFO b\n2026-11-20 03:10:32 INFO a\n", []string{"b", "a"}, []string{"", ""}},
		"bytes that are no text":      {"a\xff\n", []string{"a\uFFFD"}, []string{""}},
		"nothing":                     {"\n\n", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			texts, causes := records(t, c.in)
			require.Equal(t, c.texts, texts)
			require.Equal(t, c.causes, causes)
		})
	}
}

func TestExports(t *testing.T) {
	lambda := "KeyError: 'id'\nTraceback (most recent call last):\n  File \"a.py\", line 3"
	type want struct {
		text        string
		level       pipewright.Level
		first, last int64
	}
	for name, c := range map[string]struct {
		in   string
		want []want
	}{
		"the AWS command line": {
			"{\n    \"events\": [\n        {\n            \"timestamp\": 1763608211123,\n            \"message\": \"START RequestId: 8f5e\\n\"\n        },\n        {\n            \"timestamp\": 1763608212123,\n            \"message\": \"[ERROR] KeyError: 'id'\\nTraceback (most recent call last):\\n  File \\\"a.py\\\", line 3\\n\"\n        }\n    ],\n    \"searchedLogStreams\": []\n}\n",
			[]want{{"START RequestId: 8f5e", "", 3, 6}, {lambda, pipewright.Err, 7, 10}},
		},
		"objects within objects": {
			"[\n  {\n    \"timestamp\": \"2026-11-20T03:10:32Z\",\n    \"resource\": {\n      \"type\": \"pod\"\n    },\n    \"textPayload\": \"gone\"\n  }\n]\n",
			[]want{{"gone", "", 2, 8}},
		},
		"an object a line, in a list": {
			"[\n  {\"timestamp\":\"2026-11-20T03:10:32Z\",\"message\":\"a\"},\n  {\"timestamp\":\"2026-11-20T03:10:33Z\",\"message\":\"b\"}\n]\n",
			[]want{{"a", "", 2, 2}, {"b", "", 3, 3}},
		},
		"CloudWatch Insights": {
			"@timestamp,@message,@logStream\n2026-11-20 03:10:11.123,START RequestId: 8f5e,s\n2026-11-20 03:10:12.123,\"[ERROR] KeyError: 'id'\nTraceback (most recent call last):\n  File \"\"a.py\"\", line 3\",s\n",
			[]want{{"START RequestId: 8f5e", "", 2, 2}, {lambda, pipewright.Err, 3, 5}},
		},
		"a document that was cut": {
			"{\n  \"events\": [\n    {\n      \"message\": \"half of",
			[]want{{"{ \"message\": \"half of", "", 3, 4}},
		},
		"no document after all": {
			"{\nnot JSON\nat all",
			[]want{{"{ not JSON", "", 1, 2}, {"at all", "", 3, 3}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := record.NewReader(record.NewLines(strings.NewReader(c.in)), now)
			var got []want
			for rec, ok := r.Next(); ok; rec, ok = r.Next() {
				got = append(got, want{rec.Text, rec.Level, rec.First, rec.Last})
			}
			require.Equal(t, c.want, got)
			require.EqualValues(t, len(c.in), r.Read())
		})
	}
}

func TestHeaded(t *testing.T) {
	stamp := "2026-11-20 03:10:32,1 ERROR etl: "
	for name, c := range map[string]struct {
		log  string
		want float64
	}{
		"each line has a time":      {stamp + "a\n" + stamp + "b", 1},
		"traces have none":          {stamp + "a\n" + pythonTrace + "\n" + stamp + "b\n" + javaTrace + "\n" + goPanic + "\n\n" + nodeTrace, 1},
		"messages alone":            {"a\nb\nc", 0},
		"a message that has a time": {stamp + "a\nb\nc\nd", 0.25},
		"nothing":                   {"", 0},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, record.Headed(strings.Split(c.log, "\n"), now))
		})
	}
}

func TestLinesWithoutATimeAreRecordsWhenTheyAreMost(t *testing.T) {
	texts, _ := records(t, "2026-11-20 03:10:30 INFO begin\n"+strings.Repeat("row copied\n", 1000))
	require.Greater(t, len(texts), 900)
}

func TestAnEndlessTraceIsBoundedAndKeepsItsTail(t *testing.T) {
	frame := "  File \"/app/recursion.py\", line 7, in again\n"
	texts, causes := records(t, "Traceback (most recent call last):\n"+strings.Repeat(frame, 200_000)+"RecursionError: too deep\nnext\n")
	require.Len(t, texts, 2)
	require.Less(t, len(texts[0]), 2<<20)
	require.True(t, strings.HasSuffix(texts[0], "RecursionError: too deep"))
	require.Contains(t, texts[0], "lines left out ...]")
	require.Equal(t, "RecursionError: too deep", causes[0])
}

func TestReadingGoesOnWhereItStopped(t *testing.T) {
	log := ""
	for i := range 20 {
		log += fmt.Sprintf("2026-11-20 03:10:%02d INFO etl: step %d\n\tdetail of %d\n", i, i, i)
	}
	whole, _ := records(t, log)
	require.Len(t, whole, 20)
	r := record.NewReader(record.NewLines(strings.NewReader(log)), now)
	for range 7 {
		_, ok := r.Next()
		require.True(t, ok)
	}
	rest, _ := records(t, log[r.Read():])
	require.Equal(t, whole[7:], rest)
}

func FuzzParse(f *testing.F) {
	f.Add("[Sun Dec 04 04:47:44 2005] [error] x")
	f.Add(`{"a":1}`)
	f.Add("E1120 03:10:32.1 1 a.go:1] x")
	f.Fuzz(func(t *testing.T, s string) {
		record.Parse(s, now)
		r := record.NewReader(record.NewLines(strings.NewReader(s)), now)
		for _, ok := r.Next(); ok; _, ok = r.Next() {
		}
	})
}
