//go:build !unix

package postcode

import "os"

// mapFile reads the file whole where it cannot be mapped.
func mapFile(path string) ([]byte, func() error, error) {
	data, err := os.ReadFile(path)
	return data, func() error { return nil }, err
}
