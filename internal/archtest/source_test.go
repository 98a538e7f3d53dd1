package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// file is one Go source file of the module.
type file struct {
	path string // from the module's root
	pkg  string // the folder, "." for the root
	test bool
	tree *ast.File
}

// imports are the import paths of the file, in order.
func (f file) imports() []string {
	var out []string
	for _, spec := range f.tree.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil {
			out = append(out, p)
		}
	}
	return out
}

// ours is the folder of one of our packages, or "" for somebody else's.
func ours(importPath string) string {
	if importPath == module {
		return nouns
	}
	if rest, ok := strings.CutPrefix(importPath, module+"/"); ok {
		return rest
	}
	return ""
}

// source parses every Go file of the module, whatever its build tags, and skips
// what the go command skips.
func source(root fs.FS) ([]file, error) {
	var out []file
	err := fs.WalkDir(root, ".", func(p string, d fs.DirEntry, err error) error {
		name := path.Base(p)
		switch {
		case err != nil:
			return err
		case d.IsDir() && p != "." && (name[0] == '.' || name[0] == '_' || name == "testdata" || name == "bin"):
			return fs.SkipDir
		case d.IsDir() || path.Ext(p) != ".go":
			return nil
		}
		text, err := fs.ReadFile(root, p)
		if err != nil {
			return err
		}
		tree, err := parser.ParseFile(token.NewFileSet(), p, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		out = append(out, file{path: p, pkg: path.Dir(p), test: strings.HasSuffix(p, "_test.go"), tree: tree})
		return nil
	})
	return out, err
}
