package submission

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"remit/activity"
	"remit/register"
)

// CheckRules runs a table of cases: rule, feed, fields (field=value separated by
// semicolons; the other fields of a good row are filled in), and whether the rule
// breaks (yes or no). It gives each difference as a sentence, and how many cases
// there were.
func CheckRules(rules *Rules, pack *register.Pack, name string, table []byte) (differences []string, cases int, err error) {
	r := csv.NewReader(bytes.NewReader(table))
	header, err := r.Read()
	if err != nil || !slices.Equal(header, []string{"rule", "feed", "fields", "breaks"}) {
		return nil, 0, fmt.Errorf("%s: the columns must be rule, feed, fields, breaks", name)
	}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return differences, cases, nil
		}
		if err != nil {
			return nil, 0, fmt.Errorf("%s: %w", name, err)
		}
		line, _ := r.FieldPos(0)
		cases++
		got, err := breaks(rules, pack, record)
		if err != nil {
			return nil, 0, fmt.Errorf("%s: line %d: %w", name, line, err)
		}
		if want := record[3] == "yes"; got != want {
			differences = append(differences, fmt.Sprintf("%s: line %d: rule %s of %s on %s: breaks %v, expected %v", name, line, record[0], record[1], record[2], got, want))
		}
	}
}

// goodRow is a row that breaks no rule, by field.
var goodRow = map[string]string{
	"financial_month": "3", "financial_year": "202526", "created_at": "2025-07-20T09:00:00", "provider": "RJ1", "site": "RJ122", "gp_responsibility": "72Q", "residence_responsibility": "72Q", "submitted_commissioner": "72Q",
	"gp_practice": "G85001", "tfc": "361", "submitted_category": "25", "service_code": "NCBPS11B", "pod": "EL", "tariff_code": "LA08G", "activity_count": "1", "activity_unit_price": "100.00", "cost": "100.00",
	"planned_activity": "1", "planned_price": "100.00", "age": "45", "gender": "1", "activity_date": "2025-06-12", "drug_code": "123456789", "drug_name": "Synthetic", "indication": "123456", "drug_quantity": "1", "unit_price_commissioner": "100.00",
	"support_charge": "0", "device_serial": "SN1", "device_name": "Synthetic", "dispensing_route": "1", "national_tariff_indicator": "Y", "record_key": "SYN1", "non_cds_identifier": "SYN1",
}

func breaks(rules *Rules, pack *register.Pack, record []string) (bool, error) {
	feed, err := activity.ParseFeed(record[1])
	if err != nil {
		return false, err
	}
	rule, ok := rules.rule(record[0])
	if !ok {
		return false, fmt.Errorf("there is no rule %q", record[0])
	}
	values := map[string]string{}
	for id, v := range goodRow {
		if f, ok := activity.FieldByID(id); ok && f.In(feed) {
			values[id] = v
		}
	}
	for _, pair := range strings.Split(record[2], ";") {
		id, v, ok := strings.Cut(strings.TrimSpace(pair), "=")
		if pair == "" {
			continue
		}
		if _, known := activity.FieldByID(id); !ok || !known {
			return false, fmt.Errorf("%q is no field=value", pair)
		}
		values[id] = v
	}
	l := activity.Layout{Dataset: feed, Field: map[string]int{}}
	var fields [][]byte
	for _, f := range activity.Fields() {
		v, ok := values[f.ID]
		if !ok {
			continue
		}
		l.Field[f.ID] = len(l.Columns)
		l.Columns = append(l.Columns, f.Title(feed))
		fields = append(fields, []byte(v))
	}
	v, err := rules.bind(l, pack, Given{})
	if err != nil {
		return false, err
	}
	out := v.row(1, fields)
	return slices.ContainsFunc(out.Hits, func(h Hit) bool { return h.Rule == rule }), nil
}
