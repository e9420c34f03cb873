// Package wal is the line format of the files that must survive a crash: each record is one
// line, a CRC-32C in hexadecimal, a space, and JSON. A reader can tell a torn tail from a
// damaged record.
package wal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
)

var table = crc32.MakeTable(crc32.Castagnoli)

// Line encodes v as one record, newline included.
func Line(v any) ([]byte, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode record: %w", err)
	}
	return Seal(body), nil
}

// Seal makes a record of JSON that holds no newline.
func Seal(body []byte) []byte {
	out := make([]byte, 0, len(body)+10)
	out = fmt.Appendf(out, "%08x ", crc32.Checksum(body, table))
	return append(append(out, body...), '\n')
}

// Scan calls each with the JSON of every whole record of data, in order. It returns how many
// bytes at the end are not a whole record (torn) and how many records before that are damaged
// (corrupt; each skipped).
func Scan(data []byte, each func(body []byte) error) (torn int64, corrupt int, err error) {
	for len(data) > 0 {
		end := bytes.IndexByte(data, '\n')
		if end < 0 {
			return int64(len(data)), corrupt, nil
		}
		line := data[:end]
		data = data[end+1:]
		body, ok := open(line)
		if !ok {
			if len(data) == 0 {
				return int64(len(line) + 1), corrupt, nil
			}
			corrupt++
			continue
		}
		if err := each(body); err != nil {
			return 0, corrupt, err
		}
	}
	return 0, corrupt, nil
}

func open(line []byte) ([]byte, bool) {
	if len(line) < 10 || line[8] != ' ' {
		return nil, false
	}
	body := line[9:]
	// Compared as text, so that no flipped bit of the line goes unseen, not even one that turns
	// a hexadecimal digit into its capital.
	sum := fmt.Appendf(nil, "%08x", crc32.Checksum(body, table))
	return body, bytes.Equal(line[:8], sum)
}
