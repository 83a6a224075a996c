package activity

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"sync"
	"sync/atomic"
)

// digestReader reads ahead in blocks and hashes them beside the reading, so
// that the content hash costs a core's spare time and not the reader's. One
// goroutine reads, one hashes, the caller consumes; a block is reused when the
// latter two are done with it.
type digestReader struct {
	blocks   chan *digestBlock // read, to be consumed
	free     chan *digestBlock
	stop     chan struct{}
	stopOnce sync.Once
	done     sync.WaitGroup
	consumed atomic.Int64
	sum      hash.Hash
	ended    bool // the end of the file was consumed
	err      error
	now      *digestBlock
	rest     []byte
}

type digestBlock struct {
	data  []byte
	size  int
	err   error // what ended the reading, after the data
	users atomic.Int32
}

// Blocks are large enough to make the hand-over cheap, and few, so that they
// stay in the cache.
const (
	digestBlockSize = 256 << 10
	digestBlocks    = 6
)

func newDigestReader(from io.Reader) *digestReader {
	d := &digestReader{
		blocks: make(chan *digestBlock, digestBlocks),
		free:   make(chan *digestBlock, digestBlocks),
		stop:   make(chan struct{}),
		sum:    sha256.New(),
	}
	for range digestBlocks {
		d.free <- &digestBlock{data: make([]byte, digestBlockSize)}
	}
	toHash := make(chan *digestBlock, digestBlocks)
	d.done.Go(func() { d.readAll(from, toHash) })
	d.done.Go(func() { d.hashAll(toHash) })
	return d
}

func (d *digestReader) readAll(from io.Reader, toHash chan<- *digestBlock) {
	defer close(d.blocks)
	defer close(toHash)
	for {
		var b *digestBlock
		select {
		case b = <-d.free:
		case <-d.stop:
			return
		}
		b.size, b.err = from.Read(b.data)
		b.users.Store(2)
		ended := b.err != nil // the block is the others' once it is sent
		toHash <- b
		d.blocks <- b
		if ended {
			return
		}
	}
}

func (d *digestReader) hashAll(blocks <-chan *digestBlock) {
	for b := range blocks {
		d.sum.Write(b.data[:b.size])
		d.release(b)
	}
}

// release never blocks: there are as many places as blocks.
func (d *digestReader) release(b *digestBlock) {
	if b.users.Add(-1) == 0 {
		d.free <- b
	}
}

func (d *digestReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(d.rest) == 0 {
		if d.err != nil {
			return 0, d.err
		}
		if !d.next() {
			return 0, d.err
		}
	}
	n := copy(p, d.rest)
	d.rest = d.rest[n:]
	d.consumed.Add(int64(n))
	return n, nil
}

// next takes up the following block and gives back the one before.
func (d *digestReader) next() bool {
	if d.now != nil {
		err := d.now.err
		d.release(d.now)
		d.now = nil
		if err != nil {
			d.err, d.ended = err, err == io.EOF
			return false
		}
	}
	b := d.await()
	if b == nil {
		d.err = io.ErrClosedPipe
		return false
	}
	d.now, d.rest = b, b.data[:b.size]
	return true
}

// await gives the next block, or nil once the reader is closed: a decompressor
// that waits for standard input must not hold up the end of the program.
func (d *digestReader) await() *digestBlock {
	select {
	case b := <-d.blocks:
		return b
	case <-d.stop:
		return nil
	}
}

// hexSum is the hash of the whole file; ok only once its end was consumed.
func (d *digestReader) hexSum() (sum string, ok bool) {
	if !d.ended {
		return "", false
	}
	d.done.Wait()
	return hex.EncodeToString(d.sum.Sum(nil)), true
}

// close ends the goroutines. A read that hangs on a terminal or pipe is not
// waited for.
func (d *digestReader) close() {
	d.stopOnce.Do(func() { close(d.stop) })
}
