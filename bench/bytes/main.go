// Command bytes is the floor that the bench sets under Remit: it reads a file,
// hashes it and writes as much as a run writes, in blocks, and decides nothing.
// No program that keeps the hash of its input and a whole output takes less.
//
//	bytes FILE OUT SIZE
package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
)

const blockSize = 256 << 10

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bytes:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 3 {
		return errors.New("usage: bytes FILE OUT SIZE")
	}
	size, err := strconv.ParseInt(args[2], 10, 64)
	if err != nil {
		return err
	}
	var wait sync.WaitGroup
	var hashing error
	wait.Go(func() { hashing = hash(args[0]) })
	writing := fill(args[1], args[0], size)
	wait.Wait()
	return errors.Join(hashing, writing)
}

func hash(path string) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	sum := sha256.New()
	_, err = io.CopyBuffer(struct{ io.Writer }{sum}, struct{ io.Reader }{in}, make([]byte, blockSize))
	return err
}

// fill writes size bytes of the beginning of a file, again and again.
func fill(path, with string, size int64) error {
	in, err := os.Open(with)
	if err != nil {
		return err
	}
	defer in.Close()
	block := make([]byte, blockSize)
	if _, err := io.ReadFull(in, block); err != nil {
		return err
	}
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	for ; size > 0 && err == nil; size -= blockSize {
		_, err = out.Write(block[:min(size, blockSize)])
	}
	return errors.Join(err, out.Close())
}
