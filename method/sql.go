package method

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"remit/register"
)

// Dialects are the kinds of SQL that a method can be translated to.
var Dialects = []string{"duckdb"}

// SQLSource says what the translated method reads.
type SQLSource struct {
	// Relation is the table, view or expression in parentheses after FROM.
	Relation string
	// Columns gives the SQL expression of each input of the method; an input
	// without one is blank. Texts only: cast in the expression.
	Columns map[string]string
	// Several gives the expressions of inputs with many columns.
	Several map[string][]string
}

// ActivitySource reads a table `activity` whose columns carry the short names
// of the method's inputs, all of them texts.
func (m *Method) ActivitySource() SQLSource {
	s := SQLSource{Relation: "activity", Columns: map[string]string{}}
	for _, in := range m.Inputs {
		s.Columns[in.Name] = quoteName(in.Name)
	}
	return s
}

// SQL is the method as a script for DuckDB, in three parts that can be run one
// by one: the cleaning functions, the reference tables with the facts that the
// method reads, and one query that gives every column of the source with the
// answer's columns behind them. The query keeps the order of the source only
// where the database does.
type SQL struct {
	Functions string
	Tables    string
	Query     string
}

// Script is the whole as one text.
func (s SQL) Script() string { return s.Functions + "\n" + s.Tables + "\n" + s.Query + ";\n" }

// SQL translates the method, with the reference data of the pack.
func (m *Method) SQL(dialect string, pack *register.Pack, source SQLSource) (SQL, error) {
	if !slices.Contains(Dialects, dialect) {
		return SQL{}, fmt.Errorf("methods are not translated to %q; there is %s", dialect, strings.Join(Dialects, ", "))
	}
	t := &translator{m: m, pack: pack, source: source, level: map[any]int{}, used: map[*Lookup]map[int]bool{}, cleaned: map[*Node]*Input{}}
	for _, in := range m.Inputs {
		if in.Clean != nil && in.Clean.op != opInput {
			t.cleaned[in.Clean] = in
		}
	}
	t.survey()
	for l := range t.used {
		if !l.Table.Listed() {
			return SQL{}, fmt.Errorf("the postcode directory is too large to be written as SQL; set REMIT_DATA to an empty folder to translate without it, or give --reference with a small postcode.csv")
		}
	}
	return SQL{Functions: duckdbFunctions, Tables: t.tables(), Query: t.query()}, nil
}

// translator writes a method as SQL: one common table expression for each
// level of facts and look-ups that build upon one another.
type translator struct {
	m       *Method
	pack    *register.Pack
	source  SQLSource
	level   map[any]int      // *Input, *Fact, *Lookup or dateItem
	cleaned map[*Node]*Input // the node by which an input is read, cleaned
	used    map[*Lookup]map[int]bool
}

// dateItem stands for the assignment date among the items with a level.
type dateItem struct{}

// roots are all expressions whose values the query needs.
func (m *Method) roots() []*Node {
	var roots []*Node
	for _, r := range m.Start {
		roots = append(roots, r.When)
	}
	for _, b := range m.Boxes {
		roots = append(roots, b.When)
	}
	for _, e := range m.Ends {
		roots = append(roots, e.Category)
		for _, p := range e.Payers {
			roots = append(roots, p.When, p.Pays, p.Category)
		}
	}
	for _, w := range m.Warnings {
		roots = append(roots, w.When)
	}
	for _, in := range m.Inputs {
		if in.Name == "submitted_commissioner" || in.Name == "submitted_category" {
			roots = append(roots, in.node())
		}
	}
	return roots
}

func (t *translator) survey() {
	t.levelOf(t.m.Date)
	t.level[dateItem{}] = t.levelOf(t.m.Date) + 1
	for _, n := range t.m.roots() {
		t.levelOf(n)
	}
}

// levelOf is the number of the first stage in which a node can be written.
func (t *translator) levelOf(n *Node) int {
	if n == nil {
		return 0
	}
	if in := t.cleaned[n]; in != nil {
		if l, ok := t.level[in]; ok {
			return l
		}
		l := t.levelOfParts(n) + 1
		t.level[in] = l
		return l
	}
	switch n.op {
	case opFact:
		if l, ok := t.level[n.fact]; ok {
			return l
		}
		l := t.levelOf(n.fact.Node) + 1
		t.level[n.fact] = l
		return l
	case opField:
		return t.lookupLevel(n)
	case opDate:
		return t.level[dateItem{}]
	}
	return t.levelOfParts(n)
}

func (t *translator) levelOfParts(n *Node) int {
	level := 0
	for _, a := range n.args {
		level = max(level, t.levelOf(a))
	}
	return level
}

func (t *translator) lookupLevel(n *Node) int {
	if t.used[n.lookup] == nil {
		t.used[n.lookup] = map[int]bool{}
	}
	t.used[n.lookup][n.column] = true
	if l, ok := t.level[n.lookup]; ok {
		return l
	}
	l := t.levelOf(n.lookup.Key) + 1
	if !n.lookup.Undated {
		l = max(l, t.level[dateItem{}]+1)
	}
	t.level[n.lookup] = l
	return l
}

// query writes the stages from the source to the answer.
func (t *translator) query() string {
	var b strings.Builder
	b.WriteString("WITH stage_0 AS (\n  SELECT * FROM " + t.source.Relation + "\n)")
	last := 0
	for _, l := range t.level {
		last = max(last, l)
	}
	for i := 1; i <= last; i++ {
		b.WriteString(t.stage(i))
	}
	fmt.Fprintf(&b, ",\nasked AS (\n  SELECT *%s\n  FROM stage_%d\n)", t.answers(), last)
	// A name given in a SELECT and used in the same SELECT is copied by the
	// database wherever it is used, so that each step has a stage of its own.
	before := "asked"
	stage := func(name, columns string) {
		fmt.Fprintf(&b, ",\n%s AS (\n  SELECT *%s\n  FROM %s\n)", name, columns, before)
		before = name
	}
	for i, columns := range t.reach() {
		stage(fmt.Sprintf("reached_%d", i), columns)
	}
	stage("chosen", t.choose())
	stage("paid", t.pay())
	stage("answered", t.answer())
	stage("warned", t.warn())
	b.WriteString(t.final())
	return b.String()
}

// stage writes the facts and look-ups of one level.
func (t *translator) stage(level int) string {
	var columns, joins []string
	previous := fmt.Sprintf("stage_%d", level-1)
	if t.level[dateItem{}] == level {
		columns = append(columns, t.text(t.m.Date)+" AS remit_date")
	}
	for _, in := range t.m.Inputs {
		if t.level[in] == level && t.cleaned[in.Clean] != nil {
			columns = append(columns, t.expression(in.Clean)+" AS "+inputColumn(in))
		}
	}
	for _, x := range t.m.Facts {
		if t.level[x] == level {
			columns = append(columns, t.text(x.Node)+" AS "+factColumn(x))
		}
	}
	for _, l := range t.m.Lookups {
		if t.level[l] != level {
			continue
		}
		alias := "l_" + strings.TrimPrefix(l.Name, "_")
		for _, c := range slices.Sorted(maps.Keys(t.used[l])) {
			columns = append(columns, fmt.Sprintf("coalesce(%s.%s, '') AS %s", alias, lookupColumn(l, c), lookupColumn(l, c)))
		}
		joins = append(joins, t.join(l, alias))
	}
	return fmt.Sprintf(",\nstage_%d AS (\n  SELECT %s.*,\n    %s\n  FROM %s%s\n)", level, previous, strings.Join(columns, ",\n    "), previous, strings.Join(joins, ""))
}

// join finds the row of a look-up. The table's columns are renamed, so that
// none has the name of a column of the source.
func (t *translator) join(l *Lookup, alias string) string {
	names := fmt.Sprintf("remit_key AS %[1]s_key, remit_from AS %[1]s_from, remit_to AS %[1]s_to", alias)
	for _, c := range slices.Sorted(maps.Keys(t.used[l])) {
		names += fmt.Sprintf(", %s AS %s", tableColumn(l.Table, c), lookupColumn(l, c))
	}
	table, on := relation(l), fmt.Sprintf("%s_key = %s", alias, t.text(l.Key))
	if l.Undated {
		table += "_ever"
	} else {
		on += fmt.Sprintf(" AND remit_date <> '' AND remit_date BETWEEN %[1]s_from AND %[1]s_to", alias)
	}
	if l.Since > register.Earliest {
		on += fmt.Sprintf(" AND remit_date >= '%s'", l.Since)
	}
	return fmt.Sprintf("\n  LEFT JOIN (SELECT %s FROM %s) %s ON %s", names, table, alias, on)
}

func relation(l *Lookup) string { return "remit_" + l.tableName }

func inputColumn(in *Input) string { return quoteName("input " + in.Name) }

func factColumn(x *Fact) string { return quoteName("fact " + x.Name) }

func lookupColumn(l *Lookup, column int) string {
	if column == columnCount {
		return quoteName(l.Name + ".found")
	}
	return quoteName(l.Name + "." + l.Table.Columns[column])
}

func tableColumn(table *register.Table, column int) string {
	if column == columnCount {
		return "remit_found"
	}
	return quoteName(table.Columns[column])
}

// answers writes the answer of every box and where the record starts.
func (t *translator) answers() string {
	var b strings.Builder
	b.WriteString(",\n    CASE")
	for i, r := range t.m.Start {
		if r.When == nil {
			fmt.Fprintf(&b, " ELSE %d", i)
			break
		}
		fmt.Fprintf(&b, " WHEN %s THEN %d", t.text(r.When), i)
	}
	b.WriteString(" END AS remit_start")
	for i, x := range t.m.Boxes {
		fmt.Fprintf(&b, ",\n    %s AS remit_yes_%d", t.text(x.When), i)
	}
	return b.String()
}

// reach says of every box and end whether the record came to it, in stages:
// each box after all that lead to it.
func (t *translator) reach() []string {
	depth := map[string]int{}
	for _, x := range t.m.Boxes { // in an order that every path follows
		for _, to := range []string{x.Yes, x.No} {
			depth[to] = max(depth[to], depth[x.Label]+1)
		}
	}
	var stages []string
	put := func(level int, column string) {
		for len(stages) <= level {
			stages = append(stages, "")
		}
		stages[level] += ",\n    " + column
	}
	for i, x := range t.m.Boxes {
		put(depth[x.Label], fmt.Sprintf("(%s) AS remit_at_%d", t.arrivals(x.Label), i))
	}
	for i, e := range t.m.Ends {
		put(depth[e.Name], fmt.Sprintf("(%s) AS remit_end_%d", t.arrivals(e.Name), i))
	}
	return stages
}

func (t *translator) arrivals(name string) string {
	var ways []string
	for i, r := range t.m.Start {
		if r.To == name {
			ways = append(ways, fmt.Sprintf("remit_start = %d", i))
		}
	}
	for i, x := range t.m.Boxes {
		if x.Yes == name {
			ways = append(ways, fmt.Sprintf("(remit_at_%d AND remit_yes_%d)", i, i))
		}
		if x.No == name {
			ways = append(ways, fmt.Sprintf("(remit_at_%d AND NOT remit_yes_%d)", i, i))
		}
	}
	if ways == nil {
		return "false"
	}
	return strings.Join(ways, " OR ")
}

// choose writes the trace, the last box and which payer of which end counts.
func (t *translator) choose() string {
	var steps, boxes, chosen []string
	for i, x := range t.m.Boxes {
		steps = append(steps, fmt.Sprintf("CASE WHEN remit_at_%d THEN %s END", i, quoteText(x.Trace)))
		boxes = append([]string{fmt.Sprintf("WHEN remit_at_%d THEN %s", i, quoteText(x.Label))}, boxes...)
	}
	for i, e := range t.m.Ends {
		inner := fmt.Sprint(-1 - i)
		if len(e.Payers) > 0 {
			var whens []string
			for j, p := range e.Payers {
				whens = append(whens, fmt.Sprintf("WHEN %s THEN %d", t.text(p.When), payNumber(i, j)))
			}
			inner = fmt.Sprintf("CASE %s ELSE %d END", strings.Join(whens, " "), -1-i)
		}
		chosen = append(chosen, fmt.Sprintf("WHEN remit_end_%d THEN %s", i, inner))
	}
	return fmt.Sprintf(",\n    concat_ws('>', %s) AS remit_trace,\n    CASE %s ELSE '' END AS \"result.box\",\n    CASE %s END AS remit_pay",
		strings.Join(steps, ", "), strings.Join(boxes, " "), strings.Join(chosen, "\n      "))
}

// pay writes what the chosen payer pays.
func (t *translator) pay() string {
	payer := t.perPayer(func(p *Payer) string { return t.text(p.Pays) }, func(*End) string { return "''" })
	return ",\n    " + payer + " AS \"result.payer\""
}

// answer writes what goes with the payer.
func (t *translator) answer() string {
	category := t.perPayer(func(p *Payer) string { return t.text(p.Category) }, func(e *End) string { return t.text(e.Category) })
	outcome := t.perPayer(func(p *Payer) string { return "" }, func(e *End) string { return quoteText(cmp.Or(e.Outcome, e.Label)) })
	from := t.perPayer(func(p *Payer) string { return quoteText(p.From) }, func(*End) string { return "''" })
	return ",\n    " + strings.Join([]string{
		category + " AS remit_category",
		"replace(" + outcome + ", '{payer}', \"result.payer\") AS remit_outcome",
		"CASE WHEN \"result.payer\" = '' THEN '' ELSE " + from + " END AS \"result.source\"",
	}, ",\n    ")
}

func payNumber(end, payer int) int { return end*100 + payer }

// perPayer writes a case over the payers of all ends; an end without a payer
// has its own value. An empty value of a payer is the end's label or outcome.
func (t *translator) perPayer(ofPayer func(*Payer) string, ofEnd func(*End) string) string {
	var whens []string
	for i, e := range t.m.Ends {
		for j := range e.Payers {
			p := &e.Payers[j]
			v := ofPayer(p)
			if v == "" {
				v = quoteText(cmp.Or(p.Outcome, e.Label))
			}
			whens = append(whens, fmt.Sprintf("WHEN %d THEN %s", payNumber(i, j), v))
		}
		whens = append(whens, fmt.Sprintf("WHEN %d THEN %s", -1-i, ofEnd(e)))
	}
	return "CASE remit_pay " + strings.Join(whens, "\n      ") + " END"
}

func (t *translator) warn() string {
	var codes []string
	for _, w := range t.m.Warnings {
		codes = append(codes, fmt.Sprintf("CASE WHEN %s THEN '%s' END", t.text(w.When), w.Code))
	}
	return ",\n    concat_ws('|', " + strings.Join(codes, ",\n      ") + ") AS remit_warnings"
}

// final gives the source's columns with the answer behind them, and how the
// answer stands to what was submitted.
func (t *translator) final() string {
	commissioner, category := "''", "''"
	for _, in := range t.m.Inputs {
		switch in.Name {
		case "submitted_commissioner":
			commissioner = t.text(in.node())
		case "submitted_category":
			category = t.text(in.node())
		}
	}
	return fmt.Sprintf(`
SELECT * EXCLUDE (%[3]s),
  "result.payer" AS assigned_commissioner, remit_category AS assigned_category,
  remit_outcome AS outcome, remit_trace AS trace, "result.source" AS payer_source,
  CASE
    WHEN "result.payer" = '' THEN 'computed_blank'
    WHEN %[1]s = '' THEN 'submitted_blank'
    WHEN %[1]s <> "result.payer" AND %[1]s <> coalesce(remit_board, '') THEN 'payer_differs'
    WHEN %[2]s <> '' AND remit_category <> '' AND %[2]s <> remit_category THEN 'category_differs'
    ELSE 'same'
  END AS agreement,
  remit_warnings AS warnings
FROM warned
LEFT JOIN (SELECT remit_key AS remit_board_key, remit_from AS remit_board_from, remit_to AS remit_board_to, icb AS remit_board FROM remit_sub_icb)
  ON remit_board_key = "result.payer"
  AND remit_date <> '' AND remit_date BETWEEN remit_board_from AND remit_board_to`, commissioner, category, strings.Join(t.working(), ", "))
}

// working are the columns of the stages, which the answer leaves out.
func (t *translator) working() []string {
	names := []string{"remit_date", "remit_start", "remit_trace", "remit_pay", "remit_category", "remit_outcome", "remit_warnings",
		`"result.box"`, `"result.payer"`, `"result.source"`, "remit_board_key", "remit_board_from", "remit_board_to", "remit_board"}
	for _, in := range t.m.Inputs {
		if t.level[in] > 0 {
			names = append(names, inputColumn(in))
		}
	}
	for _, x := range t.m.Facts {
		if t.level[x] > 0 {
			names = append(names, factColumn(x))
		}
	}
	for _, l := range t.m.Lookups {
		for _, c := range slices.Sorted(maps.Keys(t.used[l])) {
			names = append(names, lookupColumn(l, c))
		}
	}
	for i := range t.m.Boxes {
		names = append(names, fmt.Sprintf("remit_yes_%d, remit_at_%d", i, i))
	}
	for i := range t.m.Ends {
		names = append(names, fmt.Sprintf("remit_end_%d", i))
	}
	return names
}

// text writes a node as an SQL expression: a text, or true or false.
func (t *translator) text(n *Node) string {
	if in := t.cleaned[n]; in != nil {
		return inputColumn(in)
	}
	return t.expression(n)
}

func (t *translator) expression(n *Node) string {
	switch n.op {
	case opConst:
		if n.isBool {
			return fmt.Sprint(n.str == "1")
		}
		return quoteText(n.str)
	case opInput:
		return t.input(n.name)
	case opDate:
		return "remit_date"
	case opField:
		return lookupColumn(n.lookup, n.column)
	case opFact:
		return factColumn(n.fact)
	case opResult:
		return quoteName("result." + n.name)
	case opNot:
		return "(NOT " + t.text(n.args[0]) + ")"
	case opCond:
		return fmt.Sprintf("(CASE WHEN %s THEN %s ELSE %s END)", t.text(n.args[0]), t.text(n.args[1]), t.text(n.args[2]))
	case opIn:
		return t.in(n)
	case opCall:
		return t.call(n)
	}
	if o, ok := sqlOperators[n.op]; ok {
		parts := make([]string, len(n.args))
		for i, a := range n.args {
			parts[i] = t.text(a)
		}
		return "(" + strings.Join(parts, o) + ")"
	}
	name := map[op]string{opStarts: "starts_with", opEnds: "ends_with"}[n.op]
	return fmt.Sprintf("%s(%s, %s)", name, t.text(n.args[0]), t.text(n.args[1]))
}

var sqlOperators = map[op]string{opAnd: " AND ", opOr: " OR ", opEq: " = ", opNe: " <> ", opLt: " < ", opLe: " <= ", opGt: " > ", opGe: " >= "}

func (t *translator) input(name string) string {
	if e, ok := t.source.Columns[name]; ok {
		return "coalesce(" + e + ", '')"
	}
	return "''"
}

func (t *translator) in(n *Node) string {
	items := make([]string, len(n.list))
	for i, v := range n.list {
		items[i] = quoteText(v)
	}
	if len(items) == 0 {
		return "false"
	}
	return fmt.Sprintf("(%s IN (%s))", t.text(n.args[0]), strings.Join(items, ", "))
}

func (t *translator) call(n *Node) string {
	if several := t.source.Several; n.name == "any_starts" && n.args[0].op == opInput && len(several[n.args[0].name]) > 0 {
		joined := "concat_ws(' ', " + strings.Join(several[n.args[0].name], ", ") + ")"
		return replaceArguments(calls[n.name].duckdb, []string{joined}, n.list)
	}
	args := make([]string, len(n.args))
	for i, a := range n.args {
		args[i] = t.text(a)
	}
	return replaceArguments(calls[n.name].duckdb, args, n.list)
}

func replaceArguments(template string, args, list []string) string {
	var pairs []string
	for i, a := range args {
		pairs = append(pairs, fmt.Sprintf("$%d", i+1), a)
	}
	pairs = append(pairs, "$L", quoteText(strings.Join(list, "|")))
	return strings.NewReplacer(pairs...).Replace(template)
}

func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func quoteName(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// tables writes the reference tables with the columns that the method reads.
// Each row of a table holds for a key over a period in which its answer stays
// the same, so that a join finds at most one.
func (t *translator) tables() string {
	need := map[string]*sqlTable{"sub_icb": {table: t.pack.Table("sub_icb"), columns: map[int]bool{}}}
	need["sub_icb"].columns[need["sub_icb"].table.Column("icb")] = true
	for l, columns := range t.used {
		n := need[l.tableName]
		if n == nil {
			n = &sqlTable{table: l.Table, columns: map[int]bool{}}
			need[l.tableName] = n
		}
		n.ever = n.ever || l.Undated
		maps.Copy(n.columns, columns)
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(need)) {
		need[name].write(&b, name)
	}
	return b.String()
}

type sqlTable struct {
	table   *register.Table
	columns map[int]bool
	ever    bool
}

func (n *sqlTable) write(b *strings.Builder, name string) {
	columns := slices.DeleteFunc(slices.Sorted(maps.Keys(n.columns)), func(c int) bool { return c == columnCount })
	head := "remit_key, remit_from, remit_to, remit_found"
	for _, c := range columns {
		head += ", " + quoteName(n.table.Columns[c])
	}
	n.create(b, "remit_"+name, head, n.periods(columns))
	if n.ever {
		n.create(b, "remit_"+name+"_ever", head, n.evers(columns))
	}
}

func (n *sqlTable) create(b *strings.Builder, name, head string, rows []string) {
	width := strings.Count(head, ",") + 1
	if len(rows) == 0 {
		blank := strings.TrimSuffix(strings.Repeat("'', ", width), ", ")
		fmt.Fprintf(b, "CREATE OR REPLACE TEMP TABLE %s AS SELECT * FROM (VALUES (%s)) t(%s) WHERE false;\n", name, blank, head)
		return
	}
	fmt.Fprintf(b, "CREATE OR REPLACE TEMP TABLE %s AS SELECT * FROM (VALUES\n%s\n) t(%s);\n", name, strings.Join(rows, ",\n"), head)
}

// periods lists every key with each of its periods.
func (n *sqlTable) periods(columns []int) []string {
	var rows []string
	for _, key := range n.table.Keys() {
		for day := register.Earliest; ; {
			f := n.table.Find(key, day, 0)
			if f.Row != register.NoRow {
				rows = append(rows, n.row(key, f, columns))
			}
			if f.To >= register.Latest {
				break
			}
			day = f.To + 1
		}
	}
	return rows
}

func (n *sqlTable) evers(columns []int) []string {
	var rows []string
	for _, key := range n.table.Keys() {
		rows = append(rows, n.row(key, n.table.FindEver(key, 0), columns))
	}
	return rows
}

func (n *sqlTable) row(key string, f register.Found, columns []int) string {
	to := f.To.String()
	if to == "" {
		to = "9999-12-31"
	}
	values := []string{quoteText(key), quoteText(f.From.String()), quoteText(to), quoteText(fieldText(n.table, f, columnCount))}
	for _, c := range columns {
		values = append(values, quoteText(n.table.Value(f.Row, c)))
	}
	return "(" + strings.Join(values, ", ") + ")"
}
