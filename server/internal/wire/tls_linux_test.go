package wire

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A peer that does not read, and whose records must be answered, is not read any more when
// too many answers wait.
func TestAnswersThatWaitAreBounded(t *testing.T) {
	r := &records{socket: &Socket{fd: -1}, out: make([]byte, recordsMax+1)}
	_, err := r.Read(make([]byte, 1))
	require.ErrorIs(t, err, errFlooded)
}
