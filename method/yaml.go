package method

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
)

// ReadYAML reads the text of a YAML file into a value; keys that it does not
// have are faults. The error is Faults that name the file, line and column, and
// end in the remedy.
func ReadYAML(src []byte, path, remedy string, into any) (err error) {
	// The YAML package panics at some texts that are not YAML (a tag before nothing);
	// the user must get a sentence all the same.
	defer func() {
		if recover() != nil {
			err = Faults{{path, 1, 1, "this is not YAML that can be read", remedy}}
		}
	}()
	ctx := context.WithValue(context.Background(), fileName{}, path)
	err = yaml.UnmarshalContext(ctx, src, into, yaml.Strict())
	if err == nil {
		return nil
	}
	fault := Fault{File: path, Line: 1, Column: 1, Problem: err.Error(), Remedy: remedy}
	var at yaml.Error
	if errors.As(err, &at) {
		if tok := at.GetToken(); tok != nil {
			fault.Line, fault.Column = tok.Position.Line, tok.Position.Column
		}
		fault.Problem = yamlProblem(at.GetMessage())
	}
	return Faults{fault}
}

// yamlProblem says in plain words what the YAML package finds wrong.
func yamlProblem(m string) string {
	if got, want, ok := strings.Cut(m, " was used where "); ok {
		return fmt.Sprintf("%s stands where %s belongs", yamlKind(got), yamlKind(strings.TrimSuffix(want, " is expected")))
	}
	if rest, ok := strings.CutPrefix(m, "cannot unmarshal "); ok {
		got, rest, _ := strings.Cut(rest, " into Go ")
		want := rest[strings.LastIndexByte(rest, ' ')+1:]
		return fmt.Sprintf("%s stands where %s belongs", yamlKind(got), yamlKind(want))
	}
	if strings.Contains(m, `'	' that cannot start any token`) {
		return "a tab cannot indent a line: use spaces"
	}
	return m
}

func yamlKind(s string) string {
	switch {
	case s == "sequence", strings.HasPrefix(s, "[]"):
		return "a list"
	case s == "mapping", strings.HasPrefix(s, "map["):
		return "a set of key: value"
	case s == "string":
		return "a text"
	case s == "null":
		return "nothing"
	case s == "bool":
		return "true or false"
	case strings.HasPrefix(s, "int"), strings.HasPrefix(s, "uint"), strings.HasPrefix(s, "float"):
		return "a number"
	}
	return s
}
