package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
)

// Fingerprint tells views apart: it is the same as long as the same submissions
// count, with payers worked out at the same time.
func (v *View) Fingerprint() string {
	var list []string
	for _, s := range v.list {
		if s.Assigned != nil {
			list = append(list, fmt.Sprintln(s.ID, s.Order, s.State, s.Assigned.At.UnixNano()))
		}
	}
	slices.Sort(list)
	h := sha256.New()
	for _, line := range list {
		h.Write([]byte(line))
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}
