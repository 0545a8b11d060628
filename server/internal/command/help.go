package command

import "strings"

// HelpRow is the row of a HELP subcommand.
func HelpRow(since string, run func(*Call) error) Row {
	return Row{Name: "help", Arity: 2, Since: since, Flags: Loading | Stale, Run: run, Summary: "Lists the subcommands"}
}

// Help makes the handler of a HELP subcommand. lines has, for each other subcommand, its
// usage and then what it does, indented by four spaces. Help adds the opening line and
// HELP itself.
func Help(container string, lines ...string) func(*Call) error {
	text := append([]string{
		strings.ToUpper(container) + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
	}, lines...)
	text = append(text, "HELP", "    Print this help.")
	return func(c *Call) error {
		c.Out.Array(len(text))
		for _, line := range text {
			c.Out.Simple(line)
		}
		return nil
	}
}
