package assign

import (
	"strings"

	"remit/activity"
	"remit/method"
	"remit/register"
)

// Single decides one record from its fields, by the plain route: every
// condition is evaluated for this record, with no dictionary in between. It is
// what explains a decision, and what the fast route is tested against.
type Single struct {
	method *method.Method
	record *method.Record
	values []string
	hosts  int
}

// NewSingle binds a method to the fields of one record, by field id. The field
// dataset_type names the data set or the CDS type.
func NewSingle(m *method.Method, pack *register.Pack, fields map[string]string) *Single {
	binding := method.Binding{}
	s := &Single{method: m, hosts: 1}
	for id, v := range fields {
		binding[id] = method.Origin{Columns: []int{len(s.values)}}
		s.values = append(s.values, v)
	}
	if dataset, err := activity.ParseDataset(fields["dataset_type"]); err == nil {
		binding["dataset"] = method.Origin{Constant: string(dataset)}
		if fields["cds_type"] == "" {
			binding["cds_type"] = method.Origin{Constant: activity.CDSType(fields["dataset_type"])}
		}
	}
	if f := pack.Table("provider_host").FindEver(strings.TrimSpace(fields["provider"]), 0); m.Kind == "tool" && f.Count > 1 {
		s.hosts = f.Count
	}
	s.record = method.Bind(m, binding).NewRecord()
	return s
}

// Rows is how many rows the public tool would make of the record.
func (s *Single) Rows() int { return s.hosts }

// Decide decides the record.
func (s *Single) Decide() method.Decision { return s.DecideRow(0) }

// DecideRow decides the record as the nth row that the public tool would make of it.
func (s *Single) DecideRow(n int) method.Decision {
	s.record.Reset(s.values)
	s.record.PickRow(n)
	return s.record.Decide()
}
