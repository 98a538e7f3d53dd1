package redact_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipewright/pipewright/internal/redact"
)

func TestASecretIsHiddenWhereverItsRecordRepeatsIt(t *testing.T) {
	for name, text := range map[string]string{
		"in the same line":             `"passwd":"h4rbour-Light" rejected, tried h4rbour-Light twice`,
		"on another line of the trace": "password=h4rbour-Light\n  at login(h4rbour-Light)",
		"before it is named":           `login h4rbour-Light failed: password=h4rbour-Light`,
		"in base64":                    `password=h4rbour-Light header aDRyYm91ci1MaWdodA==`,
		"in hex":                       `password=h4rbour-Light raw 68347262 68347262 683472626f75722d4c69676874`,
	} {
		t.Run(name, func(t *testing.T) {
			r, err := redact.New([]byte("0123456789abcdef"))
			require.NoError(t, err)
			got, _ := r.Text(text)
			for _, form := range []string{"h4rbour-Light", "aDRyYm91ci1MaWdodA", "683472626f75722d4c69676874"} {
				assert.NotContains(t, got, form)
			}
			twice, n := r.Text(got)
			assert.Equal(t, got, twice)
			assert.Zero(t, n)
		})
	}
}

func TestWhatARecordCallsASecretHidesNoOrdinaryWords(t *testing.T) {
	r, err := redact.New([]byte("0123456789abcdef"))
	require.NoError(t, err)
	got, _ := r.Text("password=production deploy to production")
	assert.Contains(t, got, "deploy to production")
	_, _ = r.Text("password=orders42etl")
	got, _ = r.Text("orders42etl failed")
	assert.Equal(t, "orders42etl failed", got, "one record teaches nothing about others")
}
