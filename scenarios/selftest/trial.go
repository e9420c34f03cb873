package selftest

import (
	"embed"
	"fmt"
	"slices"
	"time"

	"holdfast/fixtures/sim"
	"holdfast/scenarios"
)

// Trial is a scenario that provokes some of the twin's defects.
type Trial struct {
	Name    string      // of the scenario
	Twin    sim.Options // beside the defect
	Defects []string
}

// twin is one whose boots, checks and shutdowns take less time than a deployment's.
func twin(change ...func(*sim.Options)) sim.Options {
	o := sim.Options{TimeScale: 4, BootTime: 2 * time.Second}
	for _, c := range change {
		c(&o)
	}
	return o
}

// guarded is a realm with refresh tokens for one use and few tries for a password.
func guarded(o *sim.Options) { o.Realm.RevokeRefreshToken, o.Realm.FailureFactor = true, 3 }

// cloning makes a lost primary a replica soon.
func cloning(o *sim.Options) { o.CloneTime = time.Second }

// impatient gives silent members up soon.
func impatient(o *sim.Options) { o.FailureDetection = 2 * time.Second }

// busy makes each request take its time, of so many workers (0: without limit).
func busy(each time.Duration, workers int) func(*sim.Options) {
	return func(o *sim.Options) { o.ServiceTime, o.Workers = each, workers }
}

// Trials lists every scenario with the defects it must show: one line for one more defect.
func Trials() []Trial {
	return []Trial{
		{"steady", twin(), []string{
			sim.SessionOfAnotherUser, sim.LogoutNotReplicated, sim.ErrorPage200, sim.ClockSkew, sim.IssuerDiffers,
			sim.KeysDiffer, sim.ConnectionsLeak, sim.KeptAliveErrors, sim.CodeTwice,
		}},
		{"slow-node", twin(), []string{sim.SlowNode}},
		{"node-loss", twin(guarded), []string{
			sim.SessionLostOnFailover, sim.BalancerSendsToDead, sim.RefreshTokenTwice, sim.RotatedAfterRestart, sim.BruteForceLost,
		}},
		{"node-return", twin(busy(20*time.Millisecond, 4)), []string{
			sim.CookiePathWrong, sim.OldCodesRejected, sim.ThunderingHerd, sim.CapacityHalved, sim.RetryStorm,
		}},
		{"node-drain", twin(busy(150*time.Millisecond, 0)), []string{sim.DrainDropsInFlight}},
		{"balancer-freeze", twin(), []string{sim.DNSKeepsDead, sim.TTLIgnored}},
		{"database-restart", twin(), []string{sim.ReadOnlyAccepted}},
		{"tolerant-balancer", twin(), []string{sim.HealthUpLoginsFail, sim.HealthDownLoginsFit}},
		{"key-rotation", twin(), []string{sim.StaleJWKS}},
		{"sync-failover", twin(cloning), []string{sim.PromotedWithLoss, sim.BothWritable}},
		{"cache-partition", twin(impatient), []string{sim.CacheQuorumLost}},
	}
}

// Provokes finds the trial of a defect.
func Provokes(defect string) (Trial, bool) {
	all := Trials()
	i := slices.IndexFunc(all, func(t Trial) bool { return slices.Contains(t.Defects, defect) })
	if i < 0 {
		return Trial{}, false
	}
	return all[i], true
}

//go:embed *.yaml
var files embed.FS

// Scenario is the trial's scenario.
func (t Trial) Scenario() (*scenarios.Scenario, error) {
	file := t.Name + ".yaml"
	data, err := files.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("scenario of trial %s: %w", t.Name, err)
	}
	return scenarios.Parse(file, data)
}
