// Package retrieval finds the evidence for a question: the right ten lines out of
// ten million, past runs and incidents, changes and runbooks, each with its citation.
//
// An Index holds documents and answers queries by two rankings, one lexical (BM25
// over words, stems and parts of identifiers) and one over vectors, fused. Filters
// apply before ranking. What goes in was redacted by intake; nothing here redacts.
//
// Intake and the tools of ask and diagnose call it; stores persist what it holds.
package retrieval
