package reports

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// large is a History of about n records: 15 in 60 of them arrivals, 44 operations, 1 a sample.
func large(n int) *History {
	s := newScene()
	rate := float64(n) / 60 * 15 / 145
	s.Meta.Classes = []ClassMeta{{"login", "login", rate / 3, "constant"}, {"userinfo", "userinfo", rate * 2 / 3, "constant"}}
	s.Arrivals, s.Operations, s.Tallies = nil, nil, nil
	for _, c := range s.Meta.Classes {
		s.traffic(c)
	}
	for i := range s.Operations {
		o := &s.Operations[i]
		o.Node, o.Remote, o.Reused = []string{"kc-1", "kc-2"}[i%2], "198.18.0.9:443", i%7 != 0
		o.Client = "ttl"
	}
	s.Operations = append(s.Operations, s.Operations[:len(s.Operations)/2]...)
	for i := range n / 60 {
		s.Samples = append(s.Samples, Sample{At: time.Duration(i) * 145 * time.Second / time.Duration(n/60), Node: []string{"kc-1", "kc-2"}[i%2], Metric: "pool_active", Value: float64(i % 7)})
	}
	s.outage(sec(71), sec(75))
	return &s.History
}

func BenchmarkReadAndJudge(b *testing.B) {
	dir := b.TempDir()
	h := large(1_000_000)
	n := records(h)
	if err := os.WriteFile(filepath.Join(dir, HistoryFile), record(b, h), 0o600); err != nil {
		b.Fatal(err)
	}
	madeHeap := func() float64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / (1 << 20)
	}
	base := madeHeap()
	var read, judged time.Duration
	for b.Loop() {
		began := time.Now()
		got, err := Read(dir)
		if err != nil || records(got) != n || got.Corrupt != 0 {
			b.Fatalf("%d of %d records, %v", records(got), n, err)
		}
		read += time.Since(began)
		b.ReportMetric(madeHeap()-base, "MiB-held")
		began = time.Now()
		if r := Judge(got); r.Verdict != Pass {
			b.Fatal(r.Verdict)
		}
		judged += time.Since(began)
	}
	b.ReportMetric(read.Seconds()/float64(b.N), "s-read")
	b.ReportMetric(judged.Seconds()/float64(b.N), "s-judge")
	b.ReportMetric(float64(n), "records")
}

func TestBySeq(t *testing.T) {
	b, want := newBySeq[int](), map[arrivalKey]int{}
	for k, seq := range []uint64{0, 1, 5, 1024, 900, 1 << 40, 5, densest, densest - 1, 4000, 20_000} {
		for _, class := range []string{"login", "refresh"} {
			b.set(class, seq, k+1)
			want[arrivalKey{class, seq}] = k + 1
		}
	}
	for key, v := range want {
		if got := b.get(key.class, key.seq); got != v {
			t.Errorf("%v: %d, want %d", key, got, v)
		}
	}
	for _, seq := range []uint64{2, 1023, 1 << 41, densest + 1} {
		if got := b.get("login", seq); got != 0 {
			t.Errorf("%d was never set, yet %d", seq, got)
		}
	}
}
