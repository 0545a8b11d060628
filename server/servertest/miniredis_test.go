package servertest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// miniredisAPI is every exported name of github.com/alicebob/miniredis/v2 v2.40.0:
// those of the package, then the methods and fields of each type.
const miniredisAPI = `
package: DumpMaxLineLen ErrFloatValueError ErrIntValueError ErrIntValueOverflowError ErrKeyNotFound
	ErrNotValidHllValue ErrWrongType Miniredis NewMiniRedis PubsubMessage PubsubPmessage RedisDB Run RunT RunTLS
	StreamEntry Subscriber T Tester
Miniredis: Addr CheckGet CheckList CheckSet ClockTTL Close CommandCount Copy Ctx CtxCancel CurrentConnectionCount DB
	Del Dial Dump Exists FastForward FlushAll FlushDB Get HDel HExpire HGet HIncr HIncrBy HIncrByFloat HIncrfloat HKeys
	HPersist HSet HSetEX HTTL Host Incr IncrByFloat Incrfloat IsMember IsReadOnlyCommand Keys List Lpop Lpush Members
	NewSubscriber PfAdd PfCount PfMerge Pop Port PubSubChannels PubSubNumPat PubSubNumSub Publish Push RPop RPush
	RequireAuth RequireUserAuth Restart SAdd SCard SIsMember SMembers SRandMember SRem Seed Select Server Set SetAdd
	SetError SetTTL SetTime SortedSet Start StartAddr StartAddrTLS StartTLS Stream SwapDB TTL TotalConnectionCount Type
	Unlink XAdd ZAdd ZMScore ZMembers ZRem ZScore
PubsubMessage: Channel Message
PubsubPmessage: Channel Message Pattern
RedisDB: Del Exists FlushDB Get HDel HExpire HGet HIncr HIncrfloat HKeys HPersist HSet HSetEX HTTL HllAdd HllCount
	HllMerge Incr Incrfloat IsMember Keys List Lpop Lpush Members Pop Push SCard SRandMember SRem Set SetAdd SetTTL
	SortedSet Stream TTL Type Unlink XAdd ZAdd ZMScore ZMembers ZRem ZScore
StreamEntry: ID Values
Subscriber: Channels Close Count Messages Patterns Pmessages Psubscribe Publish Punsubscribe Subscribe Unsubscribe
`

// names are all of miniredisAPI, in the form "Type.Method".
func names() (list []string) {
	of := ""
	for _, word := range strings.Fields(miniredisAPI) {
		switch typ, begins := strings.CutSuffix(word, ":"); {
		case begins && typ == "package":
			of = ""
		case begins:
			of = typ + "."
		default:
			list = append(list, of+word)
		}
	}
	return list
}

// tableRow is a row of docs/miniredis.md: a name there, what it is here, and a
// remark.
var tableRow = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (.*?) \\| (.*?) ?\\|$")

// Who comes from miniredis finds each of its names in the table, and there what
// it is here, which exists, or why there is nothing.
func TestMiniredisNames(t *testing.T) {
	page, err := os.ReadFile("../../docs/miniredis.md")
	require.NoError(t, err)
	rows := map[string][]string{}
	for _, m := range tableRow.FindAllStringSubmatch(string(page), -1) {
		require.NotContains(t, rows, m[1], "it stands in the table twice")
		rows[m[1]] = m[2:]
	}
	exported := packageNames(t)
	for _, name := range names() {
		row, ok := rows[name]
		require.True(t, ok, "docs/miniredis.md does not say what became of %s", name)
		delete(rows, name)
		here, remark := row[0], row[1]
		switch here {
		case "–":
			require.NotEmpty(t, remark, "docs/miniredis.md gives no reason why %s is missing", name)
			require.False(t, exists(exported, ours(name)), "%s is not missing any more; say so in docs/miniredis.md", name)
		case "same":
			require.True(t, exists(exported, ours(name)), "%s is missing; docs/miniredis.md says it is there", ours(name))
		default:
			for _, target := range strings.Split(here, ", ") {
				target = strings.Trim(target, "`")
				require.True(t, exists(exported, target), "%s is missing; docs/miniredis.md sends %s there", target, name)
			}
		}
	}
	require.Empty(t, rows, "docs/miniredis.md has names that miniredis has not")
}

// ours is what a name of miniredis would be called here.
func ours(name string) string {
	for theirs, own := range map[string]string{"Miniredis.": "Server.", "RedisDB.": "DB."} {
		if rest, is := strings.CutPrefix(name, theirs); is {
			return own + rest
		}
	}
	return name
}

// exists reports whether there is a name of the package, or a method of a type.
func exists(exported map[string]bool, name string) bool {
	typ, method, isMethod := strings.Cut(name, ".")
	if !isMethod {
		return exported[name]
	}
	for _, v := range []any{&Server{}, &DB{}, &Conn{}} {
		if r := reflect.TypeOf(v); r.Elem().Name() == typ {
			_, found := r.MethodByName(method)
			return found
		}
	}
	return false
}

// packageNames returns the names that the package declares.
func packageNames(t *testing.T) map[string]bool {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	names := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, d := range file.Decls {
			declared(d, names)
		}
	}
	return names
}

// declared adds what a declaration declares; methods are none of it.
func declared(d ast.Decl, names map[string]bool) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			names[d.Name.Name] = true
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				names[spec.Name.Name] = true
			case *ast.ValueSpec:
				for _, n := range spec.Names {
					names[n.Name] = true
				}
			}
		}
	}
}
