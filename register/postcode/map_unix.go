//go:build unix

package postcode

import (
	"errors"
	"os"
	"syscall"
)

// mapFile maps a file for reading; the second result lets go of it.
func mapFile(path string) ([]byte, func() error, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if info.Size() == 0 || info.Size() > 1<<31 {
		return nil, nil, errors.New(path + ": the file is not a postcode directory made by this program; import the published directory again")
	}
	data, err := syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, nil, err
	}
	return data, func() error { return syscall.Munmap(data) }, nil
}
