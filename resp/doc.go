// Package resp owns the bytes of the Redis protocol: RESP2 and RESP3 values
// written and read, the formats of numbers, and the texts of errors.
//
// It knows no command and no client. Its one idea is that a reply is appended
// to a byte slice in the protocol version of whoever will read it, so that a
// handler says "a map of two pairs" once and both protocols come out right.
//
// Source: the RESP specification, https://redis.io/docs/latest/develop/reference/protocol-spec/.
package resp
