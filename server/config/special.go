package config

import (
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Kinds that only one or two settings have.

// bindMax is the most addresses that bind takes.
const bindMax = 16

var addresses = kind{
	check: func(words []string, _ string) (string, error) {
		if len(words) == 1 && words[0] == "" {
			return "", nil
		}
		if len(words) > bindMax {
			return "", errors.New("Too many bind addresses specified.")
		}
		if slices.Contains(words, "") {
			return "", errors.New("Failed to bind to specified addresses.")
		}
		return strings.Join(words, " "), nil
	},
	lines: func(name, text string) []string {
		if text == "" {
			return quoted(name, text)
		}
		return plain(name, text)
	},
}

// events is notify-keyspace-events.
var events = one(func(word string) (string, error) {
	// The word as given: the text that Redis shows for it loses n beside A.
	_, err := ParseEvents(word)
	return word, err
}, quoted)

const initialOutputLimits = "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60"

// outputLimits is client-output-buffer-limit: <class> <hard> <soft> <seconds>, for
// one or more classes. The others keep their limits.
var outputLimits = kind{check: checkOutputLimits, lines: outputLimitLines}

func checkOutputLimits(words []string, old string) (string, error) {
	if len(words)%4 != 0 {
		return "", errors.New("Wrong number of arguments in buffer limit configuration.")
	}
	limits := strings.Fields(old)
	for ; len(words) > 0; words = words[4:] {
		class := outputClass(words[0])
		if class < 0 {
			return "", errors.New("Invalid client class specified in buffer limit configuration.")
		}
		hard, ok1 := parseMemory(words[1])
		soft, ok2 := parseMemory(words[2])
		seconds, ok3 := parseLong(words[3])
		if !ok1 || !ok2 || !ok3 || seconds < 0 {
			return "", errors.New("Error in hard, soft or soft_seconds setting in buffer limit configuration.")
		}
		limit := fmt.Sprint(int64(hard), " ", int64(soft), " ", int32(seconds))
		copy(limits[4*class+1:], strings.Fields(limit))
	}
	return strings.Join(limits, " "), nil
}

func outputClass(name string) int {
	if strings.EqualFold(name, "replica") {
		return int(ClassReplica)
	}
	return slices.Index(className[:], strings.ToLower(name))
}

func outputLimitLines(name, text string) []string {
	var lines []string
	initial := strings.Fields(initialOutputLimits)
	for w := strings.Fields(text); len(w) >= 4; w, initial = w[4:], initial[4:] {
		if slices.Equal(w[:4], initial[:4]) {
			continue
		}
		hard, _ := strconv.ParseInt(w[1], 10, 64)
		soft, _ := strconv.ParseInt(w[2], 10, 64)
		class := strings.Replace(w[0], "slave", "replica", 1)
		lines = append(lines, strings.Join([]string{name, class, formatMemory(hard), formatMemory(soft), w[3]}, " "))
	}
	return lines
}

// savePoints is save: <seconds> <changes> ..., or nothing to never save.
var savePoints = kind{
	check: func(words []string, _ string) (string, error) {
		if len(words) == 1 && words[0] == "" {
			return "", nil
		}
		bad := errors.New("Invalid save parameters")
		if len(words)%2 != 0 {
			return "", bad
		}
		var list []string
		for ; len(words) > 0; words = words[2:] {
			seconds, ok1 := parseLong(words[0])
			changes, ok2 := parseLong(words[1])
			if !ok1 || !ok2 || seconds < 1 || changes < 0 {
				return "", bad
			}
			list = append(list, fmt.Sprint(seconds, " ", int32(changes)))
		}
		return strings.Join(list, " "), nil
	},
	lines: func(name, text string) []string {
		if text == "" {
			return quoted(name, text)
		}
		var lines []string
		for w := strings.Fields(text); len(w) > 0; w = w[2:] {
			lines = append(lines, name+" "+w[0]+" "+w[1])
		}
		return lines
	},
}

// percentiles is latency-tracking-info-percentiles.
var percentiles = kind{check: checkPercentiles, lines: addresses.lines}

func checkPercentiles(words []string, _ string) (string, error) {
	if len(words) == 1 && words[0] == "" {
		return "", nil
	}
	var list []string
	for _, w := range words {
		f, err := parseFloat(w)
		if err != nil || math.IsNaN(f) {
			return "", errors.New("Invalid latency-tracking-info-percentiles parameters")
		}
		if f < 0 || f > 100 {
			return "", errors.New("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]")
		}
		list = append(list, formatPercentile(f))
	}
	return strings.Join(list, " "), nil
}

// parseFloat also reads 0x10, where Go requires an exponent.
func parseFloat(word string) (float64, error) {
	lower := strings.ToLower(word)
	if strings.Contains(lower, "0x") && !strings.Contains(lower, "p") {
		word += "p0"
	}
	return strconv.ParseFloat(word, 64)
}

// formatPercentile prints six digits after the point, without trailing zeros.
func formatPercentile(f float64) string {
	s := strconv.FormatFloat(f, 'f', 6, 64)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

// oomScores is oom-score-adj-values: three scores.
var oomScores = kind{
	check: func(words []string, _ string) (string, error) {
		if len(words) != 3 {
			return "", errWords
		}
		var list []string
		for _, w := range words {
			n, ok := parseLong(w)
			if !ok || n < -2000 || n > 2000 {
				return "", errors.New("Invalid oom-score-adj-values, elements must be between -2000 and 2000.")
			}
			list = append(list, strconv.FormatInt(n, 10))
		}
		return strings.Join(list, " "), nil
	},
	lines: plain,
}

// replicaOf is replicaof: <host> <port>, or no one.
var replicaOf = kind{
	check: func(words []string, _ string) (string, error) {
		if len(words) != 2 {
			return "", errWords
		}
		if strings.EqualFold(words[0], "no") && strings.EqualFold(words[1], "one") {
			return "", nil
		}
		port, ok := parseLong(words[1])
		if !ok || port < 0 || port > math.MaxUint16 {
			return "", errors.New("Invalid master port")
		}
		return words[0] + " " + strconv.FormatInt(port, 10), nil
	},
	lines: func(name, text string) []string {
		if text == "" {
			return plain(name, "no one")
		}
		return plain(name, text)
	},
}

// shutdownWords are the values of shutdown-on-sigint and -sigterm, in the order
// in which they are printed.
var shutdownWords = []string{"default", "save", "nosave", "now", "force"}

// shutdownOn is a set of words; default is the empty set.
var shutdownOn = kind{
	check: func(words []string, _ string) (string, error) {
		given := make(map[string]bool)
		for _, w := range words {
			w = strings.ToLower(w)
			if !slices.Contains(shutdownWords, w) {
				return "", errNotOneOf(shutdownWords)
			}
			given[w] = true
		}
		if len(words) == 0 {
			return "", errNotOneOf(shutdownWords)
		}
		if given["save"] && given["nosave"] {
			return "", errors.New("shutdown options SAVE and NOSAVE can't be used simultaneously")
		}
		delete(given, "default")
		if len(given) == 0 {
			return "default", nil
		}
		set := slices.DeleteFunc(slices.Clone(shutdownWords), func(w string) bool { return !given[w] })
		return strings.Join(set, " "), nil
	},
	lines: plain,
}

// fileName is the name of a file in dir.
func fileName(name string, mayBeEmpty bool) kind {
	return one(func(word string) (string, error) {
		if strings.Contains(word, "/") {
			return "", errors.New(name + " can't be a path, just a filename")
		}
		if word == "" && !mayBeEmpty {
			return "", errors.New(name + " can't be empty")
		}
		return word, nil
	}, quoted)
}

// directory is dir: an existing directory, made absolute.
var directory = one(func(word string) (string, error) {
	info, err := os.Stat(word)
	if err != nil {
		return "", errors.New(SystemText(err))
	}
	if !info.IsDir() {
		return "", errors.New(SystemText(syscall.ENOTDIR))
	}
	return filepath.Abs(word)
}, quoted)

// SystemText is the C library's text for a system error, which begins with a
// capital letter.
func SystemText(err error) string {
	var number syscall.Errno
	if !errors.As(err, &number) {
		return err.Error()
	}
	s := number.Error()
	return strings.ToUpper(s[:1]) + s[1:]
}

// hostNameMax is one more than the longest cluster-announce-hostname.
const hostNameMax = 256

var hostname = one(func(word string) (string, error) {
	if len(word) >= hostNameMax {
		return "", fmt.Errorf("Hostnames must be less than %d characters", hostNameMax)
	}
	for _, r := range word {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.", r) {
			return "", errors.New("Hostnames may only contain alphanumeric characters, hyphens or dots")
		}
	}
	return word, nil
}, quoted)

// activeDefrag cannot be switched on, as in a Redis without its own allocator.
var activeDefrag = one(func(word string) (string, error) {
	word, err := yesNo.check([]string{word}, "")
	if word == "yes" {
		return "", errors.New("Active defragmentation cannot be enabled: it requires a Redis server compiled with a modified Jemalloc like the one shipped by default with the Redis source distribution")
	}
	return word, err
}, plain)

var procTitle = one(func(word string) (string, error) {
	if strings.TrimSpace(word) == "" || !knownVariables(word) {
		return "", errors.New("template format is invalid or contains unknown variables")
	}
	return word, nil
}, quoted)

// titleVariables are the names allowed in braces in proc-title-template.
var titleVariables = []string{"title", "listen-addr", "server-mode", "port", "tls-port", "unixsocket", "config-file"}

// knownVariables checks the braces of a template; "{{" is a literal brace.
func knownVariables(template string) bool {
	for {
		_, rest, found := strings.Cut(template, "{")
		if !found {
			return true
		}
		if strings.HasPrefix(rest, "{") {
			template = rest[1:]
			continue
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed || !slices.Contains(titleVariables, name) {
			return false
		}
		template = after
	}
}

// DefaultInspect is where the page is if only the name of the setting inspect is given.
const DefaultInspect = "127.0.0.1:8379"

// pageAddress is inspect: host:port, or a port of the loopback interface. auto is a port that is free.
var pageAddress = one(func(word string) (string, error) {
	switch strings.ToLower(word) {
	case "", "no":
		return "", nil
	case "yes":
		return DefaultInspect, nil
	}
	host, port, err := net.SplitHostPort(word)
	if err != nil {
		host, port = "127.0.0.1", word
	}
	if strings.EqualFold(port, "auto") {
		port = "0"
	}
	if n, ok := parseInt(port); !ok || n < 0 || n > 65535 {
		return "", errors.New("argument must be 'yes', 'no', a port, or an address such as " + DefaultInspect)
	}
	return net.JoinHostPort(host, port), nil
}, quoted)
