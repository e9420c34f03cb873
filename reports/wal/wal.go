// Package wal is the line format of the files that must survive a crash: each record is one
// line, a CRC-32C in hexadecimal, a space, and JSON. A reader can tell a torn tail from a
// damaged record.
package wal

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
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
	var sum [4]byte
	binary.BigEndian.PutUint32(sum[:], crc32.Checksum(body, table))
	out = append(hex.AppendEncode(out, sum[:]), ' ')
	return append(append(out, body...), '\n')
}

// Scan calls each with the JSON of every whole record of data, in order. It returns how many
// bytes at the end are not a whole record (torn) and how many records before that are damaged
// (corrupt; each skipped).
func Scan(data []byte, each func(body []byte) error) (torn int64, corrupt int, err error) {
	return ScanReader(bytes.NewReader(data), each)
}

// ScanReader is Scan of what r gives, held in memory one record at a time: body is each's only
// until it returns. An error of r is returned after what came before it.
func ScanReader(r io.Reader, each func(body []byte) error) (torn int64, corrupt int, err error) {
	size := 1 << 18
	if known, ok := r.(interface{ Len() int }); ok {
		size = min(size, known.Len()+1)
	}
	in := bufio.NewReaderSize(r, size)
	var long []byte
	for {
		line, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			long = append(long, line...)
			continue
		}
		if long != nil {
			line, long = append(long, line...), nil
		}
		switch {
		case errors.Is(err, io.EOF):
			return int64(len(line)), corrupt, nil
		case err != nil:
			return int64(len(line)), corrupt, fmt.Errorf("read records: %w", err)
		}
		body, ok := open(line[:len(line)-1])
		if ok {
			if err := each(body); err != nil {
				return 0, corrupt, err
			}
			continue
		}
		n := int64(len(line)) // Peek may move what line is of
		if _, err := in.Peek(1); errors.Is(err, io.EOF) {
			return n, corrupt, nil
		}
		corrupt++
	}
}

func open(line []byte) ([]byte, bool) {
	if len(line) < 10 || line[8] != ' ' {
		return nil, false
	}
	body := line[9:]
	// Compared as text, so that no flipped bit of the line goes unseen, not even one that turns
	// a hexadecimal digit into its capital.
	var sum [4]byte
	var text [8]byte
	binary.BigEndian.PutUint32(sum[:], crc32.Checksum(body, table))
	hex.Encode(text[:], sum[:])
	return body, bytes.Equal(line[:8], text[:])
}
