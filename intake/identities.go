package intake

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"remit/activity"
	"remit/register"
	"remit/submission"
)

// Identities tests the reconciliation identities for every provider, commissioner,
// year and month, on the rows that count. Sums may differ by the tolerance.
func (v *View) Identities(ctx context.Context, pack *register.Pack, invoices []submission.Invoice, tolerance activity.Amount, where ...Where) ([]submission.Identity, error) {
	feeds := Is(Feed, string(activity.ACM), string(activity.PLCM), string(activity.DrPLCM), string(activity.DePLCM))
	all := append(slices.Clone(where), feeds)
	list, err := v.Totals(ctx, []Dimension{Feed, Provider, SubmittedCommissioner, Year, Month, ServiceCode, POD}, all...)
	if err != nil {
		return nil, err
	}
	totals := make([]submission.Total, 0, len(list))
	for _, t := range list {
		month, err := strconv.Atoi(t.Keys[4])
		if err != nil {
			continue // a month that cannot be told is in no identity; a rule says so
		}
		totals = append(totals, submission.Total{Feed: activity.Dataset(t.Keys[0]), Provider: t.Keys[1], Commissioner: t.Keys[2], Year: t.Keys[3], Month: month,
			Service: t.Keys[5], POD: t.Keys[6], Rows: t.Rows, Price: t.Money})
	}
	return submission.Reconcile(totals, invoices, submission.SentIn(v.current), pack, tolerance), nil
}

// InvoiceColumns are the columns of a file of invoices: pounds billed by a
// provider to a commissioner for a month of a financial year.
var InvoiceColumns = []string{"provider", "commissioner", "year", "month", "value", "reference"}

// Invoices reads the files invoices/*.csv of the data directory. The error holds
// every fault of every file.
func (l *Ledger) Invoices() ([]submission.Invoice, error) {
	paths, err := filepath.Glob(filepath.Join(filepath.Dir(l.dir), "invoices", "*.csv"))
	if err != nil {
		return nil, err
	}
	return ReadInvoices(paths...)
}

// ReadInvoices reads files in InvoiceColumns, in any order of the columns.
func ReadInvoices(paths ...string) (all []submission.Invoice, err error) {
	var faults []error
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		list, bad := readInvoices(path, f)
		all, faults = append(all, list...), append(faults, bad...)
		f.Close()
	}
	return all, errors.Join(faults...)
}

func readInvoices(name string, from io.Reader) (list []submission.Invoice, faults []error) {
	r := csv.NewReader(from)
	header, err := r.Read()
	if err != nil {
		return nil, []error{fmt.Errorf("%s: the header cannot be read: %w", name, err)}
	}
	header[0] = strings.TrimPrefix(header[0], "\uFEFF")
	for _, c := range InvoiceColumns[:5] {
		if !slices.Contains(header, c) {
			faults = append(faults, fmt.Errorf("%s: the column %s is missing; the columns are %s", name, c, strings.Join(InvoiceColumns, ", ")))
		}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	for row := 2; ; row++ {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return list, faults
		}
		if err != nil {
			return list, append(faults, fmt.Errorf("%s row %d: %w", name, row, err))
		}
		values := map[string]string{}
		for i, c := range header {
			values[c] = strings.TrimSpace(record[i])
		}
		invoice, bad := invoiceOf(values)
		for _, b := range bad {
			faults = append(faults, fmt.Errorf("%s row %d %s", name, row, b))
		}
		list = append(list, invoice)
	}
}

func invoiceOf(values map[string]string) (i submission.Invoice, faults []string) {
	i = submission.Invoice{Provider: strings.ToUpper(values["provider"]), Commissioner: strings.ToUpper(values["commissioner"]), Reference: values["reference"]}
	bad := func(column, says string) {
		faults = append(faults, fmt.Sprintf("column %s value %q: %s", column, values[column], says))
	}
	var ok bool
	if i.Year, ok = activity.FinancialYear([]byte(values["year"])); !ok {
		bad("year", "write a financial year as 202627")
	}
	month, err := strconv.Atoi(values["month"])
	if i.Month = month; err != nil || month < 1 || month > 13 {
		bad("month", "write 1 for April to 12, or 13")
	}
	value, present, err := activity.ParseAmount([]byte(values["value"]))
	if i.Value = value; err != nil || !present {
		bad("value", "write pounds, such as 1234.50")
	}
	if i.Provider == "" {
		bad("provider", "give its code")
	}
	if i.Commissioner == "" {
		bad("commissioner", "give its code")
	}
	return i, faults
}

// OfPlace keeps the invoices of a provider, year and month; blank or 0 for all.
func OfPlace(list []submission.Invoice, provider, year string, month int) []submission.Invoice {
	return slices.DeleteFunc(slices.Clone(list), func(i submission.Invoice) bool {
		return provider != "" && i.Provider != provider || year != "" && i.Year != year || month != 0 && i.Month != month
	})
}
