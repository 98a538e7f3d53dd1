package diagnose

import (
	"context"
	"regexp"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// named adds to the scope the observed resources that a failing record of a
// symptom names as a host with a port, when the lineage does not have them
// upstream: a job may talk to more than its lineage says.
func (s *scene) named(ctx context.Context, tel tools.ResourceReader) []pipewright.ResourceID {
	known, err := tel.Resources(ctx)
	if s.note(err, "the list of resources") != nil {
		return nil
	}
	var added []pipewright.ResourceID
	for _, id := range s.symptoms {
		records := s.facts[id].records
		for _, r := range records[:min(len(records), nameRecords)] {
			for _, k := range known {
				if _, in := s.hops[k.ID]; in || !r.failing || !namesHost(r.line.Text, k.ID) {
					continue
				}
				s.add(k.ID, 1)
				s.below[k.ID] = []pipewright.ResourceID{k.ID, id}
				added = append(added, k.ID)
			}
		}
	}
	return added
}

// nameRecords is how many records of a symptom are looked through for names.
const nameRecords = 10

// names reports whether the text names the resource in full, or its last part
// in quotes.
func names(text string, id pipewright.ResourceID) bool {
	name := id.Name()
	last := name[strings.LastIndexAny(name, "./")+1:]
	full := `(^|[^\w.])` + regexp.QuoteMeta(name) + `($|[^\w.])`
	quoted := `["'` + "`" + `]` + regexp.QuoteMeta(last) + `["'` + "`" + `]`
	return has(text, last, full+"|"+quoted)
}

// namesHost reports whether the text names the resource as a host with a port:
// shop.db.internal:5432 is postgres:db/shop.
func namesHost(text string, id pipewright.ResourceID) bool {
	return has(text, id.Name(), `(^|[^\w.-])`+regexp.QuoteMeta(id.Name())+`(\.[\w-]+)*:\d`)
}

// has matches a pattern that can only match where the word stands. Words of one
// or two letters name nothing.
func has(text, word, pattern string) bool {
	text = text[:min(len(text), longest)]
	if len(word) <= 2 || !strings.Contains(text, word) {
		return false
	}
	found, err := regexp.MatchString(pattern, text)
	return err == nil && found
}
