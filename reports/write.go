package reports

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// The files that [Write] makes in a run folder.
const (
	ResultFile  = "result.json"
	JUnitFile   = "junit.xml"
	SummaryFile = "summary.md"
)

// format is one way to write a report down.
type format struct {
	file   string
	encode func(*Report) ([]byte, error)
}

func formats() []format {
	return []format{{ResultFile, encodeResult}, {JUnitFile, encodeJUnit}, {SummaryFile, encodeSummary}}
}

// Write puts the report into dir in every format of a file. Each appears whole or not at all.
func Write(dir string, r *Report) error {
	var errs []error
	for _, f := range formats() {
		body, err := f.encode(r)
		if err == nil {
			err = replace(filepath.Join(dir, f.file), body)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("write %s: %w", f.file, err))
		}
	}
	return errors.Join(errs...)
}

// replace writes a file beside path and puts it in its place.
func replace(path string, body []byte) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // made 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(tmp.Name()))
		}
	}()
	_, err = bytes.NewReader(body).WriteTo(tmp)
	if err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
