package server

import (
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
	"github.com/tattle-server/tattle/tracking"
)

// The errors of REDIRECT.
const (
	errTwoRedirects = resp.Error("ERR A client can only redirect to a single other client")
	errRedirectGone = resp.Error("ERR The client ID you want redirect to does not exist")
)

// runClientTracking is CLIENT TRACKING ON|OFF [REDIRECT id] [PREFIX p ...] [BCAST]
// [OPTIN] [OPTOUT] [NOLOOP].
func runClientTracking(s *Server, c *client, call *command.Call) error {
	o, err := s.parseTracking(call.Args)
	if err != nil {
		return err
	}
	switch {
	case command.Is(call.Args[2], "on"):
		if err := s.tracker.Enable(c, o); err != nil {
			return err
		}
	case command.Is(call.Args[2], "off"):
		s.tracker.Disable(c)
	default:
		return resp.ErrSyntax
	}
	call.Out.OK()
	return nil
}

// parseTracking reads the options, which may come in any order. As in Redis the word ON or
// OFF is checked after them.
func (s *Server) parseTracking(args [][]byte) (o tracking.Options, err error) {
	for i := 3; i < len(args); i++ {
		more := i+1 < len(args)
		switch word := args[i]; {
		case command.Is(word, "redirect") && more:
			i++
			if o.Redirect, err = s.parseRedirect(o.Redirect, args[i]); err != nil {
				return o, err
			}
		case command.Is(word, "bcast"):
			o.BCast = true
		case command.Is(word, "optin"):
			o.OptIn = true
		case command.Is(word, "optout"):
			o.OptOut = true
		case command.Is(word, "noloop"):
			o.NoLoop = true
		case command.Is(word, "prefix") && more:
			i++
			o.Prefixes = append(o.Prefixes, string(args[i]))
		default:
			return o, resp.ErrSyntax
		}
	}
	return o, nil
}

func (s *Server) parseRedirect(given uint64, word []byte) (uint64, error) {
	if given != 0 {
		return 0, errTwoRedirects
	}
	id, err := command.Int(word)
	if err != nil {
		return 0, err
	}
	// The target must be there now. If it leaves later, the redirection is broken.
	if _, there := s.clients[uint64(id)]; !there {
		return 0, errRedirectGone
	}
	return uint64(id), nil
}

func runClientCaching(_ *Server, c *client, call *command.Call) error {
	yes, no := command.Is(call.Args[2], "yes"), command.Is(call.Args[2], "no")
	switch {
	case yes || no:
		if err := c.track.Caching(yes); err != nil {
			return err
		}
	case !c.track.On:
		return tracking.ErrCachingMode // the mode is checked before the word
	default:
		return resp.ErrSyntax
	}
	call.Out.OK()
	return nil
}

func runClientGetRedir(_ *Server, c *client, call *command.Call) error {
	call.Out.Int(c.track.Redirection())
	return nil
}

func runClientTrackingInfo(_ *Server, c *client, call *command.Call) error {
	out := call.Out
	out.Map(3)
	out.BulkString("flags")
	flags := c.track.Flags()
	out.Set(len(flags))
	for _, f := range flags {
		out.BulkString(f)
	}
	out.BulkString("redirect")
	out.Int(c.track.Redirection())
	out.BulkString("prefixes")
	out.Array(len(c.track.Prefixes()))
	for _, p := range c.track.Prefixes() {
		out.BulkString(p)
	}
	return nil
}
