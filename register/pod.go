package register

import "slices"

// PODs are the point of delivery codes of a kind (activity, drug, device, ...),
// in force on any day.
func (p *Pack) PODs(kind string) []string {
	t := p.Table("point_of_delivery")
	if t == nil {
		return nil
	}
	var codes []string
	for _, code := range t.Keys() {
		if slices.ContainsFunc(t.Rows(code), func(row int32) bool { return t.At(row, "kind") == kind }) {
			codes = append(codes, code)
		}
	}
	return codes
}
