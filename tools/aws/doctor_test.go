package aws

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

func TestTheDoctorFindsNothingWrong(t *testing.T) {
	f := shop(t)
	checks := f.client().Doctor(t.Context())
	for _, c := range checks {
		require.NoError(t, c.Err, c.Call)
		assert.Equal(t, "shop", c.System)
	}
	assert.Equal(t, "1 jobs watched in eu-west-1", checks[0].Say)
	assert.Equal(t, "last run jr_2 is FAILED", checks[1].Say)
}

func TestTheDoctorNamesTheFailingCallAndThePermission(t *testing.T) {
	for operation, call := range map[string]string{
		"GetJobs": "glue:GetJobs", "GetJobRuns": "glue:GetJobRuns JobName=orders_etl", "GetTriggers": "glue:GetTriggers",
		"FilterLogEvents": "logs:FilterLogEvents logGroupName=/aws-glue/jobs/error", "DescribeLogGroups": "logs:DescribeLogGroups",
	} {
		f := shop(t)
		f.Refuse[operation] = deny("x", "*")
		failed := map[string]error{}
		for _, c := range f.client().Doctor(t.Context()) {
			if c.Err != nil {
				failed[c.Call] = c.Err
			}
		}
		require.Contains(t, failed, call)
		assert.Equal(t, pipewright.Denied, pipewright.KindOf(failed[call]))
		assert.Contains(t, failed[call].Error(), "add ")
		assertNoKey(t, failed[call])
	}
}

func TestTheDoctorMissesWhatIsNamedAndNotThere(t *testing.T) {
	f := shop(t)
	delete(f.Groups, outGroup) // Glue makes it at the first run
	c := f.client(func(c *Config) {
		c.GlueJobs, c.LogGroups = []string{"orders_etl", "ordrs", "none_*"}, []string{"/aws/none"}
	})
	failed := map[string]string{}
	for _, c := range c.Doctor(t.Context()) {
		if c.Err != nil {
			failed[c.Call] = c.Err.Error()
		}
	}
	require.Len(t, failed, 2)
	assert.Contains(t, failed["glue:GetJobs"], `there is no Glue job "ordrs" in region eu-west-1`)
	assert.Contains(t, failed["logs:FilterLogEvents logGroupName=/aws/none"], "check the name and region")
}
