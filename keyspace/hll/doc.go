// Package hll counts distinct elements approximately, in strings that are byte for byte
// those of Redis: the HyperLogLog of 16,384 registers with MurmurHash64A and the estimate
// of Otmar Ertl (arXiv:1702.01284).
//
// It knows nothing of keys: a [Sketch] is the bytes of a string. An element's hash chooses
// a register and a rank, which is how many low bits of the rest of the hash are zero, and
// one more. The register keeps the highest rank. So few registers are set at first, and a
// sketch has two encodings:
//
//	 0      4     5      8                  16
//	+------+-----+------+------------------+----------------------------------+
//	| HYLL | enc | zero | cached count, LE | the registers                    |
//	+------+-----+------+------------------+----------------------------------+
//
//	enc 0, dense:  6 bits for each register, the low bits of a byte first: 12,288 bytes
//	enc 1, sparse: a sequence of runs of equal registers
//	               00nnnnnn           n+1 registers are 0
//	               01nnnnnn nnnnnnnn  n+1 registers are 0
//	               1vvvvvnn           n+1 registers are v+1
//
// The high bit of the cached count says that it is out of date.
//
// Clients can write any bytes into a string, so runs may be of any kind and length. What
// does not add up to 16,384 registers is [ErrCorrupt], where Redis notices it.
package hll
