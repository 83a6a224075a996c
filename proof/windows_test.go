package proof

import (
	"testing"

	"remit/method"
	"remit/register"
)

// What a value comes to must hold for longer than the day on which it was
// worked out: a condition that fixes it to one day makes the program work it
// out again for nearly every row.
func TestValuesHoldForMoreThanADay(t *testing.T) {
	pack, err := register.LoadShipped()
	if err != nil {
		t.Fatal(err)
	}
	day, _ := register.ParseDay("2025-09-15")
	for _, spec := range []string{"cam-2024-25", "cam-2025-26", "cam-tool-5.3"} {
		m := load(t, pack, spec)
		binding := method.Binding{}
		for i, in := range m.Inputs {
			binding[in.Name] = method.Origin{Columns: []int{i}}
		}
		program := method.Bind(m, binding)
		part := method.Divide(program)
		record := program.NewRecord()
		for i, slot := range part.Slots {
			if slot.Column == method.DateColumn {
				continue
			}
			record.Reset(make([]string, len(m.Inputs)))
			c := part.Classify(record, i, "", day)
			if c.From >= day && c.To <= day {
				t.Errorf("%s: what a blank %s comes to holds on %s alone", spec, m.Inputs[slot.Column].Name, day)
			}
		}
	}
}
