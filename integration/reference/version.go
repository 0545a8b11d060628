package reference

// Version is a server that can be downloaded and run.
type Version struct {
	Name    string // its name on the command line
	Product string // redis or valkey
	Number  string // the version that it must report in INFO

	suite   string // the Debian release that has it
	pkg     string // the package
	pattern string // the package's version, for apt
}

// The servers. Redis8 is the reference: where others differ from it, it is right.
var (
	Redis8  = Version{"redis8", "redis", "8.0.2", "trixie", "redis-tools", "5:8.0.2-*"}
	Redis7  = Version{"redis7", "redis", "7.0.15", "bookworm", "redis-tools", "5:7.0.15-*"}
	Valkey8 = Version{"valkey8", "valkey", "8.1.1", "trixie", "valkey-tools", "8.1.1*"}
)

// All returns every version, the reference first.
func All() []Version { return []Version{Redis8, Redis7, Valkey8} }

// Named returns the version with a name.
func Named(name string) (Version, bool) {
	for _, v := range All() {
		if v.Name == name {
			return v, true
		}
	}
	return Version{}, false
}

func (v Version) String() string { return v.Product + " " + v.Number }
