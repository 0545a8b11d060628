//go:build !race

package server

func overwrite([][]byte) {}
