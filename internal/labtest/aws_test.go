//go:build integration

package labtest

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

const (
	ordersJob    = pipewright.ResourceID("glue:job/orders_etl")
	customersJob = pipewright.ResourceID("glue:job/customers_etl")
)

// TestGlueJobs asks why a Glue job failed, of an agent that knows it through the
// AWS SDK alone.
func TestGlueJobs(t *testing.T) {
	l := theLab(t)
	if res, err := http.Get(l.env["LAB_AWS_URL"]); err == nil {
		res.Body.Close()
	} else if os.Getenv("PIPEWRIGHT_REQUIRE_LAB") == "1" {
		t.Fatalf("the stand-in for AWS is required: %v; run make lab-aws", err)
	} else {
		t.Skipf("no stand-in for AWS: %v", err)
	}
	t.Cleanup(func() { l.do("aws-up", "memory") })
	for fault, cause := range map[string]string{
		"memory": "memory_exhausted", "schema": "schema_column_renamed", "throttled": "rate_limited", "denied": "credentials_expired",
	} {
		t.Run(fault, func(t *testing.T) {
			l.do("aws-up", fault)
			a := newAgent(t, l, "aws.yaml")
			mustExplain(t, a, cause, logged(t, l))
			mustBeWell(t, a)
		})
	}
}

func mustExplain(t *testing.T, a *agent, cause, logged string) {
	t.Helper()
	said := a.ask("why did the Glue job fail")
	assert.EqualValues(t, "diagnose", said.Intent)
	assert.Equal(t, []pipewright.ResourceID{ordersJob}, said.Resources, "the one that failed is meant")
	require.NotEmpty(t, said.Hypotheses)
	assert.Equal(t, cause, said.Hypotheses[0].Cause)
	real := cited(said.Hypotheses[0].Evidence, said.Evidence)
	assert.True(t, slices.ContainsFunc(real, func(e pipewright.Evidence) bool { return e.Kind == pipewright.LogEvidence && e.Source == ordersJob }), "%+v", real)
	for _, e := range real {
		if e.Kind == pipewright.LogEvidence {
			assert.Contains(t, logged, e.Excerpt, "as CloudWatch has it")
			assert.Equal(t, e.Excerpt, a.quote(e), "search prints it word for word")
		}
	}
}

// mustBeWell asks about the job that did not fail.
func mustBeWell(t *testing.T, a *agent) {
	t.Helper()
	said := a.ask("why did customers_etl fail?")
	assert.Equal(t, []pipewright.ResourceID{customersJob}, said.Resources)
	assert.Empty(t, said.Hypotheses)
	assert.Equal(t, pipewright.NoAction, said.Verdict)
	assert.Contains(t, said.Answer, "did not fail")
	for _, e := range said.Evidence {
		assert.Equal(t, customersJob, e.Source)
	}
}

// logged is every message in the log groups of Glue's jobs.
func logged(t *testing.T, l lab) string {
	t.Helper()
	logs := cloudwatchlogs.New(cloudwatchlogs.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(l.env["LAB_AWS_URL"]), Credentials: credentials.NewStaticCredentialsProvider("any", "any", ""),
	})
	var b strings.Builder
	for _, group := range []string{"/aws-glue/jobs/error", "/aws-glue/jobs/output"} {
		for pages := cloudwatchlogs.NewFilterLogEventsPaginator(logs, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &group}); pages.HasMorePages(); {
			page, err := pages.NextPage(t.Context())
			require.NoError(t, err)
			for _, e := range page.Events {
				b.WriteString(aws.ToString(e.Message) + "\n")
			}
		}
	}
	return b.String()
}
