// Package template mines the templates of log lines online: each line in, the
// event that it is an instance of out, with the parts that vary marked.
//
// It works in two stages. The masker turns a line into a shape in one pass over
// its bytes, replacing what is variable by its spelling alone (numbers,
// addresses, identifiers, paths, dates); a table of shapes counts them. What
// varies but is spelled like a word is found by comparing shapes with each other,
// when the templates are asked for or when the table is full. The result depends
// on the lines and their order alone, never on how they were batched.
//
// One configuration serves every system, and nothing here knows any of them.
// Retrieval indexes the templates; the command line prints them.
package template
