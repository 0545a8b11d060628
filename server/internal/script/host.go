package script

import "github.com/tattle-server/tattle/resp"

// Host is what a script can reach.
type Host interface {
	// Call runs a command on behalf of a script and writes its reply to out,
	// including refusals ("ERR This Redis command is not allowed from script"). It
	// may keep args. out is RESP3 after redis.setresp(3), else RESP2.
	Call(args [][]byte, out *resp.Writer)
	// Allowed reports whether the caller's user may run a command, and whether the
	// command exists at all.
	Allowed(args [][]byte) (allowed, known bool)
	// Log writes a line to the server's log.
	Log(level Level, msg string)
	// Breathe is called now and then while the script runs, between two of its
	// instructions. Others may be served then, and the script killed.
	Breathe()
}

// Level is a level of redis.log.
type Level int

// The levels, as scripts know them.
const (
	LogDebug Level = iota
	LogVerbose
	LogNotice
	LogWarning
)

// Texts that callers of this package need too.
const (
	ErrNoScript   = resp.Error("NOSCRIPT No matching script. Please use EVAL.")
	ErrNotBusy    = resp.Error("NOTBUSY No scripts in execution right now.")
	ErrUnkillable = resp.Error("UNKILLABLE Sorry the script already executed write commands against the dataset." +
		" You can either wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.")
	ErrBusy         = resp.Error("BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.")
	errBusyFunction = resp.Error("BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.")
	ErrUnknown      = resp.Error("ERR Unknown Redis command called from script")
	ErrNotAllowed   = resp.Error("ERR This Redis command is not allowed from script")
	ErrWrongArgs    = resp.Error("ERR Wrong number of args calling Redis command from script")
	ErrReadOnly     = resp.Error("ERR Write commands are not allowed from read-only scripts.")
)
