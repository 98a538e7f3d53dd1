package archtest

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"
)

// misdirected reports imports of ours that the rules do not list.
func misdirected(files []file, rules []rule) (found []string) {
	for _, f := range files {
		r, known := ruleFor(rules, f.pkg)
		if !known {
			found = append(found, fmt.Sprintf("%s: the package %s has no rule; give it one in rules_test.go", f.path, f.pkg))
			continue
		}
		for _, p := range f.imports() {
			pkg := ours(p)
			if pkg == "" || pkg == f.pkg || may(r, pkg) || f.test && !slices.Contains(leaves, f.pkg) {
				continue
			}
			found = append(found, fmt.Sprintf("%s: %s must not import %s", f.path, f.pkg, pkg))
		}
	}
	return found
}

func may(r rule, pkg string) bool {
	if slices.Contains(r.may, everything) {
		return !strings.HasPrefix(pkg, "cmd/")
	}
	return slices.Contains(r.may, pkg)
}

// foreign reports imports of the nouns that are not the standard library's.
func foreign(files []file) (found []string) {
	for _, f := range files {
		for _, p := range f.imports() {
			host, _, _ := strings.Cut(p, "/")
			if f.pkg == nouns && !f.test && strings.Contains(host, ".") && ours(p) == "" {
				found = append(found, fmt.Sprintf("%s: the nouns import %s, which is not the standard library", f.path, p))
			}
		}
	}
	return found
}

// tested reports production files that import what is only for tests.
func tested(files []file) (found []string) {
	for _, f := range files {
		if f.test || slices.Contains(suites, f.pkg) {
			continue
		}
		for _, p := range f.imports() {
			for _, only := range onlyForTests {
				if p == only || strings.HasPrefix(p, only+"/") {
					found = append(found, fmt.Sprintf("%s: %s is only for tests", f.path, p))
				}
			}
		}
	}
	return found
}

// uncommented reports packages that do not say what they are for.
func uncommented(files []file) (found []string) {
	says := map[string]bool{}
	for _, f := range files {
		doc := ""
		if f.tree.Doc != nil {
			doc = f.tree.Doc.Text()
		}
		says[f.pkg] = says[f.pkg] || strings.HasPrefix(doc, "Package "+f.tree.Name.Name+" ") || strings.HasPrefix(doc, "Command "+path.Base(f.pkg)+" ")
	}
	for pkg, ok := range says {
		if !ok {
			found = append(found, pkg+": no package comment (what for, invariants, who calls it)")
		}
	}
	slices.Sort(found)
	return found
}

// noIdea are names that say nothing about what a file holds.
var noIdea = []string{"helper", "helpers", "util", "utils", "common", "types", "manager", "misc"}

// unnamed reports files and folders that are not named after an idea.
func unnamed(files []file) (found []string) {
	for _, f := range files {
		stem := strings.TrimSuffix(strings.TrimSuffix(f.path, ".go"), "_test")
		for _, word := range strings.FieldsFunc(stem, func(r rune) bool { return r == '/' || r == '_' }) {
			if slices.Contains(noIdea, word) {
				found = append(found, fmt.Sprintf("%s: %q is no idea; name it after what it holds", f.path, word))
			}
		}
	}
	return found
}

// hidden reports inputs that no caller sees: wiring in init, and package-level
// functions that a test could swap.
func hidden(files []file) (found []string) {
	for _, f := range files {
		if f.test {
			continue
		}
		for _, d := range f.tree.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil && d.Name.Name == "init" {
					found = append(found, f.path+": no init: wire in cmd/pipewright/wire.go")
				}
			case *ast.GenDecl:
				for _, name := range hooks(d) {
					found = append(found, fmt.Sprintf("%s: the variable %s holds a function that anybody may replace; make it a func, or pass it in", f.path, name))
				}
			}
		}
	}
	return found
}

// hooks are the variables of a declaration that hold a function.
func hooks(d *ast.GenDecl) (names []string) {
	for _, spec := range d.Specs {
		v, ok := spec.(*ast.ValueSpec)
		if !ok {
			continue
		}
		_, function := v.Type.(*ast.FuncType)
		for i, name := range v.Names {
			if function || i < len(v.Values) && holdsFunction(v.Values[i]) {
				names = append(names, name.Name)
			}
		}
	}
	return names
}

// clocksAndDice are functions of the standard library that tests like to swap.
var clocksAndDice = []string{"time.Now", "time.Sleep", "time.After", "time.Since", "os.Getenv", "os.ReadFile", "os.Exit", "exec.Command", "rand.Int", "rand.Float64"}

func holdsFunction(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.FuncLit:
		return true
	case *ast.SelectorExpr:
		pkg, ok := e.X.(*ast.Ident)
		return ok && slices.Contains(clocksAndDice, pkg.Name+"."+e.Sel.Name)
	}
	return false
}
