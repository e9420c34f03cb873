package oidc

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"

	"holdfast/load"
)

// golden is who the arrivals of one seed are, forever; package load has the same of when they are
// due and which client they have.
const golden = "fd0db434a567a2802c11999e3539c4ae3f15766b600c3dd713e3f4309c7de740"

func TestSameSeedSameUsers(t *testing.T) {
	t.Parallel()
	d := New(config(settings(), nil))
	d.config.UserCount = 500
	sum := sha256.New()
	for _, class := range []string{"login", "cohort", "wrong-password"} {
		for k := range uint64(1000) {
			_, _ = fmt.Fprintln(sum, d.pick(&load.Call{Class: class, Seq: k}))
		}
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != golden {
		t.Errorf("hash %s, want %s", got, golden)
	}
}
