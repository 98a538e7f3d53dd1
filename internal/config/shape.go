package config

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// fit compares the tree with what Config can hold. It returns the tree without
// what does not fit, so that the rest is still read and checked, and says of each
// thing left out why.
func fit(tree map[string]any) (map[string]any, faults) {
	var f fitter
	out, _ := f.section("", tree, reflect.TypeFor[Config]()).(map[string]any)
	return out, f.found
}

type fitter struct{ found faults }

var (
	secretType = reflect.TypeFor[Secret]()
	textual    = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// value is v when t can hold it, what of it fits, or nil.
func (f *fitter) value(key string, v any, t reflect.Type) any {
	if v == nil {
		return nil // "key:" with nothing after it leaves the default
	}
	if reflect.PointerTo(t).Implements(textual) {
		return f.text(key, v, t)
	}
	switch t.Kind() {
	case reflect.Struct:
		return f.section(key, v, t)
	case reflect.Slice:
		return f.list(key, v, t)
	case reflect.Map:
		return f.mapping(key, v, t)
	default:
		return f.plain(key, v, t)
	}
}

// text is for types that read themselves from a text, such as Duration.
func (f *fitter) text(key string, v any, t reflect.Type) any {
	s, ok := v.(string)
	if !ok {
		f.found.add(key, "must be a duration with a unit, such as 30s, 10m or 2h")
		return nil
	}
	into, _ := reflect.TypeAssert[encoding.TextUnmarshaler](reflect.New(t))
	if err := into.UnmarshalText([]byte(s)); err != nil {
		f.found.add(key, "%s", err)
		return nil
	}
	return s
}

func (f *fitter) section(key string, v any, t reflect.Type) any {
	if path, ok := v.(string); ok && t == reflect.TypeFor[Store]() && (Store{Path: path}).Remote() {
		v = map[string]any{"path": path} // store: postgres://... is enough
	}
	m, ok := v.(map[string]any)
	if !ok {
		if t == secretType {
			f.found.add(key, "a secret is never written in this file: refer to it with {env: NAME} or {file: PATH}")
		} else {
			f.found.add(key, "must be a section with the keys %s", strings.Join(keysOf(t), ", "))
		}
		return nil
	}
	out := map[string]any{}
	for i := range t.NumField() {
		name := t.Field(i).Tag.Get("yaml")
		if given, ok := m[name]; ok && name != "" {
			if fits := f.value(join(key, name), given, t.Field(i).Type); fits != nil {
				out[name] = fits
			}
		}
	}
	for _, name := range sortedKeys(m) {
		if !slices.Contains(keysOf(t), name) {
			f.found.add(join(key, name), "there is no such key; here are %s", strings.Join(keysOf(t), ", "))
		}
	}
	return out
}

// list keeps the place of an element that does not fit, so that the others keep
// their numbers.
func (f *fitter) list(key string, v any, t reflect.Type) any {
	elements, ok := v.([]any)
	if !ok {
		if t.Elem().Kind() == reflect.Struct {
			f.found.add(key, "must be a list: start each entry with a dash")
		} else {
			f.found.add(key, "must be a list, such as [a, b]")
		}
		return nil
	}
	out := make([]any, len(elements))
	for i, e := range elements {
		at := fmt.Sprintf("%s[%d]", key, i)
		if e == nil {
			f.found.add(at, "is empty: complete the entry or take it out")
		}
		if out[i] = f.value(at, e, t.Elem()); out[i] == nil {
			out[i] = reflect.Zero(t.Elem()).Interface()
		}
	}
	return out
}

func (f *fitter) mapping(key string, v any, t reflect.Type) any {
	m, ok := v.(map[string]any)
	if !ok {
		f.found.add(key, "must be keys and values")
		return nil
	}
	out := map[string]any{}
	for _, name := range sortedKeys(m) {
		if fits := f.value(join(key, name), m[name], t.Elem()); fits != nil {
			out[name] = fits
		}
	}
	return out
}

func (f *fitter) plain(key string, v any, t reflect.Type) any {
	kind := reflect.TypeOf(v).Kind()
	switch t.Kind() {
	case reflect.String:
		if kind == reflect.String {
			return v
		}
		f.found.add(key, "must be a text; put it in quotes")
	case reflect.Bool:
		if kind == reflect.Bool {
			return v
		}
		f.found.add(key, "must be true or false")
	case reflect.Int:
		if n, ok := v.(int); ok {
			return n
		}
		f.found.add(key, "must be a whole number")
	case reflect.Float64:
		if n, ok := number(v); ok {
			return n
		}
		f.found.add(key, "must be a number")
	default: // a new kind of field in Config needs a case above
		f.found.add(key, "cannot be set")
	}
	return nil
}

func number(v any) (float64, bool) {
	switch n := v.(type) {
	case int:
		return float64(n), true
	case float64:
		return n, !math.IsNaN(n) && !math.IsInf(n, 0)
	}
	return 0, false
}

// keysOf are the keys of a section, in the order of the documentation.
func keysOf(t reflect.Type) []string {
	var out []string
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("yaml"); name != "" {
			out = append(out, name)
		}
	}
	return out
}

func sortedKeys(m map[string]any) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

var word = regexp.MustCompile(`^[A-Za-z0-9_/-]{1,60}$`)

// join extends a key's path. A key that is not a plain word is quoted and cut,
// so that a fault stays one line.
func join(key, name string) string {
	if !word.MatchString(name) {
		name = fmt.Sprintf("%.60q", name)
	}
	if key == "" {
		return name
	}
	return key + "." + name
}
