package reports

import "holdfast/load"

func (d *reader) arrival(body []byte, a *load.Arrival) bool {
	return flat(body, func(p pair) bool {
		switch string(p.key) {
		case "t":
			return p.quoted
		case "class":
			return p.text(d.words, &a.Class)
		case "client":
			return p.text(d.words, &a.Client)
		case "journey":
			return p.text(d.words, &a.Journey)
		case "seq":
			return p.sequence(&a.Seq)
		case "due":
			return p.duration(&a.Due)
		case "start":
			return p.duration(&a.Start)
		case "end":
			return p.duration(&a.End)
		case "held":
			return p.duration(&a.Held)
		case "outcome":
			return p.outcome(d.words, &a.Outcome)
		case "reason":
			return p.text(d.words, &a.Reason)
		case "step":
			return p.text(d.words, &a.Step)
		case "dropped":
			return p.truth(&a.Dropped)
		case "starved":
			return p.truth(&a.Starved)
		}
		return false
	})
}

func (d *reader) operation(body []byte, o *load.Operation) bool {
	return flat(body, func(p pair) bool {
		switch string(p.key) {
		case "t":
			return p.quoted
		case "class":
			return p.text(d.words, &o.Class)
		case "client":
			return p.text(d.words, &o.Client)
		case "journey":
			return p.text(d.words, &o.Journey)
		case "seq":
			return p.sequence(&o.Seq)
		case "step":
			return p.text(d.words, &o.Step)
		case "due":
			return p.duration(&o.Due)
		case "start":
			return p.duration(&o.Start)
		case "end":
			return p.duration(&o.End)
		case "held":
			return p.duration(&o.Held)
		case "outcome":
			return p.outcome(d.words, &o.Outcome)
		case "reason":
			return p.text(d.words, &o.Reason)
		case "status":
			return p.count(&o.Status)
		case "remote":
			return p.text(d.words, &o.Remote)
		case "node":
			return p.text(d.words, &o.Node)
		case "reused":
			return p.truth(&o.Reused)
		case "retries":
			return p.count(&o.Retries)
		}
		return false
	})
}

func (d *reader) sample(body []byte, s *Sample) bool {
	return flat(body, func(p pair) bool {
		switch string(p.key) {
		case "t":
			return p.quoted
		case "at":
			return p.duration(&s.At)
		case "node":
			return p.text(d.words, &s.Node)
		case "metric":
			return p.text(d.words, &s.Metric)
		case "value":
			return p.number(&s.Value)
		case "text":
			return p.text(d.words, &s.Text)
		}
		return false
	})
}
