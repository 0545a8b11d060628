package tattle

import (
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server"
)

func loop(c *call) (any, error) {
	what, err := choice(c.args[0], "PAUSE", "STEP", "ENDCYCLE", "RESUME")
	if err != nil || what != "STEP" && len(c.args) > 1 {
		return nil, resp.ErrSyntax
	}
	switch what {
	case "STEP":
		return c.step()
	case "ENDCYCLE":
		return done(c.lab.EndCycle())
	default:
		c.lab.SetManual(what == "PAUSE")
		return ok, nil
	}
}

// step runs what a client has sent, and returns the client's id, or nil if nothing waits.
func (c *call) step() (any, error) {
	var info server.ClientInfo
	var err error
	if len(c.args) > 1 {
		if info, err = c.client(c.args[1]); err != nil {
			return nil, err
		}
	}
	ran, err := c.lab.Step(info.ID)
	switch {
	case err != nil:
		return nil, inWords(err)
	case ran == 0:
		return nil, nil
	}
	return int64(ran), nil
}

func clock(c *call) (any, error) {
	what, err := choice(c.args[0], "STOP", "ADVANCE", "RUN")
	if err != nil || (what == "ADVANCE") != (len(c.args) == 2) {
		return nil, resp.ErrSyntax
	}
	switch what {
	case "STOP":
		c.lab.StopClock()
	case "RUN":
		c.lab.RunClock()
	default:
		d, err := milliseconds(c.args[1])
		if err != nil {
			return nil, err
		}
		return done(c.lab.FastForward(d))
	}
	return ok, nil
}

func reset(c *call) (any, error) {
	c.state().forget()
	c.lab.ClearInjected()
	c.lab.ClearFaults()
	if c.lab.ClockStopped() {
		c.lab.RunClock()
	}
	c.lab.SetManual(false)
	return ok, nil
}
