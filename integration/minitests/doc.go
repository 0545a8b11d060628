// Package minitests has tests in the style of those who use miniredis. They run on miniredis
// and, by a change of one import, on package servertest/miniredis.
package minitests
