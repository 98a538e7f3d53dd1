// Package vector finds the nearest of a million vectors in milliseconds, in plain Go,
// without an index to build: vectors can be added at any time and any of them filtered
// out before the search.
//
// A search narrows in three steps. One bit a dimension of each vector, after a rotation
// that spreads what it says evenly, gives an unbiased estimate of its cosine (Gao and
// Long, "RaBitQ", SIGMOD 2024) and picks the best few in a hundred; eight bits a
// dimension pick the best few hundred of these; sixteen bits rank them. Nothing but the
// first step reads every vector: 48 bytes of each.
package vector
