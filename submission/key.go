package submission

import (
	"bytes"
	"encoding/hex"
	"hash"
	"hash/fnv"
	"slices"

	"remit/activity"
)

// Keys makes row keys: what a row is about, the same in the next restatement.
// It is for one goroutine.
type Keys struct {
	provider, cds, spell, episode, attendance, nonCDS, pod, hrg int
	content                                                     []int // columns of the content key
	hash                                                        hash.Hash
	buf                                                         []byte
}

// moneyFields change when a row is priced anew; the content key leaves them out.
var moneyFields = []string{"cost", "activity_unit_price", "unit_price_commissioner", "unit_price_supplier", "actual_mff", "planned_mff", "planned_price", "support_charge", "created_at", "submitted_commissioner", "submitted_category", "activity_count", "planned_activity"}

// NewKeys makes keys for the columns of a file.
func NewKeys(l activity.Layout) *Keys {
	column := func(id string) int {
		if c, ok := l.Field[id]; ok {
			return c
		}
		return -1
	}
	k := &Keys{provider: column("provider"), cds: column("record_key"), spell: column("spell"), episode: column("episode"), attendance: column("attendance_identifier"), nonCDS: column("non_cds_identifier"),
		pod: column("pod"), hrg: column("hrg"), hash: fnv.New128a()}
	if k.hrg < 0 {
		k.hrg = column("tariff_code")
	}
	skip := map[int]bool{}
	for _, id := range moneyFields {
		skip[column(id)] = true
	}
	for id, c := range l.Field {
		if !skip[c] && id != "cost" {
			k.content = append(k.content, c)
		}
	}
	slices.Sort(k.content)
	return k
}

// Key is the key of a row: by its CDS identifier, else by its spell or
// attendance with the point of delivery and the HRG, else by its identifier
// outside the CDS, else by all it says but money. It holds until the next call.
func (k *Keys) Key(fields [][]byte) []byte {
	k.buf = k.buf[:0]
	for _, way := range []struct {
		prefix string
		by     int
		more   []int
	}{{"cds", k.cds, nil}, {"spell", k.spell, []int{k.episode, k.pod, k.hrg}}, {"attendance", k.attendance, []int{k.pod, k.hrg}}, {"own", k.nonCDS, nil}} {
		if way.by < 0 || len(bytes.TrimSpace(fields[way.by])) == 0 {
			continue
		}
		k.buf = append(k.buf, way.prefix...)
		k.add(fields, k.provider)
		k.add(fields, way.by)
		for _, c := range way.more {
			k.add(fields, c)
		}
		return k.buf
	}
	k.hash.Reset()
	for _, c := range k.content {
		k.hash.Write(bytes.TrimSpace(fields[c]))
		k.hash.Write([]byte{0})
	}
	k.buf = append(k.buf, "content:"...)
	return hex.AppendEncode(k.buf, k.hash.Sum(nil))
}

func (k *Keys) add(fields [][]byte, column int) {
	k.buf = append(k.buf, ':')
	if column >= 0 {
		k.buf = append(k.buf, bytes.ToUpper(bytes.TrimSpace(fields[column]))...)
	}
}
