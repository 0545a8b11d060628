// Package acl knows users: who may run which commands, on which keys and channels. It
// follows https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/.
//
//	Users ── name ──► User ── one or more ──► selector: commands, keys, channels
//	                   └─ passwords
//
// A command is allowed if one selector of the user allows all of it. The first selector is
// the one that rules outside of parentheses change.
package acl
