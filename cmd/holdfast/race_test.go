//go:build race

package main

// raced says that the race detector slows everything down, the twin and its clients too.
const raced = true
