package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhenMemoryIsGivenBack(t *testing.T) {
	const mega = 1 << 20
	m := memory{}
	for _, step := range []struct {
		used, held, left int64 // in MiB; left is what is held after memory was given back, 0 if it is not due
		why              string
	}{
		{1, 15, 0, "too little"},
		{600, 1100, 0, "the collector keeps no more than twice what is used"},
		{600, 1100, 700, "nothing changes any more"},
		{600, 850, 0, "it was looked for already"},
		{1, 1100, 20, "keys were dropped"},
		{2, 55, 0, "what is held has not grown enough"},
		{1, 80, 20, "replies were written"},
		{900, 1000, 0, "all of it is used"},
		{650, 1400, 500, "a quarter was dropped"},
		{200, 490, 480, "more was dropped, and something else holds memory"},
		{190, 700, 0, "nothing to find but what the collector finds soon"},
		{100, 700, 600, "half of it was dropped"},
	} {
		due := m.due(step.used*mega, step.held*mega)
		require.Equal(t, step.left != 0, due, step.why)
		if due {
			m.left = step.left * mega
		}
	}
}
