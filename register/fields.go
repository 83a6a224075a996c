package register

import "slices"

// Field is one column of a file of the pack, as it can be told to others: in the
// schema of an export, on a form.
type Field struct {
	Name     string
	Kind     string   // text, choice, flag (0 or 1), day (YYYY-MM-DD), postcode or reference
	Of       []string // the choices, or the tables one of which has the code
	Required bool     // the value may not be blank
}

// Fields are the columns of the named file of a pack in order, or nil when a
// pack has no such file.
func Fields(table string) []Field {
	s := schemaOf(table)
	if s == nil {
		return nil
	}
	names := map[kind]string{text: "text", needed: "text", choice: "choice", flag: "flag", day: "day", postcoded: "postcode", postcodeMust: "postcode", known: "reference", knownMust: "reference"}
	fields := make([]Field, len(s.columns))
	for i, c := range s.columns {
		required := c.kind == needed || c.kind == flag || c.kind == postcodeMust || c.kind == knownMust || c.kind == choice && !slices.Contains(c.of, "")
		fields[i] = Field{Name: c.name, Kind: names[c.kind], Of: c.of, Required: required}
	}
	return fields
}
