package challenge

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"remit/activity"
	"remit/register"
)

// environment is the language of conditions: the Common Expression Language over
// Fields, which are all text, with functions that read numbers, money and dates.
type environment struct{ cel *cel.Env }

func newEnvironment() (*environment, error) {
	options := []cel.EnvOption{cel.StdLib(), cel.ClearMacros()}
	for _, f := range Fields {
		options = append(options, cel.Variable(f.Name, cel.StringType))
	}
	options = append(options,
		reading("number", "a whole number", func(text string) (int64, error) { return strconv.ParseInt(text, 10, 64) }),
		reading("money", "an amount of money", parseMoney),
		reading("day", "a date written YYYY-MM-DD", func(text string) (int64, error) {
			d, err := register.ParseDay(text)
			return int64(d), err
		}),
	)
	env, err := cel.NewCustomEnv(options...)
	return &environment{env}, err
}

// reading is a function that reads a text as a number. What it cannot read cannot
// be told, and is counted as such.
func reading(name, what string, read func(string) (int64, error)) cel.EnvOption {
	return cel.Function(name, cel.Overload(name+"_text", []*cel.Type{cel.StringType}, cel.IntType, cel.UnaryBinding(func(v ref.Val) ref.Val {
		text := strings.TrimSpace(string(v.(types.String)))
		n, err := read(text)
		if err != nil {
			return types.NewErr("%q is not %s", text, what)
		}
		return types.Int(n)
	})))
}

// parseMoney reads an amount as units of 10^-8 pounds. Amounts above 92 thousand
// million pounds do not fit, and are nothing that a row bills.
func parseMoney(text string) (int64, error) {
	a, present, err := activity.ParseAmount([]byte(text))
	n, fits := a.Units()
	if err == nil && (!present || !fits) {
		err = errors.New("it is blank or too large")
	}
	return n, err
}

// condition is a condition ready to be asked.
type condition struct {
	program cel.Program
	fields  []string // that it names, in order
}

func (e *environment) compile(text string) (*condition, error) {
	checked, issues := e.cel.Compile(text)
	if issues.Err() != nil {
		return nil, errors.New(strings.TrimSpace(issues.Err().Error()))
	}
	if checked.OutputType() != cel.BoolType {
		return nil, errors.New("it gives no yes or no")
	}
	program, err := e.cel.Program(checked, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, err
	}
	c := &condition{program: program}
	tree := checked.NativeRep()
	ast.PostOrderVisit(tree.Expr(), ast.NewExprVisitor(func(x ast.Expr) {
		if x.Kind() == ast.IdentKind && !slices.Contains(c.fields, x.AsIdent()) {
			c.fields = append(c.fields, x.AsIdent())
		}
	}))
	slices.Sort(c.fields)
	return c, nil
}

// answer is yes, no or that it cannot be told, and why not.
type answer struct {
	yes    bool
	unable string
}

// ask evaluates the condition for the values of its fields, in their order.
func (c *condition) ask(values []string) answer {
	vars := make(map[string]any, len(values))
	for i, name := range c.fields {
		vars[name] = values[i]
	}
	out, _, err := c.program.Eval(vars)
	if err != nil {
		return answer{unable: strings.TrimSpace(err.Error())}
	}
	yes, ok := out.Value().(bool)
	if !ok {
		return answer{unable: fmt.Sprint(out)}
	}
	return answer{yes: yes}
}
