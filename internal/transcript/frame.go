package transcript

import (
	"fmt"

	"github.com/tattle-server/tattle/resp"
)

// Frame returns the bytes of a value as a server would send it in a version of RESP. What stands for
// more than one value is refused. bytes "..." is taken as it is, whole or not.
func Frame(text string, proto int) ([]byte, error) {
	v, err := parseValue(text)
	if err != nil {
		return nil, err
	}
	if b, ok := v.(raw); ok {
		return []byte(b), nil
	}
	w := resp.Writer{Proto: proto}
	if err := w.Value(v); err != nil {
		return nil, fmt.Errorf("%q stands for more than one value", text)
	}
	return w.Buf, nil
}
