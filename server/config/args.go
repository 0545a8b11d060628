package config

import (
	"io"
	"strings"
)

// LoadArgs applies the arguments of redis-server, without the name of the program: an
// optional file, then --name value ...; "-" as the first or last argument stands for a
// file read from stdin. The arguments act as lines appended to the file, so later ones win.
//
// The error is that of [Config.LoadFile].
func (c *Config) LoadArgs(args []string, stdin io.Reader) error {
	l := loader{c: c}
	var content string
	var options optionLines
	for i, arg := range args {
		switch {
		case i == 0 && !strings.HasPrefix(arg, "-"):
			file, err := l.readMain(arg)
			if err != nil {
				return err
			}
			content = file
		case arg == "-" && (i == 0 || i == len(args)-1):
			input, err := io.ReadAll(stdin)
			if err != nil {
				return &FileError{Path: "-", Why: SystemText(err)}
			}
			content += string(input)
		default:
			options.add(arg, args[i+1:])
		}
	}
	if options.b.Len() > 0 {
		content += "\n" + options.b.String()
	}
	return l.run(content)
}

// optionLines turns arguments into lines of redis.conf.
type optionLines struct {
	b strings.Builder
	// wantValue says that the last word was a name: its value follows, even if it
	// begins with "--".
	wantValue bool
}

func (o *optionLines) add(arg string, rest []string) {
	name, isName := strings.CutPrefix(arg, "--")
	if o.wantValue || !isName {
		o.b.WriteString(quote(arg) + " ")
		o.wantValue = false
		return
	}
	if o.b.Len() > 0 {
		o.b.WriteByte('\n')
	}
	o.b.WriteString(name + " ") // "--port 7000" may be one argument
	words, _ := splitLine(arg)
	o.wantValue = len(words) == 1
	if value := alone[strings.ToLower(arg)]; value != "" && (len(rest) == 0 || strings.HasPrefix(rest[0], "--")) {
		o.b.WriteString(value)
		o.wantValue = false
	}
}

// alone are the values of settings that may stand without one. --save is an old habit and
// means: never save.
var alone = map[string]string{"--save": `""`, "--exit-with-parent": "yes", "--inspect": "yes", "--inspect-read-only": "yes"}
