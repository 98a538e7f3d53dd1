package gym

import (
	pipewright "github.com/pipewright/pipewright"
)

// kind is a kind of stage: what its work passes through, and what can be done
// to it.
type kind struct {
	name    string // kind of its resources
	service bool   // runs all the time; others run now and then
	minutes float64
	on      gates
	verbs   []pipewright.Verb
	names   []string
}

// gates is the set of mechanisms on the way of a stage's work.
type gates uint32

const (
	gLink gates = 1 << iota
	gAccess
	gSessions
	gBucket
	gInput
	gColumns
	gLog
	gContent
	gMemory
	gHost
	gGPU
	gRelease
	gModel
	gFeatures
	gTraffic
	gLock
	gQueue
	gDisk
)

func (g gates) has(x gates) bool { return g&x != 0 }

// kinds are the eight kinds of stage, from the source to the model server.
var kinds = [8]kind{
	{name: "postgres:db", service: true, on: gSessions | gLock | gDisk | gRelease | gHost | gMemory,
		verbs: verbs("restart scale_up throttle release rollback fallback reroute tune cancel scale_down"),
		names: []string{"shop", "billing", "users"}},
	{name: "dms:task", service: true, on: gLink | gAccess | gLog | gHost | gDisk | gMemory | gRelease | gBucket,
		verbs: verbs("retry backoff_retry restart scale_up throttle release rollback reroute refresh quarantine reload tune reschedule"),
		names: []string{"shop_cdc", "billing_cdc", "users_cdc"}},
	{name: "airflow:task", minutes: 2.5, on: gLink | gAccess | gSessions | gBucket | gInput | gColumns | gContent | gMemory | gHost | gRelease | gLock | gQueue,
		verbs: verbs("retry backoff_retry restart scale_up scale_down throttle release reschedule remap rollback reroute refresh quarantine reload tune cancel"),
		names: []string{"orders.extract", "orders.load", "billing.load", "users.extract", "stock.validate"}},
	{name: "glue:job", minutes: 4, on: gLink | gAccess | gBucket | gInput | gColumns | gContent | gMemory | gHost | gRelease | gDisk,
		verbs: verbs("retry backoff_retry restart scale_up throttle release reschedule remap rollback reroute refresh quarantine reload tune"),
		names: []string{"orders_etl", "billing_etl", "users_etl", "clicks_etl"}},
	{name: "lambda:function", service: true, on: gLink | gAccess | gSessions | gBucket | gColumns | gContent | gMemory | gRelease | gTraffic,
		verbs: verbs("retry backoff_retry restart scale_up scale_down throttle release remap rollback fallback reroute refresh quarantine tune"),
		names: []string{"enrich_orders", "score_events", "resize_images"}},
	{name: "redshift:table", minutes: 3, on: gLink | gAccess | gInput | gColumns | gContent | gRelease | gLock | gQueue | gDisk,
		verbs: verbs("retry backoff_retry restart scale_up throttle release reschedule remap rollback refresh quarantine reload cancel tune"),
		names: []string{"fact_orders", "fact_billing", "dim_users", "fact_clicks"}},
	{name: "feature:store", service: true, on: gLink | gAccess | gInput | gHost | gRelease | gFeatures | gTraffic,
		verbs: verbs("retry backoff_retry restart scale_up throttle reschedule rollback fallback reroute refresh tune"),
		names: []string{"orders", "users"}},
	{name: "k8s:deployment", service: true, on: gLink | gAccess | gMemory | gHost | gGPU | gRelease | gModel | gFeatures | gTraffic,
		verbs: verbs("restart scale_up scale_down throttle rollback retrain promote canary fallback reroute refresh quarantine tune retry backoff_retry"),
		names: []string{"fraud-scorer", "recommender", "demand-forecast"}},
}

// Kinds lists the kinds of stage, in order of the data's way.
func Kinds() []string {
	out := make([]string, len(kinds))
	for i, k := range kinds {
		out[i] = k.name
	}
	return out
}

func (k kind) can(v pipewright.Verb) bool {
	for _, x := range k.verbs {
		if x == v {
			return true
		}
	}
	return false
}
