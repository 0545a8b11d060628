package integration

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/integration/reference"
	"github.com/tattle-server/tattle/server/lab"
)

// Real servers do what the labs say, and the tables of the labs name each of them. The test
// of package lab plays them on tattle.
func TestLabsOnReferences(t *testing.T) {
	labs, err := lab.All()
	require.NoError(t, err)
	for _, v := range reference.All() {
		t.Run(v.Name, func(t *testing.T) {
			addr := reference.Start(t, v).Addr
			for _, l := range labs {
				t.Run(fmt.Sprintf("%02d-%s", l.Number, l.Name), func(t *testing.T) {
					require.NoError(t, l.Verify(addr))
				})
			}
		})
	}
}
