// Package config owns the settings of a server: their names, checks, defaults
// and values, and the three ways in: redis.conf, the command line, CONFIG SET.
//
// It knows what values a setting may have, not what they do: package server reads
// the fields of a [Config] and is told of changes through [Config.Apply].
//
// Its one idea is that a setting is a row of data (effective.go, kept.go). A
// row's kind checks words and gives the canonical text of the value, the text
// that CONFIG GET shows; a row's field stores such a text in Config and reads it
// back. Everything else (several settings set at once or not at all, files,
// arguments, CONFIG REWRITE) handles rows and texts and knows no setting by name.
//
// All settings of Redis 8.0 are here, so that a configuration for Redis starts
// tattle unchanged. Those without a field do nothing; see [NoEffect].
//
// A Config has no lock: it belongs to the server's cycle.
package config
