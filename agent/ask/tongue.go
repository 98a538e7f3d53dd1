package ask

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	pipewright "github.com/pipewright/pipewright"
)

// tongue is a language other than English in which questions are understood and
// answered: its words of asking, and the sentences of an answer's summary. What the
// systems wrote stays as they wrote it. No word of deciding is among the words: what
// changes something is said in English or by a button.
type tongue struct {
	words map[string]string // lower case, one word or several, to English; "" leaves out
	// Sentences: their verbs are filled in the order of their names.
	failed    string // resource
	cause     string // cause, resource, percent
	unsettled string
	waits     string // approval, action, target, approval
	later     string // approval
	open      string // number
	calm      string
	changes   string // number
	details   string
	lost      string
	wish      string
}

var tongues = []*tongue{
	{
		words: phrasebook(`warum=why wieso=why weshalb=why ist=is sind=are war=was hat=did haben=did wurde=was wurden=were wird=will was=what wann=when+will
			wie+viele=how+many wie+lange=how+long wie=how welche=which welcher=which welches=which wer=who wo=where läuft=work laufen=work funktioniert=work es=it ihn=it
			offen=open gerade=now jetzt=now kaputt=broken fehler=errors fehlgeschlagen=failed gescheitert=failed abgestürzt=crashed ausgefallen=failed hängt=stuck langsam=slow
			geändert=changed änderung=change änderungen=changes passiert=happened gestern=yesterday heute=today seit=since letzte+nacht=last+night der=the die=the das=the den=the dem=the
			und=and im=in stunde=hour stunden=hours woche=week diese=this dieser=this nicht=not von=of vorfall=incident vorfälle=incidents repariert=fixed behoben=fixed wieder=again
			zeig=show zeige=show mir=me mich=me fertig=done sein=be los=wrong ursache=cause noch=still sich= bitte= denn= eigentlich= mal= für=for mit=with auf=on ein=a eine=a gibt+es=are+there wartet+auf=waits+for letzten=last`),
		failed: "%s ist ausgefallen.", cause: "Wahrscheinlichste Ursache: %s an %s, %s sicher.", unsettled: "Die Ursache steht nicht fest.",
		waits: "%s wartet auf eine Freigabe: %s auf %s (\"approve %s\" oder der Knopf).", later: "Vor der Freigabe von %s läuft nichts, darum lässt sich keine Zeit nennen.",
		open: "Offene Vorfälle: %d.", calm: "Zurzeit ist kein Vorfall offen.", changes: "Gefundene Änderungen: %d.", details: "Im Einzelnen, wie die Systeme es melden:",
		lost: "Das habe ich nicht verstanden. Ich beantworte Fragen zu Ausfällen, Messwerten, Änderungen und Reparaturen, zum Beispiel: Warum ist X fehlgeschlagen? Was ist offen? Wann läuft X wieder?",
		wish: "Was etwas ändert, nehme ich nur auf Englisch oder über die Knöpfe an, damit nichts missverstanden wird: \"approve ap-0001\", \"restart X\".",
	},
	{
		words: phrasebook(`por+qué=why qué=what falló=failed fallado=failed fallaron=failed fallo=failure fallos=failures ha=did han=did está=is están=are cambió=changed cambiado=changed cambios=changes
			cuándo=when+will cuántos=how+many cuántas=how+many cuánto+falta=how+long+until cuánto=how+long quién=who cuál=which cuáles=which roto=broken rota=broken mal=wrong ahora=now hoy=today
			ayer=yesterday anoche=last+night desde=since errores=errors el=the la=the los=the las=the de=of del=of en=in abierto=open abiertos=open abiertas=open volverá+a+funcionar=work+again
			funciona=work funcionar=work funcionará=work causa=cause pasa=happening pasó=happened no=not incidente=incident incidentes=incidents esta+semana=this+week y=and hay=are+there`),
		failed: "%s ha fallado.", cause: "Causa más probable: %s en %s, con una confianza del %s.", unsettled: "La causa no está clara.",
		waits: "%s espera una aprobación: %s en %s (\"approve %s\" o el botón).", later: "Nada se ejecuta antes de la aprobación de %s, así que no puedo dar una hora.",
		open: "Incidentes abiertos: %d.", calm: "Ahora mismo no hay ningún incidente abierto.", changes: "Cambios encontrados: %d.", details: "En detalle, tal como lo escriben los sistemas:",
		lost: "No lo he entendido. Respondo preguntas sobre fallos, métricas, cambios y reparaciones, por ejemplo: ¿por qué falló X?, ¿qué cambió hoy?, ¿cuándo volverá a funcionar X?",
		wish: "Lo que cambia algo solo lo acepto en inglés o con los botones, para que nada se malinterprete: \"approve ap-0001\", \"restart X\".",
	},
	{
		words: phrasebook(`pourquoi=why est+en+panne=is+broken est=is sont=are en+panne=broken a+échoué=failed échoué=failed échouent=failing a+changé=changed changé=changed changements=changes
			qu'est-ce+qui=what quoi=what quand=when+will combien+de+temps=how+long+until combien+de=how+many combien=how+many qui=who quel=which quelle=which quels=which quelles=which
			maintenant=now hier=yesterday aujourd'hui=today depuis=since erreurs=errors le=the la=the les=the du=of des=of dans=in ouvert=open ouverts=open marche=work marchera=work
			fonctionne=work fonctionnera=work à+nouveau=again nouveau=again se+passe=happening s'est+passé=happened ne+va+pas=wrong pas=not incidents=incidents et=and cette+semaine=this+week`),
		failed: "%s est en panne.", cause: "Cause la plus probable : %s sur %s, confiance %s.", unsettled: "La cause n'est pas établie.",
		waits: "%s attend une approbation : %s sur %s (« approve %s » ou le bouton).", later: "Rien ne s'exécute avant l'approbation de %s, je ne peux donc pas donner d'heure.",
		open: "Incidents ouverts : %d.", calm: "Aucun incident n'est ouvert en ce moment.", changes: "Changements trouvés : %d.", details: "En détail, comme les systèmes l'écrivent :",
		lost: "Je n'ai pas compris. Je réponds aux questions sur les pannes, les mesures, les changements et les réparations, par exemple : pourquoi X a échoué ? qu'est-ce qui a changé aujourd'hui ?",
		wish: "Ce qui change quelque chose, je ne l'accepte qu'en anglais ou par les boutons, pour éviter tout malentendu : « approve ap-0001 », « restart X ».",
	},
}

// phrasebook reads "wie+lange=how+long" entries.
func phrasebook(text string) map[string]string {
	book := map[string]string{}
	for _, entry := range strings.Fields(text) {
		theirs, ours, _ := strings.Cut(entry, "=")
		book[strings.ReplaceAll(theirs, "+", " ")] = strings.ReplaceAll(ours, "+", " ")
	}
	return book
}

// longest is how many words a phrase has at most.
const longest = 3

// translate is a question in English with the language that it was asked in, nil when
// that was English. Words that are no question words stay: they are names.
func translate(text string) (string, *tongue) {
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("?!¿¡,;", r) })
	var best *tongue
	most := 1 // one word alone may be a name
	for _, t := range tongues {
		if n := t.own(words); n > most {
			best, most = t, n
		}
	}
	if best == nil || 3*most < len(words) {
		return text, nil
	}
	return best.english(words) + "?", best
}

// own counts the words that are this language's and not English.
func (t *tongue) own(words []string) (n int) {
	for i := range words {
		for k := min(longest, len(words)-i); k > 0; k-- {
			phrase := strings.ToLower(strings.Join(words[i:i+k], " "))
			if _, ok := t.words[phrase]; ok && (k > 1 || !english(phrase) && phrase != "was" && phrase != "no") {
				n += k
				break
			}
		}
	}
	return n
}

func (t *tongue) english(words []string) string {
	var out []string
	for i := 0; i < len(words); i++ {
		said := words[i]
		for k := min(longest, len(words)-i); k > 0; k-- {
			if ours, ok := t.words[strings.ToLower(strings.Join(words[i:i+k], " "))]; ok {
				said, i = ours, i+k-1
				break
			}
		}
		if said != "" {
			out = append(out, said)
		}
	}
	return strings.Join(out, " ")
}

// inTongue sums the answer up in the language of the question. What was not understood
// is said in it alone.
func (t *turn) inTongue() []string {
	if t.tongue == nil || t.ans.Planner != "builtin" {
		return nil
	}
	if t.misread {
		t.lines = nil
		return []string{t.tongue.wish}
	}
	if t.ans.Intent == "unknown" || t.ans.Intent == "help" {
		t.lines = nil
		return []string{t.tongue.lost}
	}
	return append(t.summary(), t.tongue.details)
}

func (t *turn) summary() (out []string) {
	g := t.tongue
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	live := slices.DeleteFunc(slices.Clone(t.ans.Proposals), func(p pipewright.Proposal) bool { return p.Ruling != pipewright.Ask })
	for _, o := range t.next.Offers {
		if o.Approval != "" && t.r.has("$eta") {
			say(g.later, o.Approval)
		}
	}
	switch {
	case t.ans.Intent == "diagnose" && len(t.ans.Resources) > 0:
		say(g.failed, t.ans.Resources[0])
		if len(t.ans.Hypotheses) == 0 || t.ans.Verdict == pipewright.InconclusiveV {
			say("%s", g.unsettled)
			break
		}
		h := t.ans.Hypotheses[0]
		say(g.cause, h.Cause, h.Resource, fmt.Sprintf("%.0f %%", 100*h.Confidence))
	case t.ans.Intent == "changes" && t.ans.Verdict != pipewright.Clarify:
		say(g.changes, len(slices.DeleteFunc(slices.Clone(t.ans.Evidence), func(e pipewright.Evidence) bool { return e.Kind != pipewright.ChangeEvidence })))
	case t.ans.Intent == "status" && len(t.ans.Resources) > 0 && t.ans.Verdict != pipewright.NoAction:
		say(g.open, len(t.ans.Resources))
	case t.ans.Intent == "status" && len(live) == 0 && t.ans.Verdict == pipewright.NoAction:
		say("%s", g.calm)
	}
	for _, o := range t.next.Offers {
		if o.Approval != "" {
			say(g.waits, o.Approval, o.Action.Kind, o.Action.Target, o.Approval)
		}
	}
	return out
}
