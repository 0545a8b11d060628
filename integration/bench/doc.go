// Package bench compares tattle with real servers in the cases that matter to
// client-side caching.
//
// Each server is a process of its own, started anew for each case and round. The load
// comes from the process that runs this package: bare sockets under one epoll, commands
// rendered from templates, replies counted in bytes and not parsed. On a small machine,
// where the load and the server share the processors, that takes as little as possible
// from the server.
//
// Its one idea: an absolute time says more about the machine than about the server. So
// what counts is the ratio to Redis, measured in the same run with the servers taking
// turns. The times are in the table for information; only ratios and sizes in bytes are
// judged.
//
// Linux only: it reads /proc and uses epoll.
package bench
