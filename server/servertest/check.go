package servertest

import "slices"

// CheckGet fails the test unless a key holds the string want.
func (d *database) CheckGet(t TB, k, want string) {
	t.Helper()
	switch got, err := d.Get(k); {
	case err != nil:
		t.Errorf("servertest: the string %q: %v, want %q", k, err, want)
	case got != want:
		t.Errorf("servertest: the string %q is %q, want %q", k, got, want)
	}
}

// CheckList fails the test unless a key holds the list of these elements, in this
// order.
func (d *database) CheckList(t TB, k string, want ...string) {
	t.Helper()
	got, err := d.List(k)
	checkElements(t, "list", k, got, want, err)
}

// CheckSet fails the test unless a key holds the set of these members, which may be given
// in any order.
func (d *database) CheckSet(t TB, k string, want ...string) {
	t.Helper()
	want = slices.Clone(want)
	slices.Sort(want)
	got, err := d.Members(k)
	checkElements(t, "set", k, got, want, err)
}

func checkElements(t TB, kind, k string, got, want []string, err error) {
	t.Helper()
	switch {
	case err != nil:
		t.Errorf("servertest: the %s %q: %v, want %q", kind, k, err, want)
	case !slices.Equal(got, want):
		t.Errorf("servertest: the %s %q is %q, want %q", kind, k, got, want)
	}
}
