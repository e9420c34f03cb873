package reports

// rank orders verdicts; a word that is none of them is no evidence.
func (v Verdict) rank() int {
	switch v {
	case Pass:
		return 0
	case Fail:
		return 2
	}
	return 1
}

// Worst is the worst of the verdicts, and Inconclusive of none.
func Worst(all ...Verdict) Verdict {
	if len(all) == 0 {
		return Inconclusive
	}
	return []Verdict{Pass, Inconclusive, Fail}[worstRank(all)]
}

func worstRank(all []Verdict) int {
	worst := 0
	for _, v := range all {
		worst = max(worst, v.rank())
	}
	return worst
}

// ExitCode is a verdict as a process says it: 0 pass, 1 fail, 3 inconclusive. (2 is the
// harness's own failure.)
func ExitCode(v Verdict) int { return []int{0, 3, 1}[v.rank()] }
