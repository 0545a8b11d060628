package acl

// Reason says what a user lacks the permission for. Of two reasons the greater one comes
// later in the check of a command.
type Reason uint8

// The reasons, in the order of the checks.
const (
	DeniedCommand Reason = iota
	DeniedKey
	DeniedAuth // the password was wrong
	DeniedChannel

	Reasons // how many there are
)

// String returns the reason as ACL LOG shows it.
func (r Reason) String() string { return [...]string{"command", "key", "auth", "channel"}[r] }

// Denial is something that a user may not do.
type Denial struct {
	Reason Reason
	// Object is the name of the command, or the key or channel.
	Object string

	word int // the index of the key or channel
}

// Error returns the sentence that follows NOPERM. It does not name keys and channels, since
// their names may be secret.
func (d *Denial) Error(user string) string {
	switch d.Reason {
	case DeniedKey:
		return "No permissions to access a key"
	case DeniedChannel:
		return "No permissions to access a channel"
	}
	return "User " + user + " has no permissions to run the '" + d.Object + "' command"
}

// Explain returns the sentence of ACL DRYRUN.
func (d *Denial) Explain(user string) string {
	switch d.Reason {
	case DeniedKey, DeniedChannel:
		return "User " + user + " has no permissions to access the '" + d.Object + "' " + d.Reason.String()
	}
	return d.Error(user)
}
