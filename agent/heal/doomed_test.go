package heal_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/agent/heal"
)

func TestARetryIsNotTriedWhereTheFailureRepeats(t *testing.T) {
	believe := func(cause string, p float64) pipewright.Incident {
		return pipewright.Incident{Diagnosis: &pipewright.Diagnosis{Hypotheses: []pipewright.Hypothesis{
			{Cause: cause, Confidence: p}, {Cause: "network_transient", Confidence: 1 - p}}}}
	}
	for name, tt := range map[string]struct {
		inc    pipewright.Incident
		kind   pipewright.ActionKind
		doomed bool
	}{
		"a column was renamed":             {believe("schema_column_renamed", .9), "glue.retry", true},
		"a permission is missing":          {believe("credentials_revoked", .9), "glue.backoff_retry", true},
		"since a deploy":                   {believe("code_bug_deployed", .9), "airflow.retry", true},
		"more rows than the memory holds":  {believe("volume_spike", .9), "glue.retry", true},
		"perhaps a deploy, perhaps not":    {believe("code_bug_deployed", .6), "airflow.retry", false},
		"the network":                      {believe("code_bug_deployed", .1), "airflow.retry", false},
		"another verb for a broken deploy": {believe("code_bug_deployed", .9), "lambda.rollback", false},
	} {
		t.Run(name, func(t *testing.T) {
			why := heal.Doomed(tt.inc, catalogue.Default(), pipewright.Action{Kind: tt.kind})
			assert.Equal(t, tt.doomed, why != "", why)
		})
	}
}
