package scenarios

import (
	"crypto/sha256"
	"encoding/binary"
)

// Seed is a seed of its own for everything random that has a name, so that a change to one
// part of a scenario leaves the choices of the others as they are.
func Seed(seed uint64, name string) uint64 {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], seed)
	sum := sha256.Sum256(append(b[:], name...))
	return binary.BigEndian.Uint64(sum[:])
}
