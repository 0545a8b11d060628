// Package bench measures tattle against real servers, by the cases that matter
// to client-side caching.
//
// Each server is a process of its own, started afresh for each case and round.
// The load is made by the process that runs this package: bare sockets under
// one epoll, commands rendered from templates, replies counted in bytes and not
// parsed, so that on a small machine, where load and server share the processors,
// it takes as little from the server as it can.
//
// Its one idea: an absolute time says more about the machine than about the
// server, so what counts is the ratio to Redis, taken in the same run by servers
// that took turns. The times stand in the table for the reader; only ratios, and
// sizes in bytes, are ever judged.
//
// Linux only: it reads /proc and uses epoll.
package bench
