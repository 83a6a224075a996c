package activity

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Options say how to open a file where it does not tell itself.
type Options struct {
	Delimiter byte      // 0 to find it in the header line
	Stdin     io.Reader // what "-" reads; nil for os.Stdin
}

// Source is an open file of delimited text, read from the first record on.
type Source struct {
	Path        string
	Header      []string // the column names as they came, unquoted
	RawHeader   []byte   // the header line as it came (as UTF-8), without byte order mark and line end
	Delimiter   byte
	EOL         string // "\n" or "\r\n", as ends the header line
	Encoding    Encoding
	HadBOM      bool
	Compression string // "", "gzip" or "zstd"

	body   io.Reader
	digest *digestReader
	size   int64
	close  []func() error
}

const (
	bufferSize   = 64 << 10
	headerLimit  = 4 << 20 // far above any header; a quote that is not closed ends here
	magicParquet = "PAR1"
	magicZip     = "PK\x03\x04"
)

var (
	magicGzip = []byte{0x1F, 0x8B}
	magicZstd = []byte{0x28, 0xB5, 0x2F, 0xFD}
)

// OpenCSV opens delimited text: plain, gzip or zstd (told by its first bytes,
// not its name), UTF-8 or UTF-16 with byte order mark, delimited by comma, tab,
// pipe or semicolon. "-" is standard input. Faults are a *FileError, Parquet a
// *ParquetError.
func OpenCSV(path string, o Options) (*Source, error) {
	if strings.EqualFold(filepath.Ext(path), ".parquet") {
		return nil, &ParquetError{Path: path}
	}
	s := &Source{Path: path}
	if err := s.open(o); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// OpenReader reads delimited text from r as OpenCSV reads a file. The name is
// used in faults only; r is not closed. The hash and the offset are those of
// the bytes of r.
func OpenReader(name string, r io.Reader, o Options) (*Source, error) {
	s := &Source{Path: name, size: -1}
	if err := s.start(r, o); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Source) open(o Options) error {
	file, err := s.openFile(o)
	if err != nil {
		return err
	}
	return s.start(file, o)
}

func (s *Source) start(from io.Reader, o Options) error {
	s.digest = newDigestReader(from)
	plain, err := s.decompress(bufio.NewReaderSize(s.digest, bufferSize))
	if err != nil {
		return s.fault(err)
	}
	text, encoding, hadBOM, err := decode(plain)
	if err != nil {
		return s.fault(err)
	}
	s.Encoding, s.HadBOM, s.body = encoding, hadBOM, text
	return s.readHeader(text, o.Delimiter)
}

func (s *Source) openFile(o Options) (io.Reader, error) {
	s.size = -1
	if s.Path == StandardInput {
		if o.Stdin != nil {
			return o.Stdin, nil
		}
		return os.Stdin, nil
	}
	file, err := os.Open(s.Path)
	if err != nil {
		return nil, &FileError{Path: s.Path, Problem: openProblem(err), Err: err}
	}
	s.close = append(s.close, file.Close)
	info, err := file.Stat()
	if err != nil {
		return nil, s.fault(err)
	}
	if info.IsDir() {
		return nil, &FileError{Path: s.Path, Problem: "is a folder, and a file is wanted here"}
	}
	if info.Mode().IsRegular() {
		s.size = info.Size()
	}
	return file, nil
}

func openProblem(err error) string {
	if errors.Is(err, os.ErrNotExist) {
		return "there is no such file"
	}
	return "cannot be opened"
}

// decompress looks at the first bytes: names are often wrong.
func (s *Source) decompress(r *bufio.Reader) (*bufio.Reader, error) {
	head, err := r.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(head, magicGzip):
		s.Compression = "gzip"
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, err
		}
		s.close = append(s.close, z.Close)
		return bufio.NewReaderSize(z, bufferSize), nil
	case bytes.HasPrefix(head, magicZstd):
		s.Compression = "zstd"
		z, err := zstd.NewReader(r)
		if err != nil {
			return nil, err
		}
		s.close = append(s.close, func() error { z.Close(); return nil })
		return bufio.NewReaderSize(z, bufferSize), nil
	case string(head) == magicParquet:
		return nil, &ParquetError{Path: s.Path}
	case string(head) == magicZip:
		return nil, &FileError{Path: s.Path, Problem: "is an Excel workbook or a zip archive, not delimited text",
			Hint: "save the sheet as CSV UTF-8, or unpack the archive"}
	}
	return r, nil
}

func (s *Source) readHeader(r *bufio.Reader, delimiter byte) error {
	line, eol, err := HeaderLine(r)
	if err != nil {
		return s.fault(err)
	}
	s.EOL = eol
	if p := headerProblem(line); p != nil {
		p.Path = s.Path
		return p
	}
	s.RawHeader = line
	s.Delimiter = delimiter
	if s.Delimiter == 0 {
		s.Delimiter = sniffDelimiter(line)
	}
	if s.Header, err = ParseHeader(line, s.Delimiter); err != nil {
		return &FileError{Path: s.Path, Problem: "the header line cannot be read", Err: err}
	}
	return nil
}

// HeaderLine reads the first line, which may hold line feeds inside quotes, and
// leaves r at the first record. The line comes without its end, "\n" or "\r\n",
// which is eol ("\n" where the text ends without one).
func HeaderLine(r *bufio.Reader) (line []byte, eol string, err error) {
	line, err = readLine(r)
	line = bytes.TrimSuffix(line, []byte("\n"))
	if bytes.HasSuffix(line, []byte("\r")) {
		return line[:len(line)-1], "\r\n", err
	}
	return line, "\n", err
}

// readLine reads up to and with the first line feed outside quotes.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for quoted := false; ; {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if bytes.Count(part, []byte{'"'})%2 == 1 {
			quoted = !quoted
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return line, nil
		case err != nil:
			return line, err
		case !quoted:
			return line, nil
		}
		if len(line) > headerLimit {
			return line, errHeaderTooLong
		}
	}
}

var errHeaderTooLong = errors.New("the header line does not end: is a quote not closed?")

func headerProblem(line []byte) *FileError {
	switch {
	case len(bytes.TrimSpace(line)) == 0:
		return &FileError{Problem: "is empty, or its first line is blank", Hint: "the first line must name the columns"}
	case bytes.IndexByte(line, 0) >= 0:
		return &FileError{Problem: "holds zero bytes: it is not text, or is UTF-16 without a byte order mark",
			Hint: "save it again as CSV UTF-8"}
	case bytes.IndexByte(line, '\r') >= 0 && bytes.IndexByte(line, '"') < 0:
		return &FileError{Problem: "its lines end in carriage returns alone", Hint: "save it again with Windows or Unix line ends"}
	}
	return nil
}

// sniffDelimiter takes the candidate that is most often in the header line
// outside quotes; a line with none is one column. Of two equally frequent ones
// it is the one that is less likely within a name.
func sniffDelimiter(line []byte) byte {
	var count [256]int
	quoted := false
	for _, c := range line {
		if c == '"' {
			quoted = !quoted
		}
		if !quoted {
			count[c]++
		}
	}
	best := byte('\t')
	for _, c := range []byte("|,;") {
		if count[c] > count[best] {
			best = c
		}
	}
	if count[best] == 0 {
		return ','
	}
	return best
}

// ParseHeader gives the column names in a header line, unquoted.
func ParseHeader(line []byte, delimiter byte) ([]string, error) {
	r := csv.NewReader(bytes.NewReader(line))
	r.Comma = rune(delimiter)
	r.LazyQuotes = true
	return r.Read()
}

// Read reads what follows the header line, as UTF-8. Its errors name the file.
func (s *Source) Read(p []byte) (int, error) {
	n, err := s.body.Read(p)
	if err != nil && err != io.EOF {
		err = s.fault(err)
	}
	return n, err
}

// Size is the size of the file in bytes as it lies on disk, -1 where that is
// not known (standard input, a pipe).
func (s *Source) Size() int64 { return s.size }

// Offset is how many bytes of the file have been consumed, for progress
// against Size. It may be called while another goroutine reads.
func (s *Source) Offset() int64 { return s.digest.consumed.Load() }

// SHA256 is the hash in hexadecimal of the bytes of the file as it lies on disk.
// It is known once Read has returned io.EOF.
func (s *Source) SHA256() (sum string, ok bool) { return s.digest.hexSum() }

// Close gives back the file. Standard input stays open.
func (s *Source) Close() error {
	if s.digest != nil {
		s.digest.close()
	}
	var faults []error
	for i := len(s.close) - 1; i >= 0; i-- {
		faults = append(faults, s.close[i]())
	}
	s.close = nil
	return errors.Join(faults...)
}

// fault puts the file and what to do into an error met in reading.
func (s *Source) fault(err error) error {
	var file *FileError
	var parquet *ParquetError
	if errors.As(err, &file) || errors.As(err, &parquet) {
		return err
	}
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF) && s.Compression != "":
		return &FileError{Path: s.Path, Err: err, Hint: "copy or transfer it again",
			Problem: fmt.Sprintf("the %s data is cut short after %d bytes", s.Compression, s.Offset())}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &FileError{Path: s.Path, Problem: "the file is cut short", Hint: "copy or transfer it again", Err: err}
	case s.Compression != "":
		return &FileError{Path: s.Path, Err: err, Hint: "copy or transfer it again",
			Problem: fmt.Sprintf("the %s data is damaged", s.Compression)}
	}
	return &FileError{Path: s.Path, Problem: "cannot be read", Err: err}
}
