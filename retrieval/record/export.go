package record

import (
	"encoding/csv"
	"encoding/json"
	"strings"
)

// maxObject is how many bytes of an export one object of it may take.
const maxObject = 256 << 10

// export puts the lines of an exported document together, one object a line: of JSON as
// people and the AWS command line print it, and of CSV as CloudWatch Insights does. The
// zero value has seen nothing; a log that is no such document passes through.
type export struct {
	kind   exportKind
	names  []string // of the columns of CSV
	open   []string // lines of the object that is not complete
	size   int
	depth  int // braces open in it
	first  int64
	offset int64
}

type exportKind uint8

const (
	unseen exportKind = iota
	noExport
	printedJSON
	insightsCSV
)

// feed takes the next line, with its number and offset. ready is false while a line is
// part of an object, or of what is around objects.
func (e *export) feed(line string, n, offset int64) (whole string, first, at int64, ready bool) {
	if e.kind == unseen {
		if e.look(line); e.kind == insightsCSV {
			return "", 0, 0, false
		}
	}
	complete := false
	switch e.kind {
	case printedJSON:
		complete = e.object(line, n, offset)
	case insightsCSV:
		complete = e.row(line, n, offset)
	default:
		return line, n, offset, true
	}
	if !complete {
		return "", 0, 0, false
	}
	return e.flush(), e.first, e.offset, true
}

// look tells from the first line that is not blank what a document is.
func (e *export) look(line string) {
	switch trimmed := strings.TrimSpace(line); {
	case trimmed == "":
	case trimmed == "{" || trimmed == "[":
		e.kind = printedJSON
	case strings.Contains(trimmed, "@message") && strings.Contains(trimmed, ",") && !strings.Contains(trimmed, " "):
		e.kind, e.names = insightsCSV, strings.Split(strings.ReplaceAll(trimmed, `"`, ""), ",")
	default:
		e.kind = noExport
	}
}

// object takes a line of JSON and reports whether it completes an object. An object within
// another that is its only member of that line begins anew: what was around it says nothing.
func (e *export) object(line string, n, offset int64) bool {
	trimmed := strings.TrimSpace(line)
	switch {
	case trimmed == "{":
		e.begin(n, offset)
	case e.depth == 0:
		if strings.HasPrefix(trimmed, "{") || trimmed != "" && strings.IndexByte(`"[]}`, trimmed[0]) < 0 {
			e.begin(n, offset) // a line of its own
			e.open = append(e.open, line)
			return true
		}
		return false
	case strings.HasSuffix(trimmed, ": {"):
		e.depth++
	case strings.HasPrefix(trimmed, "}"):
		e.depth--
	case strings.HasPrefix(trimmed, "{"):
		e.begin(n, offset)
		e.open = append(e.open, line)
		e.depth = 0
		return true
	}
	e.open = append(e.open, trimmed)
	e.size += len(trimmed)
	if !ofJSON(trimmed) {
		e.kind = noExport // after all
		return true
	}
	return e.depth == 0 && len(e.open) > 1 || e.size > maxObject
}

// ofJSON reports whether a line may stand within a printed object.
func ofJSON(trimmed string) bool {
	switch strings.TrimSuffix(trimmed, ",") {
	case "", "true", "false", "null":
		return true
	}
	return strings.IndexByte(`"{}[]-0123456789`, trimmed[0]) >= 0
}

// row takes a line of CSV and reports whether it completes a row.
func (e *export) row(line string, n, offset int64) bool {
	if len(e.open) == 0 {
		e.begin(n, offset)
	}
	e.open = append(e.open, line)
	e.size += len(line)
	e.depth += strings.Count(line, `"`)
	return e.depth%2 == 0 || e.size > maxObject
}

func (e *export) begin(n, offset int64) {
	e.open, e.size, e.depth, e.first, e.offset = nil, 0, 1, n, offset
	if e.kind == insightsCSV {
		e.depth = 0
	}
}

// flush is what is open, as one line.
func (e *export) flush() string {
	text := strings.Join(e.open, "\n")
	if e.kind == insightsCSV {
		text = e.asObject(text)
	} else if len(e.open) > 1 {
		text = strings.Join(e.open, " ")
	}
	e.open, e.size, e.depth = nil, 0, 0
	return text
}

// asObject writes a row of CSV as an object of JSON, or leaves it when it is none.
func (e *export) asObject(row string) string {
	values, err := csv.NewReader(strings.NewReader(row)).Read()
	if err != nil || len(values) != len(e.names) {
		return row
	}
	m := make(map[string]string, len(values))
	for i, name := range e.names {
		m[name] = values[i]
	}
	text, err := json.Marshal(m)
	if err != nil {
		return row
	}
	return string(text)
}
