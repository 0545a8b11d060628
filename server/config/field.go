package config

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tattle-server/tattle/keyspace"
)

// field stores the canonical text of a setting in a Config, and reads it back.
type field struct {
	put func(c *Config, text string)
	get func(c *Config) string
}

// number is a numeric field; at returns its address.
func number[T ~int | ~int64 | ~uint64](at func(*Config) *T) field {
	return field{
		put: func(c *Config, text string) {
			if n, err := strconv.ParseInt(text, 10, 64); err == nil {
				*at(c) = T(n)
				return
			}
			n, _ := strconv.ParseUint(text, 10, 64)
			*at(c) = T(n)
		},
		get: func(c *Config) string { return fmt.Sprint(*at(c)) },
	}
}

func octalNumber(at func(*Config) *uint32) field {
	return field{
		put: func(c *Config, text string) {
			n, _ := strconv.ParseUint(text, 8, 32)
			*at(c) = uint32(n)
		},
		get: func(c *Config) string { return strconv.FormatUint(uint64(*at(c)), 8) },
	}
}

func toggle(at func(*Config) *bool) field {
	return field{
		put: func(c *Config, text string) { *at(c) = text == "yes" },
		get: func(c *Config) string {
			if *at(c) {
				return "yes"
			}
			return "no"
		},
	}
}

func text[T ~string](at func(*Config) *T) field {
	return field{
		put: func(c *Config, text string) { *at(c) = T(text) },
		get: func(c *Config) string { return string(*at(c)) },
	}
}

func words(at func(*Config) *[]string) field {
	return field{
		put: func(c *Config, text string) { *at(c) = strings.Fields(text) },
		get: func(c *Config) string { return strings.Join(*at(c), " ") },
	}
}

func floats(at func(*Config) *[]float64) field {
	return field{
		put: func(c *Config, text string) {
			list := []float64{}
			for _, w := range strings.Fields(text) {
				f, _ := strconv.ParseFloat(w, 64)
				list = append(list, f)
			}
			*at(c) = list
		},
		get: func(c *Config) string {
			var list []string
			for _, f := range *at(c) {
				list = append(list, formatPercentile(f))
			}
			return strings.Join(list, " ")
		},
	}
}

// dirField shows the current directory if none is set.
var dirField = field{
	put: func(c *Config, text string) { c.Dir = text },
	get: func(c *Config) string {
		if c.Dir != "" {
			return c.Dir
		}
		dir, _ := os.Getwd()
		return dir
	},
}

var policyField = field{
	put: func(c *Config, text string) {
		c.MaxMemoryPolicy = keyspace.Policy(max(slices.Index(keyspace.PolicyNames[:], text), 0))
	},
	get: func(c *Config) string { return keyspace.PolicyNames[c.MaxMemoryPolicy] },
}

// memoryOrPercentField is maxmemory-clients.
var memoryOrPercentField = field{
	put: func(c *Config, text string) {
		digits, percent := strings.CutSuffix(text, "%")
		c.MaxMemoryClients, _ = strconv.ParseInt(digits, 10, 64)
		if percent {
			c.MaxMemoryClients = -c.MaxMemoryClients
		}
	},
	get: func(c *Config) string { return formatPercent(c.MaxMemoryClients) },
}

// className are the names of the classes of clients in the text of
// client-output-buffer-limit, by [Class]; "replica" is read as "slave".
var className = [...]string{"normal", "slave", "pubsub"}

var limitsField = field{
	put: func(c *Config, text string) {
		w := strings.Fields(text)
		for ; len(w) >= 4; w = w[4:] {
			hard, _ := strconv.ParseInt(w[1], 10, 64)
			soft, _ := strconv.ParseInt(w[2], 10, 64)
			seconds, _ := strconv.ParseInt(w[3], 10, 64)
			c.OutputLimits[slices.Index(className[:], w[0])] = OutputLimit{hard, soft, time.Duration(seconds) * time.Second}
		}
	},
	get: func(c *Config) string {
		var list []string
		for i, l := range c.OutputLimits {
			list = append(list, fmt.Sprint(className[i], " ", l.Hard, " ", l.Soft, " ", int64(l.SoftTime/time.Second)))
		}
		return strings.Join(list, " ")
	},
}

var eventsField = field{
	put: func(c *Config, text string) { c.NotifyKeyspaceEvents, _ = ParseEvents(text) },
	get: func(c *Config) string { return c.NotifyKeyspaceEvents.String() },
}

var savePointsField = field{
	put: func(c *Config, text string) {
		c.SavePoints = nil
		for w := strings.Fields(text); len(w) >= 2; w = w[2:] {
			seconds, _ := strconv.ParseInt(w[0], 10, 64)
			changes, _ := strconv.ParseInt(w[1], 10, 64)
			c.SavePoints = append(c.SavePoints, SavePoint{seconds, changes})
		}
	},
	get: func(c *Config) string {
		var words []string
		for _, p := range c.SavePoints {
			words = append(words, fmt.Sprint(p.Seconds, " ", p.Changes))
		}
		return strings.Join(words, " ")
	},
}
