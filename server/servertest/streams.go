package servertest

import "fmt"

// StreamEntry is an entry of a stream: its id, and its fields and values in turn.
type StreamEntry struct {
	ID     string
	Values []string
}

// XAdd adds an entry to a stream and returns its id. id is "*", or the id that it is to
// have; values are its fields and values in turn.
func (d *database) XAdd(k, id string, values []string) (string, error) {
	d.home.t.Helper()
	return ask[string](d, with(values, "XADD", k, id)...)
}

// Stream returns all entries of a stream.
func (d *database) Stream(k string) ([]StreamEntry, error) {
	d.home.t.Helper()
	if err := d.has(k); err != nil {
		return nil, err
	}
	v, err := d.call("XRANGE", k, "-", "+")
	if err != nil {
		return nil, err
	}
	rows, _ := v.([]any)
	entries := make([]StreamEntry, len(rows))
	for i, row := range rows {
		pair, _ := row.([]any)
		if len(pair) != 2 {
			return nil, fmt.Errorf("servertest: XRANGE replies %#v", row)
		}
		entries[i].ID, _ = pair[0].(string)
		entries[i].Values, _ = texts(pair[1])
	}
	return entries, nil
}
