package submission

import (
	"encoding/hex"
	"slices"

	"remit/activity"
)

// Keyer makes the key by which a row is known again when a later submission
// restates it. The first of these that the row has, with its provider and feed:
//
//	cds    the CDS identifier
//	spell  the spell, its episode in extracts of episodes, and the point of delivery
//	att    the outpatient or emergency attendance and the point of delivery
//	non    the non-CDS identifier
//	row    a hash of what the row is about: its codes, dates and names, without
//	       prices, quantities, what is derived and when the file was made
//
// Several rows may have one key: a spell's excess days beside the spell. Compare
// tells them apart. Identifiers stand in the key as they came, which the owner
// of the row may read; others may not see keys.
type Keyer struct {
	feed                                        string
	provider, cds, spell, outpatient, emergency int
	episode, nonCDS, pod                        int
	content                                     []int
}

// restated are the fields that a restatement may correct without the row
// becoming another: they are no part of what it is known by.
var restated = []string{"created_at", "cost", "activity_unit_price", "unit_price_commissioner", "unit_price_supplier", "support_charge", "vat_charged",
	"activity_count", "planned_activity", "planned_price", "planned_mff", "actual_mff", "drug_quantity", "device_quantity", "local_price", "submitted_commissioner",
	"submitted_category", "service_code", "national_tariff_indicator", "flex_or_freeze", "reporting_type", "submitter", "age"}

// aggregateKeeps are of those what tells the lines of an aggregate apart, which
// have nobody's identity.
var aggregateKeeps = []string{"submitted_commissioner", "submitted_category", "service_code"}

// NewKeyer prepares the keys of the rows of a layout.
func NewKeyer(l activity.Layout) *Keyer {
	at := func(id string) int {
		if n, has := l.Field[id]; has {
			return n
		}
		return -1
	}
	k := &Keyer{feed: string(l.Dataset), provider: at("provider"), spell: at("spell"), outpatient: at("attendance_identifier"),
		emergency: at("emergency_attendance_identifier"), episode: at("episode"), nonCDS: at("non_cds_identifier"), pod: at("pod"), cds: at("record_key")}
	if k.cds == k.nonCDS { // read from it for want of a column of its own
		k.cds = -1
	}
	k.content = contentOf(l)
	return k
}

// contentOf lists the columns of the content key in the order of the fields, so
// that a file with its columns in another order has the same keys.
func contentOf(l activity.Layout) (columns []int) {
	patientLevel := l.Dataset != activity.ACM && l.Dataset != activity.IAP && l.Dataset != activity.LPR
	for _, f := range activity.Fields() {
		n, has := l.Field[f.ID]
		if !has || slices.Contains(columns, n) {
			continue
		}
		if slices.Contains(restated, f.ID) && (patientLevel || !slices.Contains(aggregateKeeps, f.ID)) {
			continue
		}
		columns = append(columns, n)
	}
	return columns
}

// Append appends the key of a row.
func (k *Keyer) Append(to []byte, fields [][]byte) []byte {
	value := func(column int) []byte {
		if column < 0 {
			return nil
		}
		return trim(fields[column])
	}
	join := func(kind string, parts ...[]byte) []byte {
		to = append(append(append(to, kind...), ':'), k.feed...)
		for _, p := range parts {
			to = append(append(to, ':'), p...)
		}
		return to
	}
	provider, pod := value(k.provider), value(k.pod)
	if id := value(k.cds); len(id) > 0 {
		return join("cds", provider, id)
	}
	if id := value(k.spell); len(id) > 0 {
		if k.episode >= 0 {
			return join("spell", provider, id, value(k.episode), pod)
		}
		return join("spell", provider, id, pod)
	}
	if id := value(k.outpatient); len(id) > 0 {
		return join("att", provider, id, pod)
	}
	if id := value(k.emergency); len(id) > 0 {
		return join("att", provider, id, pod)
	}
	if id := value(k.nonCDS); len(id) > 0 {
		return join("non", provider, id)
	}
	return join("row", k.hash(fields))
}

func (k *Keyer) hash(fields [][]byte) []byte {
	a, b := uint64(hashA), uint64(hashB)
	for _, column := range k.content {
		h := hashOf(trim(fields[column]))
		a, b = mix(a^h), mix(b+h)
	}
	var sum [16]byte
	for i := range 8 {
		sum[i], sum[8+i] = byte(a>>(8*i)), byte(b>>(8*i))
	}
	return hex.AppendEncode(nil, sum[:])
}
