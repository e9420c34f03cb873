package reports

// bySeq keeps something of each arrival, found by its class and number. Numbers of a schedule
// run from 0, so a slice serves; one beyond densest goes to a map, or a single strange record
// could ask for all the memory there is.
type bySeq[V comparable] struct {
	dense  map[string][]V
	sparse map[arrivalKey]V
}

type arrivalKey struct {
	class string
	seq   uint64
}

// densest is the greatest number that is kept in a slice.
const densest = 1 << 24

func newBySeq[V comparable]() *bySeq[V] {
	return &bySeq[V]{dense: map[string][]V{}, sparse: map[arrivalKey]V{}}
}

func (b *bySeq[V]) set(class string, seq uint64, v V) {
	all := b.dense[class]
	// A number far beyond those there are is no schedule's.
	if seq >= densest || seq > uint64(4*len(all)+1024) {
		b.sparse[arrivalKey{class, seq}] = v
		return
	}
	if n := int(seq) + 1; n > len(all) {
		all = append(all, make([]V, n-len(all))...)
		b.dense[class] = all
	}
	all[seq] = v
}

// get is what was set, or nothing.
func (b *bySeq[V]) get(class string, seq uint64) V {
	if all := b.dense[class]; seq < uint64(len(all)) {
		var zero V
		if v := all[seq]; v != zero {
			return v
		}
	}
	if len(b.sparse) == 0 {
		var zero V
		return zero
	}
	return b.sparse[arrivalKey{class, seq}]
}
