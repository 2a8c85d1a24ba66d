//go:build !linux

package main

// shed does nothing: only on Linux can be told which pages nobody has written to.
func shed() {}
