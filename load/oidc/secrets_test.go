package oidc

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/load"
)

// TestNoSecretIsRecorded: a run with every journey, well and badly, leaves no password, token,
// code or cookie in anything that would be written down.
func TestNoSecretIsRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, settings())
		b.cohort(3)
		var classes []load.Class
		for _, name := range Journeys() {
			j, err := b.driver.Journey(name)
			if err != nil {
				t.Fatal(err)
			}
			classes = append(classes, load.Class{Name: name, Journey: name, Schedule: load.During(load.Poisson(5, 7), 20*time.Second), Run: j})
		}
		time.AfterFunc(10*time.Second, func() {
			b.tampered("", func(r *http.Request, answer *httptest.ResponseRecorder) {
				if len(answer.Body.Bytes())%3 == 0 { // some answers are errors that quote their request
					body := answer.Body.String()
					says(400, `{"error":"`+body+`","error_description":"`+r.URL.RawQuery+`"}`)(r, answer)
				}
			})
		})
		if err := b.engine.Run(t.Context(), classes); err != nil {
			t.Fatal(err)
		}
		b.fates()

		written, err := json.Marshal(b.records)
		if err != nil {
			t.Fatal(err)
		}
		ok, failed := 0, 0
		for _, a := range b.records.Arrivals {
			if a.Outcome == load.OK {
				ok++
			} else {
				failed++
			}
		}
		if ok < 300 || failed < 20 || len(b.twin.secrets) < 1000 {
			t.Fatalf("%d journeys went well, %d badly, %d secrets were exchanged: too few to prove anything", ok, failed, len(b.twin.secrets))
		}
		text := string(written)
		for _, s := range append(b.twin.secrets, canary, "canary-client-secret") {
			if strings.Contains(text, s) {
				t.Fatalf("secret %q is written down", s)
			}
		}
		for _, tally := range b.records.Tallies {
			if tally.Scheduled != tally.Started+tally.Dropped+tally.Starved || tally.Scheduled < 70 {
				t.Errorf("%+v", tally)
			}
		}
	})
}
