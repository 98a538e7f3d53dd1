// Package block packs log records into immutable blocks: up to a thousand records of one
// resource, by columns, compressed, with a checksum. A store keeps a row for each block
// where it would keep one, and three index entries, for each record. The package also cuts
// texts into the words that a full-text index over blocks holds, and finds the records of
// a block that hold the words of a query.
//
// What always holds:
//   - A block that was packed is unpacked to exactly the same records, or fails; it never
//     gives others.
//   - A text is cut into the same words when it is indexed and when it is looked through:
//     a record that holds the words of a query is in a block that the index finds for them.
//   - Nothing is kept between calls, and nothing depends on the order of a map.
//
// The embedded store calls it.
package block
