package server

// cloneWords copies the words of a command that is to run later. The words that a handler
// gets are overwritten after it returns.
func cloneWords(args [][]byte) [][]byte {
	size := 0
	for _, a := range args {
		size += len(a)
	}
	all := make([]byte, 0, size)
	words := make([][]byte, len(args))
	for i, a := range args {
		start := len(all)
		all = append(all, a...)
		words[i] = all[start:len(all):len(all)]
	}
	return words
}
