package main

import (
	"math/rand/v2"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/rl/sim"
)

// renamer renames resources word by word, so that every part of a name keeps
// being itself wherever it occurs.
func renamer(spec plantSpec) (func(pipewright.ResourceID) pipewright.ResourceID, error) {
	if spec.Rename == "" {
		return nil, nil
	}
	words := map[string]string{}
	if spec.Rename != "random" {
		for _, pair := range strings.Split(spec.Rename, ",") {
			from, to, ok := strings.Cut(strings.TrimSpace(pair), "=")
			if !ok || from == "" || to == "" {
				return nil, pipewright.Errorf(pipewright.Invalid, "--rename %q is neither \"random\" nor old=new,old=new", spec.Rename)
			}
			words[from] = to
		}
	}
	fresh := freshWords(spec.Seed)
	return func(id pipewright.ResourceID) pipewright.ResourceID {
		rename := func(word string) string {
			if to, ok := words[word]; ok || spec.Rename != "random" {
				if ok {
					return to
				}
				return word
			}
			words[word] = fresh()
			return words[word]
		}
		return pipewright.ResourceID(id.Kind() + "/" + eachWord(id.Name(), rename))
	}, nil
}

// checkNames refuses names that would make one resource of two, or none.
func checkNames(spec plantSpec) error {
	names, err := renamer(spec)
	if err != nil || names == nil {
		return err
	}
	taken := map[pipewright.ResourceID]pipewright.ResourceID{}
	changed := false
	for _, id := range sim.Resources() {
		to := names(id)
		if _, err := pipewright.ParseResourceID(string(to)); err != nil {
			return pipewright.Errorf(pipewright.Invalid, "--rename %q: %s would become: %w", spec.Rename, id, err)
		}
		if other, ok := taken[to]; ok {
			return pipewright.Errorf(pipewright.Invalid, "--rename %q would give %s and %s the one name %s", spec.Rename, other, id, to)
		}
		taken[to], changed = id, changed || to != id
	}
	if !changed {
		return pipewright.Errorf(pipewright.Invalid, "--rename %q changes nothing: no resource of the shop has such a word in its name", spec.Rename)
	}
	return nil
}

// eachWord applies f to every run of letters.
func eachWord(name string, f func(string) string) string {
	var out, word strings.Builder
	flush := func() {
		if word.Len() > 0 {
			out.WriteString(f(word.String()))
			word.Reset()
		}
	}
	for _, r := range name {
		if r >= 'a' && r <= 'z' {
			word.WriteRune(r)
			continue
		}
		flush()
		out.WriteRune(r)
	}
	flush()
	return out.String()
}

// freshWords makes pronounceable words, each once.
func freshWords(seed uint64) func() string {
	rng := rand.New(rand.NewPCG(seed, 0x6e616d6573))
	used := map[string]bool{}
	return func() string {
		for {
			var b strings.Builder
			for range 3 {
				b.WriteByte("bdfgklmnprstvz"[rng.IntN(14)])
				b.WriteByte("aeiou"[rng.IntN(5)])
			}
			if w := b.String(); !used[w] {
				used[w] = true
				return w
			}
		}
	}
}
