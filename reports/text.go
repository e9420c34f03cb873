package reports

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// say prints a duration for people, with three significant digits.
func say(d time.Duration) string {
	switch a := d.Abs(); {
	case a == 0:
		return "0 s"
	case a < 999500*time.Nanosecond:
		return digits(float64(d)/float64(time.Microsecond)) + " µs"
	case a < 999500*time.Microsecond:
		return digits(ms(d)) + " ms"
	case a < 2*time.Minute:
		return digits(d.Seconds()) + " s"
	}
	return d.Round(time.Second).String()
}

// digits prints three significant digits, and all that stand before the point.
func digits(x float64) string {
	if x == 0 || x-x != 0 {
		return fmt.Sprint(x)
	}
	places := 2 - int(math.Floor(math.Log10(math.Abs(x))))
	s := fmt.Sprintf("%.*f", max(0, places), x)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// between prints a measurement bounded on both sides: "4.2 s ± 0.1 s".
func between(lo, hi time.Duration) string {
	mid, half := (lo+hi)/2, (hi-lo)/2
	if half == 0 {
		return say(mid)
	}
	if mid < time.Second {
		return say(mid) + " ± " + say(half)
	}
	return fmt.Sprintf("%s ± %s s", say(mid), digits(math.Ceil(half.Seconds()*100)/100))
}

// at prints an instant of the run.
func at(t time.Duration) string { return fmt.Sprintf("t=%.1f s", t.Seconds()) }

// percent prints a ratio.
func percent(ratio float64) string { return digits(ratio*100) + " %" }

// share prints a ratio near 1 without rounding it up to 1.
func share(ratio float64) string {
	if ratio == 1 {
		return "100 %"
	}
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.3f", math.Floor(ratio*1e5+1e-6)/1e3), "0"), ".") + " %"
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// longer says how long n more samples take at so many a second.
func longer(n int, perSecond float64) string {
	if perSecond <= 0 {
		return "at a rate above 0"
	}
	return "another " + say(time.Duration(math.Ceil(float64(n)/perSecond))*time.Second) + " at " + digits(perSecond) + "/s"
}

func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
