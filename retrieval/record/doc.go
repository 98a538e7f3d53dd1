// Package record reads logs: the lines of a file whatever its bytes, the format
// they are written in, and the records that the lines make up, a stack trace with
// the line that it belongs to.
//
// Memory is bounded whatever the input: a line is kept up to a limit and the rest
// of it skipped, which the caller is told. Ingest and the command line call it.
package record
