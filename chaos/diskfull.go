package chaos

import (
	"context"
	"fmt"
	"strings"

	"holdfast/fixtures"
)

// DiskFull fills the volume of a database server up but for Leave bytes.
type DiskFull struct {
	Leave int64 `json:"leave" yaml:"leave" jsonschema:"minimum=0,description=bytes left free: 4MiB (default 0)"`
	Facts `json:"facts,omitzero" yaml:"-" jsonschema:"-"`
}

// Kind is "disk-full".
func (*DiskFull) Kind() string { return "disk-full" }

// Voluntary is false.
func (*DiskFull) Voluntary() bool { return false }

// Check wants database nodes: theirs are the volumes.
func (f *DiskFull) Check(t fixtures.Topology, targets []string) error {
	if f.Leave < 0 {
		return wrong("leave", "%d bytes cannot be left", f.Leave)
	}
	return only(f.Kind(), t, targets, fixtures.Database)
}

// diskMiB is the size of the disk a server gets when it is to be filled up and none was asked for.
const diskMiB = 1024

// Needs is a disk of limited size for each server.
func (*DiskFull) Needs(t *fixtures.Topology) {
	if t.Database.DiskMiB == 0 {
		t.Database.DiskMiB = diskMiB
	}
}

// Allowed wants a volume that has more free than is to be left.
func (f *DiskFull) Allowed(ctx context.Context, targets []Target) error {
	return every(targets, func(t Target) error {
		d, err := filling(t)
		if err != nil {
			return err
		}
		free, err := d.DiskFree(ctx)
		if err == nil && free <= f.Leave+slack {
			err = fmt.Errorf("%s has only %d bytes free", t.Node.Name(), free)
		}
		return err
	})
}

func filling(t Target) (fixtures.Filling, error) {
	return able[fixtures.Filling](t.Node, t.Node.Name(), "fill the disk")
}

// Inject fills the volume.
func (f *DiskFull) Inject(ctx context.Context, t Target) error {
	d, err := filling(t)
	if err != nil {
		return err
	}
	return d.FillDisk(ctx, f.Leave)
}

// Undo frees it and starts the server, which may have ended for want of room.
func (f *DiskFull) Undo(ctx context.Context, t Target) error {
	d, err := filling(t)
	if err != nil {
		return err
	}
	if err := d.FreeDisk(ctx); err != nil {
		return err
	}
	return f.bringBack(ctx, t, t.Node.Start, nil)
}

// slack is what a file system may round a size by.
const slack = 1 << 20

// Probe asks the file system and writes a row: a full disk is one that has no room left, and with
// nothing left also one that a primary cannot write to.
func (f *DiskFull) Probe(ctx context.Context, t Target) Sighting {
	d, err := filling(t)
	if err != nil {
		return Sighting{Source: "disk", Seen: err.Error()}
	}
	free, err := d.DiskFree(ctx)
	if err != nil {
		return Sighting{Source: "disk", Seen: "not known: " + err.Error()}
	}
	s := Sighting{Effect: free <= f.Leave+slack, Source: "file system", Seen: fmt.Sprintf("%d bytes free", free)}
	db, ok := t.Node.(fixtures.Replicating)
	if !s.Effect || f.Leave > slack || !ok {
		return s
	}
	err = db.Write(ctx)
	s.Source = "file system and a write"
	switch {
	case err == nil:
		s.Effect, s.Seen = false, s.Seen+"; still takes writes"
	case strings.Contains(strings.ToLower(err.Error()), "no space left"):
		s.Seen += "; a write met no space left on device"
	default:
		s.Seen += "; a write failed: " + err.Error()
	}
	return s
}

// Healed wants room again.
func (f *DiskFull) Healed(ctx context.Context, t Target) error {
	d, err := filling(t)
	if err != nil {
		return err
	}
	free, err := d.DiskFree(ctx)
	if err == nil && free <= f.Leave+slack {
		err = fmt.Errorf("the disk of %s is still full: %d bytes free", t.Node.Name(), free)
	}
	return err
}
