// Package words cuts logs, questions and runbooks into the terms that search
// compares: words with their stems, the parts of identifiers, and values by kind.
//
// The lexical index and the built-in embedder use it, so that both see one text
// alike. It is pure and knows no language but English.
package words
