package ask

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAQuestionInAnotherLanguageIsReadInEnglish(t *testing.T) {
	for said, want := range map[string]string{
		"warum ist orders_etl fehlgeschlagen?":   "why is orders_etl failed?",
		"Wann läuft es wieder?":                  "when will work it again?",
		"¿por qué falló el dag orders?":          "why failed the dag orders?",
		"qu'est-ce qui a changé depuis hier ?":   "what changed since yesterday?",
		"combien de temps orders_etl en panne ?": "how long until orders_etl broken?",
	} {
		got, in := translate(said)
		assert.Equal(t, want, got)
		assert.NotNil(t, in, said)
	}
}

func TestEnglishStaysAsItIs(t *testing.T) {
	for _, said := range []string{"why did orders_etl fail?", "what was the CPU of de-etl between 02:00 and 04:00", "no", "restart die_job", "why did la_orders die in en_us?", "was it in the past"} {
		got, in := translate(said)
		assert.Equal(t, said, got)
		assert.Nil(t, in, said)
	}
}

func TestAReasonIsNoPartOfADecision(t *testing.T) {
	for said, want := range map[string][2]string{
		"deny it because the new model is wanted":            {"deny it", "the new model is wanted"},
		"deny it because of the freeze (inc-0001)":           {"deny it (inc-0001)", "of the freeze"},
		"please reject ap-0003, because fraud was restarted": {"please reject ap-0003", "fraud was restarted"},
		"did it fail because of the rename?":                 {"did it fail because of the rename?", ""},
	} {
		decision, why := withoutReason(said)
		assert.Equal(t, want, [2]string{decision, why})
	}
}
