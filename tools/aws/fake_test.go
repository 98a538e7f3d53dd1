package aws

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

const (
	testKey    = "AKIAIOSFODNN7EXAMPLE"
	testSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	account    = "123456789012"
)

// at is the start of the tests' time, plus seconds.
func at(seconds float64) time.Time {
	return time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC).Add(time.Duration(seconds * float64(time.Second)))
}

// fakeAWS speaks the JSON 1.1 protocol of Glue and CloudWatch Logs, in the
// shapes that a real answer has, over state that a test sets.
type fakeAWS struct {
	t  *testing.T
	mu sync.Mutex

	Jobs      []map[string]any
	Runs      map[string][]map[string]any // by job, newest first
	Bookmarks map[string]string           // by run: what its bookmark says; a run without one has none
	Lose      bool                        // the answer to StartJobRun is lost
	Triggers  []map[string]any
	Tags      map[string]map[string]string // by ARN
	Groups    map[string][]fakeEvent
	Refuse    map[string]refusalOf // by operation, "GetJobs"
	// RefuseJob refuses what names a job.
	RefuseJob map[string]refusalOf
	PageSize  int

	calls map[string]int
	seen  []string // Authorization headers
}

// fakeEvent is a log event; it is there from Arrived on (by the fake's Now).
type fakeEvent struct {
	Stream, ID, Text string
	At, Arrived      time.Time
}

type refusalOf struct {
	Status int
	Body   string
	Wait   chan struct{} // the answer waits for it
}

func deny(action, resource string) refusalOf {
	return refusalOf{Status: http.StatusBadRequest, Body: `{"__type":"AccessDeniedException","Message":"User: arn:aws:iam::` + account +
		`:user/pipewright is not authorized to perform: ` + action + ` on resource: ` + resource + ` because no identity-based policy allows it"}`}
}

func newFake(t *testing.T) *fakeAWS {
	return &fakeAWS{
		t: t, Runs: map[string][]map[string]any{}, Tags: map[string]map[string]string{}, Groups: map[string][]fakeEvent{},
		Refuse: map[string]refusalOf{}, PageSize: 100, calls: map[string]int{},
	}
}

// client serves the fake and returns a client of it.
func (f *fakeAWS) client(change ...func(*Config)) *Client {
	f.t.Helper()
	server := httptest.NewServer(f)
	f.t.Cleanup(server.Close)
	cfg := Config{Name: "shop", Region: "eu-west-1", Endpoint: server.URL, AccessKey: testKey, SecretKey: testSecret}
	for _, c := range change {
		c(&cfg)
	}
	c, err := New(f.t.Context(), cfg)
	require.NoError(f.t, err)
	return c
}

func (f *fakeAWS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	var in map[string]any
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		f.t.Errorf("%s: %v", operation, err)
	}
	f.mu.Lock()
	f.calls[operation]++
	f.seen = append(f.seen, r.Header.Get("Authorization"))
	refuse, refused := f.Refuse[operation]
	if job, _ := in["JobName"].(string); !refused {
		refuse, refused = f.RefuseJob[job]
	}
	f.mu.Unlock()
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if refused {
		if refuse.Wait != nil {
			<-refuse.Wait
		}
		w.WriteHeader(refuse.Status)
		_, _ = w.Write([]byte(refuse.Body)) // the client may be gone
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	out, fault := f.answer(operation, in)
	if fault != "" {
		w.WriteHeader(http.StatusBadRequest)
		out = map[string]any{"__type": fault, "message": "it does not exist"}
	}
	_ = json.NewEncoder(w).Encode(out) // the client may be gone
}

func (f *fakeAWS) answer(operation string, in map[string]any) (out map[string]any, fault string) {
	text := func(key string) string { s, _ := in[key].(string); return s }
	switch operation {
	case "GetJobs":
		page, next := paged(f, f.Jobs, in)
		return map[string]any{"Jobs": page, "NextToken": next}, ""
	case "GetJobRuns":
		if !f.has(text("JobName")) {
			return nil, "EntityNotFoundException"
		}
		page, next := paged(f, f.Runs[text("JobName")], in)
		return map[string]any{"JobRuns": page, "NextToken": next}, ""
	case "GetJobRun":
		for _, r := range f.Runs[text("JobName")] {
			if r["Id"] == text("RunId") {
				return map[string]any{"JobRun": r}, ""
			}
		}
		return nil, "EntityNotFoundException"
	case "GetJob":
		for _, j := range f.Jobs {
			if j["Name"] == text("JobName") {
				return map[string]any{"Job": j}, ""
			}
		}
		return nil, "EntityNotFoundException"
	case "GetJobBookmark": // as the reference describes it: the entry of the run that is asked for
		state, ok := f.Bookmarks[text("RunId")]
		if !ok {
			return nil, "EntityNotFoundException"
		}
		return map[string]any{"JobBookmarkEntry": map[string]any{"JobName": text("JobName"), "RunId": text("RunId"), "Run": 3, "Version": 4, "JobBookmark": state}}, ""
	case "StartJobRun":
		job := text("JobName")
		r := fakeRun(job, "jr_new"+strconv.Itoa(len(f.Runs[job])), "RUNNING", 600, -1)
		r["Arguments"] = in["Arguments"]
		f.Runs[job] = append([]map[string]any{r}, f.Runs[job]...)
		if f.Lose {
			return nil, "InternalServiceException"
		}
		return map[string]any{"JobRunId": r["Id"]}, ""
	case "GetTriggers":
		return map[string]any{"Triggers": f.Triggers}, ""
	case "GetTags":
		return map[string]any{"Tags": f.Tags[text("ResourceArn")]}, ""
	case "DescribeLogGroups":
		return map[string]any{"logGroups": []any{map[string]any{"arn": "arn:aws:logs:eu-west-1:" + account + ":log-group:/aws-glue/jobs/error:*"}}}, ""
	case "FilterLogEvents":
		return f.filter(in)
	}
	f.t.Errorf("unexpected call %s", operation)
	return nil, "UnknownOperationException"
}

func (f *fakeAWS) has(job string) bool {
	return slices.ContainsFunc(f.Jobs, func(j map[string]any) bool { return j["Name"] == job })
}

func (f *fakeAWS) filter(in map[string]any) (map[string]any, string) {
	name, _ := in["logGroupName"].(string)
	events, ok := f.Groups[name]
	if !ok {
		return nil, "ResourceNotFoundException"
	}
	from, _ := in["startTime"].(float64)
	to, bounded := in["endTime"].(float64)
	prefix, _ := in["logStreamNamePrefix"].(string)
	fit := []map[string]any{}
	for _, e := range events {
		ms := e.At.UnixMilli()
		if ms < int64(from) || bounded && ms > int64(to) || !strings.HasPrefix(e.Stream, prefix) {
			continue
		}
		fit = append(fit, map[string]any{"eventId": e.ID, "logStreamName": e.Stream, "timestamp": ms, "ingestionTime": ms + 80, "message": e.Text})
	}
	slices.SortStableFunc(fit, func(a, b map[string]any) int { return int(a["timestamp"].(int64) - b["timestamp"].(int64)) })
	page, next := paged(f, fit, in)
	return map[string]any{"events": page, "nextToken": next, "searchedLogStreams": []any{}}, ""
}

// paged returns the page that the token asks for, and the next token, nil at the end.
func paged(f *fakeAWS, all []map[string]any, in map[string]any) ([]map[string]any, any) {
	token, _ := in["NextToken"].(string)
	if token == "" {
		token, _ = in["nextToken"].(string)
	}
	from, _ := strconv.Atoi(token)
	from = min(from, len(all))
	to := min(from+f.PageSize, len(all))
	if to == len(all) {
		return all[from:to], nil
	}
	return all[from:to], strconv.Itoa(to)
}

func fakeJob(name string) map[string]any {
	return map[string]any{
		"Name": name, "Role": "arn:aws:iam::" + account + ":role/shop-glue", "CreatedOn": epoch(at(-9e5)), "LastModifiedOn": epoch(at(-8e5)),
		"Command":          map[string]any{"Name": "glueetl", "ScriptLocation": "s3://shop-code/" + name + ".py", "PythonVersion": "3"},
		"DefaultArguments": map[string]any{"--password": "hunter2"}, "MaxRetries": 0, "Timeout": 45, "WorkerType": "G.1X",
		"NumberOfWorkers": 4, "GlueVersion": "4.0", "ExecutionClass": "STANDARD",
	}
}

// fakeRun is a run from start on, in seconds; a negative length is one under way.
func fakeRun(job, id, state string, start, length float64) map[string]any {
	r := map[string]any{
		"Id": id, "Attempt": 0, "JobName": job, "StartedOn": epoch(at(start)), "LastModifiedOn": epoch(at(start + max(0, length))), "JobRunState": state,
		"ExecutionTime": int(max(0, length)), "Timeout": 45, "WorkerType": "G.1X", "NumberOfWorkers": 4, "LogGroupName": "/aws-glue/jobs", "GlueVersion": "4.0",
		"DPUSeconds": 4 * max(0, length),
	}
	if length >= 0 {
		r["CompletedOn"] = epoch(at(start + length))
	}
	return r
}

func epoch(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// shown is what batches say of one resource.
func linesOf(b pipewright.Batch, id pipewright.ResourceID) (out []pipewright.LogLine) {
	for _, l := range b.Lines {
		if l.Resource == id {
			out = append(out, l)
		}
	}
	return out
}
