package ask

import (
	"strings"
)

// commonWords are English words that mean nothing to the planner and name nothing.
var commonWords = wordSet(`a an the of in on at to from for by with about into over under between during through and or but so
	then than as while because though although also too very really just only even ever quite rather much more less least few some
	such here where there whence i he she him her his hers they their theirs who whom what when how both either neither
	will must get gets got gotten getting make makes made making put let seem seems seemed seeming appear appears keep keeps
	know knows knew known think thinks thought find finds found come comes came coming see sees use uses used using want wants
	say says said mean means meant actually basically currently exactly maybe perhaps probably possibly simply usually
	always sometimes yet already soon later before until till again further once twice me my mine us our ours
	hour hours minute minutes second seconds day days week weeks month months year years time times morning afternoon evening night
	monday tuesday wednesday thursday friday saturday sunday yesterday today tomorrow tonight midnight noon ago past
	guy guys folks team man dude mate hello hi hey dear sir anybody somebody people person engineer someone everyone nobody
	thing things lot lots bit kind kinds sort type types way ways part parts place point points case fact
	big small large little high higher low lower long short old great full empty certain sure possible able own main
	right left next current recent recently ones none via per within across against among around without upon off
	data pipeline resource resources component components service services value values metric metrics number
	went does doing done having being am is are was were be been do did can could should would may might shall
	prod production staging environment env please thanks thank that this these those it its
	happened happening details detail info information picture quick quickly fast hard easy ready want wanna gonna
	far near since after ending ended end begin began beginning finish finished finishes started starting starts start
	utc gmt cet am pm oclock zone cause caused causes behind ahead reading readings like look looking looks graph chart plot
	usage utilization utilisation consumption rate level levels percentage percent average trend range window period
	bring put take deal gave given brought turn switch busy loaded idle far feel feels quiet rough safe dangerous risky sensible wise harm idea runner hands best plan second third fourth ahead anyway hmm huh well oh ah um uh er eh yo sorry worried worry wonder wondering curious question questions ask asking answer
	open opened live closed active ongoing unresolved current hit hits spike spikes spiked high drop dropped
	stay stays stayed remain remains manage managed handle handled happen able together apart total overall exactly roughly
	walk walked talk talked through asleep awake sleep slept sleeping bed wake woke home lunch coffee break shift page paged pager worry panic relax breathe rest alone myself yourself itself
	earth hell heck bloody damn damned darn freaking crap dang stupid silly poor already wake rest everyone's somehow somewhere
	fire scratch scratching head sense believe guess suspect reckon fancy mind care matter chance idea clue hint hunch story deal matter gist score catch speed clear clearly
	another go shot try stab crack whirl kick nudge notch way path route approach point worth harm good bad better worse best worst
	off away down out up over back forward along aside stand stay keep keeps kept keeping stick sits sit sitting lift lifted drop remove release let lets leave
	normal usual business happy fine cool comfortable glad thumbs blessing objection objections green light lit given granted
	gone going south sideways belly boom bang pear-shaped haywire bananas nuts crazy wild
	nite nights mornings shifts weekend weekends while during whole entire nonstop constantly repeatedly continually continuously always forever often
	breakdown rundown summary detail bring brings catch filled fill briefed brief miss missed missing
	eta etas again anymore any-more longer still yet else next soon later sooner
	weigh weighed consider considered ruled rule avenue avenues paths routes approaches fallback fallbacks rather
	signed sign signing nod gave ask asked asking human person people hand hands manual manually own ours handled handling working got took
	lately recent newly fresh someone somebody nobody anybody everybody anyone
	allowed supposed able free welcome ready set prepared willing
	finish finished complete completed completing respond responding responds
	pull pulled dig deeper deep drill dump full whole entire mention regarding re concerning
	exactly precisely literally honestly frankly seriously apparently obviously hopefully luckily sadly
	dust buffers skids deck ghost bucket towel cropper flames
	track general normally generally typically habitually accurate accuracy correct mistaken trust trusted rely prediction predictions predicted guesses estimates
	drastic invasive disruptive aggressive painful gentle gentler milder softer safer cheaper cheap simpler
	im ive id ill theyre youre were weve theres heres`)

func wordSet(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// spelling returns the word of the lexicon that w is, or is a misspelling of. known
// is false when w is neither that nor another English word.
func spelling(w string) (word string, known bool) {
	if _, ok := lexicon[w]; ok {
		return w, true
	}
	if joined := strings.ReplaceAll(w, "-", ""); lexicon[joined] != nil {
		return joined, true
	}
	switch {
	case commonWords[w]:
		return w, true
	case len(w) == 4:
		return swapped(w)
	case len(w) < 5 || len(w) > 16 || identifier(w):
		return w, false
	}
	best, limit := "", tolerance(w)
	for _, f := range forms {
		most := limit
		if len(f) < 8 && len(w) < 9 {
			most = min(limit, 1)
		}
		if f[0] != w[0] && f[0] != w[1] { // hardly anybody mistypes the first letter
			continue
		}
		if d := distance(w, f, most); d <= most && (best == "" || d < limit) {
			best, limit = f, d
		}
	}
	if best == "" {
		return w, false
	}
	return best, true
}

// swapped finds a word of four letters with two neighbours swapped: "fial".
func swapped(w string) (word string, known bool) {
	b := []byte(w)
	for i := range 3 {
		b[i], b[i+1] = b[i+1], b[i]
		if lexicon[string(b)] != nil {
			return string(b), true
		}
		b[i], b[i+1] = b[i+1], b[i]
	}
	return w, false
}

// distance is the optimal string alignment distance, with an early end past limit.
func distance(a, b string, limit int) int {
	ar, br := []rune(a), []rune(b)
	if d := len(ar) - len(br); d > limit || -d > limit {
		return limit + 1
	}
	prev2, prev, cur := make([]int, len(br)+1), make([]int, len(br)+1), make([]int, len(br)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(ar); i++ {
		cur[0] = i
		best := i
		for j := 1; j <= len(br); j++ {
			cost := 1
			if ar[i-1] == br[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && ar[i-1] == br[j-2] && ar[i-2] == br[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
			best = min(best, cur[j])
		}
		if best > limit {
			return limit + 1
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(br)]
}

// tolerance is how many typos a word of this length may have.
func tolerance(w string) int {
	switch n := len([]rune(w)); {
	case n < 4:
		return 0
	case n < 8:
		return 1
	case n < 14:
		return 2
	}
	return 3
}
