// Package resp owns the bytes of the Redis protocol: reading and writing RESP2 and
// RESP3 values, the formats of numbers, and the texts of errors.
//
// It knows nothing of commands or clients. Its one idea is that a reply is appended
// to a byte slice in the protocol version of whoever will read it, so that a
// handler says "a map of two pairs" once and it comes out right in both versions.
//
// Source: the RESP specification, https://redis.io/docs/latest/develop/reference/protocol-spec/.
package resp
