package trial

import (
	"github.com/pipewright/pipewright/rl"
	"github.com/pipewright/pipewright/rl/sim/gym"
)

// verified tells the doubts what was seen of an incident's plans: of the whole plan
// where it ran alone, else of each action that a person approved.
func (b *believer) verified(s *session) {
	if len(s.Steps) == 0 {
		return
	}
	if s.First.How == runAlone {
		b.doubts.Add(rl.Ended{Prediction: rl.Prediction{Recovery: s.First.Predicted, Recovered: s.Steps[len(s.Steps)-1].Seen == gym.Recovered}, Belief: s.First.believed})
		return
	}
	for _, d := range s.Steps {
		if d.Approved {
			b.doubts.Add(rl.Ended{Prediction: rl.Prediction{Recovery: d.Predicted, Recovered: d.Seen == gym.Recovered}, Belief: s.First.believed})
		}
	}
}
