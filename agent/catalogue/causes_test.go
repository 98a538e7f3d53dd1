package catalogue

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

func TestEverySignatureMatchesItsExample(t *testing.T) {
	for _, c := range Default().Causes {
		for _, s := range c.Shows.Logs {
			assert.Truef(t, s.Matches(s.Example), "%s: %s", c.Name, s.Pattern)
			assert.NotEmptyf(t, s.Find(s.Example), "%s: %s", c.Name, s.Pattern)
			assert.Falsef(t, s.Matches("INFO task finished in 12.4 s, 5000 rows written"), "%s: %s matches a line of a good run", c.Name, s.Pattern)
		}
	}
}

func TestTheEmbeddedCatalogueCoversTheVocabulary(t *testing.T) {
	want := map[string]pipewright.FaultClass{
		"schema_column_renamed": "schema_drift", "schema_type_changed": "schema_drift",
		"network_transient": "transient_network", "source_unavailable": "persistent_network",
		"memory_exhausted": "resource_exhaustion", "warehouse_contention": "contention",
		"table_lock_held": "contention", "worker_hung": "stuck", "write_interrupted": "crashed", "model_bad_rollout": "model_serving",
		"credentials_expired": "credentials", "code_bug_deployed": "code_or_config",
		"upstream_late": "upstream_late", "pod_crash_loop": "crashed", "rate_limited": "throttled",
		"disk_full": "capacity", "bad_data": "data_quality", "data_drift": "drift",
		"cache_stale": "stuck", "cdc_slot_stuck": "stuck", "concept_drift": "drift", "config_quota_lowered": "throttled",
		"connections_exhausted": "capacity", "credentials_revoked": "credentials", "deadlock": "contention",
		"feature_store_slow": "contention", "gpu_failed": "crashed", "route_misconfigured": "persistent_network",
		"schema_column_added": "schema_drift", "throttle_left_on": "throttled", "traffic_surge": "capacity",
		"volume_spike": "resource_exhaustion",
	}
	cat, err := Load()
	require.NoError(t, err)
	got := map[string]pipewright.FaultClass{}
	for _, c := range cat.Causes {
		got[c.Name] = c.Class
		assert.NotEmpty(t, c.Helps, "%s has nothing that helps", c.Name)
		assert.NotEmpty(t, c.Says, "%s has no sentence", c.Name)
	}
	assert.Equal(t, want, got)
}

func TestTheHashNamesTheContent(t *testing.T) {
	assert.Equal(t, Default().Hash, Default().Hash)
	assert.Regexp(t, `^sha256:[0-9a-f]{64}$`, Default().Hash)
}
