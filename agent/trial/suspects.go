package trial

import (
	"github.com/pipewright/pipewright/rl"
	"github.com/pipewright/pipewright/rl/sim/gym"
)

// suspects are the (class, action) that were seen to harm and that no person
// has approved since. It is kept apart from any policy's own ladder, to check
// it.
type suspects map[suspect]bool

type suspect struct{ class, action string }

// look counts the actions of an incident that repeat alone what had harmed.
func (all suspects) look(s *session) (repeats float64) {
	for _, d := range s.Steps {
		if d.Verb == rl.Wait {
			continue
		}
		k := suspect{s.Class, cell(s, d.Verb).Action}
		if d.Approved {
			delete(all, k)
		}
		repeats += count(all[k])
		if d.Seen == gym.Worse {
			all[k] = true
		}
	}
	return repeats
}
