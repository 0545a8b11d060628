// Package geohash turns places on Earth into numbers by which a sorted set can be searched,
// and back, as Redis does.
//
// A hash halves the map again and again, east or west and south or north in turn, and
// notes each decision as a bit: the world is a tree of cells, and the hashes of the places
// in a cell are those that begin with its bits.
//
//	step 1          step 2
//	+----+----+     +----+----+----+----+
//	| 01 | 11 |     |0101|0111|1101|1111|      the first bit of a pair is the
//	+----+----+     |0100|0110|1100|1110|      longitude's, the second one the
//	| 00 | 10 |     |0001|0011|1001|1011|      latitude's
//	+----+----+     |0000|0010|1000|1010|
//	                +----+----+----+----+
//
// A score has 26 steps, 52 bits. So a cell is a range of scores. A search looks at the cell
// around its center that is about as large as the area, and at the eight around it, in an
// order that clients can see: [Area.Ranges].
//
// What is computed here is what Redis computes, operation by operation, so that scores and
// positions agree to the last bit. Products are converted where a sum follows: processors
// that could must not fuse the two, which would round differently.
package geohash
