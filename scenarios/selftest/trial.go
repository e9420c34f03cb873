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

// faster is how much less time than in a deployment boots, checks and shutdowns take.
const faster = 20

// Trials lists every scenario with the defects it must show: one line for one more defect.
func Trials() []Trial {
	rotating := sim.Options{TimeScale: faster, Realm: sim.Settings{RevokeRefreshToken: true}}
	return []Trial{
		{"steady", sim.Options{TimeScale: faster}, []string{
			sim.SessionOfAnotherUser, sim.LogoutNotReplicated, sim.ErrorPage200, sim.ClockSkew, sim.IssuerDiffers,
			sim.KeysDiffer, sim.SlowNode, sim.ConnectionsLeak, sim.KeptAliveErrors, sim.CodeTwice,
		}},
		{"node-loss", rotating, []string{
			sim.SessionLostOnFailover, sim.BalancerSendsToDead, sim.RefreshTokenTwice, sim.RotatedAfterRestart,
		}},
		{"node-return", sim.Options{TimeScale: faster, ServiceTime: 20 * time.Millisecond, Workers: 4}, []string{
			sim.CookiePathWrong, sim.OldCodesRejected, sim.ThunderingHerd, sim.CapacityHalved, sim.RetryStorm,
		}},
		{"node-drain", sim.Options{TimeScale: faster, ServiceTime: 150 * time.Millisecond}, []string{sim.DrainDropsInFlight}},
		{"balancer-freeze", sim.Options{TimeScale: faster}, []string{sim.DNSKeepsDead, sim.TTLIgnored}},
		{"database-restart", sim.Options{TimeScale: faster}, []string{sim.ReadOnlyAccepted}},
		{"tolerant-balancer", sim.Options{TimeScale: faster}, []string{sim.HealthUpLoginsFail, sim.HealthDownLoginsFit}},
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
