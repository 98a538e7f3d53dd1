package gym

import "math"

// param is one number of a world. A policy never sees it; what a verb achieves
// depends on many of them.
type param int

const (
	flakyMinutes param = iota
	flapDown
	flapUp
	pStalePool
	pStandby
	pStaleStandby
	pOwnEndpoint
	endpointMinutes
	pOwnRule
	pRotated
	pSharedSecret
	loginLimit
	scaleFactor
	pLargest
	hotKey
	growth
	spikeMinutes
	pLeak
	throttleCut
	tuneGain
	slotsGain
	stormMinutes
	stormLoad
	ownShare
	retryLoad
	patience
	pElastic
	tempShare
	pWedges
	lockMinutes
	pBlockerReturns
	pBlockerWrites
	crossMinutes
	logRetention
	pPoison
	pKeyed
	pAmbiguous
	pCastable
	pChecked
	pOwnSchema
	rowLimit
	refill
	othersMinutes
	pBrittle
	lateMinutes
	pGuard
	pOwnUpstream
	pBadHost
	pSpare
	crashMinutes
	pNewNode
	pPartialWrite
	pIdempotent
	pPrevious
	pCompatible
	pSomeRows
	pLabels
	pClean
	candidateGain
	simpleQuality
	surgeMinutes
	surgeLoad
	pNodes
	shed
	slowMinutes
	pCacheGood
	pLoadBound
	pWedged
	pIdentifiable
	sourceMinutes
	leakShare
	pQuiet
	pCovered
	pWatched
	pRenewable
	pNested
	pHeld
	pNotOver
	downFactor
	handSpeed
	params
)

// shape says how a number varies from world to world.
type shape int

const (
	chance shape = iota // 0 to 1: a logit with noise
	factor              // positive: a logarithm with noise
)

// nominal is a number's name in scenario files, its value in the middle of all
// worlds and, for those on which a cure hangs, its value after the world has
// changed so that the cure fails; 0: it does not break.
type nominal struct {
	name   string
	shape  shape
	value  float64
	broken float64
}

// nominals are in the order of the constants. They are judgement, from the
// mechanisms' documented behaviour and from the study's table of hazards.
var nominals = [params]nominal{
	flakyMinutes:    {"flaky_minutes", factor, 10, 160},
	flapDown:        {"flap_down_minutes", factor, 3.5, 0},
	flapUp:          {"flap_up_minutes", factor, 3, 0},
	pStalePool:      {"stale_pool", chance, .25, .9},
	pStandby:        {"standby", chance, .5, .03},
	pStaleStandby:   {"standby_lags", chance, .03, 0},
	pOwnEndpoint:    {"own_endpoint", chance, .6, .05},
	endpointMinutes: {"endpoint_minutes", factor, 300, 0},
	pOwnRule:        {"own_rule", chance, .62, .05},
	pRotated:        {"secret_rotated", chance, .18, 0},
	pSharedSecret:   {"secret_shared", chance, .03, 0},
	loginLimit:      {"login_limit", factor, 7, 0},
	scaleFactor:     {"scale_factor", factor, 1.9, 1.08},
	pLargest:        {"largest_size", chance, .07, .8},
	hotKey:          {"hot_key", chance, .4, 0},
	growth:          {"growth", factor, .3, 0},
	spikeMinutes:    {"spike_minutes", factor, 80, 0},
	pLeak:           {"leak", chance, .5, 0},
	throttleCut:     {"throttle_cut", chance, .5, .93},
	tuneGain:        {"tune_gain", chance, .6, .95},
	slotsGain:       {"slots_gain", factor, 1.6, 1.03},
	stormMinutes:    {"storm_minutes", factor, 50, 0},
	stormLoad:       {"storm_load", factor, .2, 0},
	ownShare:        {"own_share", chance, .35, 0},
	retryLoad:       {"retry_load", factor, .06, 0},
	patience:        {"patience_minutes", factor, 12, 0},
	pElastic:        {"elastic_disk", chance, .9, .05},
	tempShare:       {"temporary_share", factor, .06, 0},
	pWedges:         {"wedges_when_full", chance, .15, 0},
	lockMinutes:     {"lock_minutes", factor, 110, 0},
	pBlockerReturns: {"blocker_returns", chance, .1, .85},
	pBlockerWrites:  {"blocker_writes", chance, .06, 0},
	crossMinutes:    {"cross_minutes", factor, 18, 200},
	logRetention:    {"log_retention_minutes", factor, 700, 20},
	pPoison:         {"poison", chance, .1, .8},
	pKeyed:          {"keyed", chance, .9, 0},
	pAmbiguous:      {"ambiguous_columns", chance, .06, .7},
	pCastable:       {"castable", chance, .65, .1},
	pChecked:        {"checked_downstream", chance, .35, 0},
	pOwnSchema:      {"own_schema", chance, .15, 0},
	rowLimit:        {"row_limit", factor, .12, .01},
	refill:          {"refill", factor, 1, 0},
	othersMinutes:   {"others_minutes", factor, 11, 250},
	pBrittle:        {"brittle_neighbours", chance, .1, 0},
	lateMinutes:     {"late_minutes", factor, 32, 400},
	pGuard:          {"guarded_input", chance, .94, 0},
	pOwnUpstream:    {"own_upstream", chance, .4, 0},
	pBadHost:        {"bad_host", chance, .08, .85},
	pSpare:          {"spare_worker", chance, .3, 0},
	crashMinutes:    {"crash_minutes", factor, 30, 0},
	pNewNode:        {"new_node", chance, .78, .1},
	pPartialWrite:   {"partial_write", chance, .16, 0},
	pIdempotent:     {"idempotent", chance, .74, 0},
	pPrevious:       {"previous_kept", chance, .93, .06},
	pCompatible:     {"previous_fits", chance, .967, 0},
	pSomeRows:       {"some_rows_only", chance, .25, 0},
	pLabels:         {"fresh_labels", chance, .72, .1},
	pClean:          {"clean_training", chance, .93, 0},
	candidateGain:   {"candidate_gain", factor, .05, .005},
	simpleQuality:   {"simple_quality", chance, .82, .7},
	surgeMinutes:    {"surge_minutes", factor, 110, 0},
	surgeLoad:       {"surge_load", factor, .45, 0},
	pNodes:          {"nodes_free", chance, .9, .06},
	shed:            {"shed", chance, .35, .05},
	slowMinutes:     {"slow_minutes", factor, 50, 0},
	pCacheGood:      {"cache_good", chance, .85, .08},
	pLoadBound:      {"load_bound", chance, .45, 0},
	pWedged:         {"process_wedged", chance, .35, .03},
	pIdentifiable:   {"bad_rows_known", chance, .87, .1},
	sourceMinutes:   {"source_minutes", factor, 130, 0},
	leakShare:       {"session_leak", chance, .5, 0},
	pQuiet:          {"quiet", chance, .3, 0},
	pCovered:        {"metrics_covered", chance, .68, 0},
	pWatched:        {"changes_recorded", chance, .88, 0},
	pRenewable:      {"secret_renewable", chance, .975, .05},
	pNested:         {"nested_column", chance, .08, .9},
	pHeld:           {"source_of_cache_old", chance, .12, .9},
	pNotOver:        {"throttle_still_needed", chance, .1, .9},
	downFactor:      {"down_factor", chance, .7, .97},
	handSpeed:       {"speed_of_actions", factor, 1, 0},
}

// numbers are the parameters as they hold at one kind of stage in one regime.
type numbers [params]float64

// Spreads of the numbers: between worlds, and between the stages of one world,
// which no catalogue knows about.
const (
	chanceSpread      = .7
	factorSpread      = .2
	chanceStageSpread = .4
	factorStageSpread = .1
)

// vary moves a number by z standard deviations.
func (n nominal) vary(value, z, ofChance, ofFactor float64) float64 {
	if n.shape == chance {
		return logistic(logit(value) + ofChance*z)
	}
	return value * math.Exp(ofFactor*z)
}

// world draws what holds in one world, by kind of stage.
func drawNumbers(seed uint64, sc *Scenario) [len(kinds)]numbers {
	var middle numbers
	rng := stream(seed, "world")
	for i, n := range nominals {
		middle[i] = n.vary(sc.nominal(param(i)), rng.NormFloat64(), chanceSpread*sc.Spread, factorSpread*sc.Spread)
	}
	var out [len(kinds)]numbers
	for k := range out {
		rng := stream(seed, "stage", uint64(k))
		for i, n := range nominals {
			out[k][i] = n.vary(middle[i], rng.NormFloat64(), chanceStageSpread*sc.Spread, factorStageSpread*sc.Spread)
		}
	}
	return out
}

// breakSome returns the numbers after a change of regime: this share of those
// on which a cure hangs take their broken value, the same everywhere.
func breakSome(in [len(kinds)]numbers, seed uint64, share float64) [len(kinds)]numbers {
	rng := stream(seed, "regime")
	for i, n := range nominals {
		hit := coin(rng, share)
		if n.broken == 0 || !hit {
			continue
		}
		for k := range in {
			in[k][i] = n.broken
		}
	}
	return in
}
