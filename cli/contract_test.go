package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestContractCommands goes the way of an operator: blank files, faults, terms,
// history, what is owed.
func TestContractCommands(t *testing.T) {
	dir := t.TempDir()
	data, folder := filepath.Join(dir, "data"), filepath.Join(dir, "terms")
	run := func(code int, want string, args ...string) {
		t.Helper()
		got, out, errs := command(append(args, "--data", data)...)
		if got != code || !strings.Contains(out+errs, want) {
			t.Errorf("%v: exit %d, want %d and %q in\n%s%s", args, got, code, want, out, errs)
		}
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run(exitInput, "no terms of contracts have been loaded", "contract", "elements")
	run(exitDone, "contract_payment.csv", "contract", "elements", "export", "--blank", folder)
	run(exitUsage, "is there already", "contract", "elements", "export", "--blank", folder)
	run(exitInput, "has no contract", "contract", "elements", "load", folder)
	run(exitUsage, "is not a folder", "contract", "elements", "load", filepath.Join(dir, "none"))
	contract := func(more string) {
		write("contract.csv", "contract,holder,commissioner,provider,valid_from,valid_to,synthetic,note,confidence,source\nN,nhse,27T,RBV,2025-04-01,2026-03-31,yes,,synthetic,x\n"+more)
	}
	elements := func(rows string) {
		write("contract_element.csv", "contract,element,kind,categories,pods,service_lines,annual_value,floor_percent,ceiling_percent,valid_from,valid_to,note,confidence,source\n"+rows)
	}
	contract("M,bank,,RBV,2025-04-01,2026-03-31,yes,,synthetic,x\n")
	elements("N,care,variable,,COMM,,12000,,,,,,synthetic,x\nN,rest,cash,,,,2400.005,,,,,,synthetic,x\n")
	run(exitInput, "the terms of contracts have 4 faults", "contract", "elements", "load", folder) // holder, commissioner, kind, pence
	contract("")
	elements("N,care,variable,,COMM,,12000,,,,,,synthetic,x\nN,rest,block,,,,2400.05,,,,,,synthetic,x\n")
	if code, out, errs := command("contract", "elements", "check", folder); code != exitDone || !strings.Contains(out, "1 contract with 2 elements: nothing wrong") {
		t.Errorf("exit %d %s%s", code, out, errs)
	}
	run(exitDone, "version 1: 1 contract with 2 elements", "contract", "elements", "load", folder, "--note", "as signed")
	run(exitDone, "nothing is changed", "contract", "elements", "load", folder)
	run(exitDone, "as signed", "contract", "elements", "history")
	run(exitDone, "N,nhse,27T,RBV,care,variable,,COMM,,12000,2025-04-01,2026-03-31", "contract", "elements", "--csv", "--provider", "rbv", "--year", "2025/26")
	elements("N,care,variable,,COMM,,24000,,,,,,synthetic,x\n")
	run(exitDone, "version 2", "contract", "elements", "load", folder)
	run(exitDone, "contract.csv", "contract", "elements", "export", filepath.Join(dir, "out"), "--version", "1")

	file := filepath.Join(dir, "RBV_PLCM_2526_M01_FREEZE.csv")
	const header = "FINANCIAL MONTH,FINANCIAL YEAR,DATE AND TIME DATA SET CREATED,ORGANISATION IDENTIFIER (CODE OF PROVIDER),ORGANISATION IDENTIFIER (CODE OF COMMISSIONER)," +
		"GENERAL MEDICAL PRACTICE (PATIENT REGISTRATION),COMMISSIONED SERVICE CATEGORY CODE,SERVICE CODE,POINT OF DELIVERY CODE,TARIFF CODE,ACTIVITY COUNT (POINT OF DELIVERY),TOTAL COST\n"
	const line = "1,202526,2025-06-01T09:00:00,RBV,QOP,P81001,21,NCBPS13M,"
	if err := os.WriteFile(file, []byte(header+line+"COMM,L1,10,900.00\n"+line+"BLOCK,,0,50.00\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(exitDone, "", "submit", file, "--quiet")
	// 900.00 of local care; 2,000.00 was paid on account by version 2, 1,000.00 by version 1.
	run(exitDone, "N,care,variable,1,freeze,2000,900,900,2000,0,-1100", "contract", "settle", "--provider", "RBV", "--year", "2025-26", "--csv")
	run(exitDone, "£50.00 at price (1 row, category 21, nhse for 27T) falls in no element of N", "contract", "settle", "--provider", "RBV", "--year", "2025-26", "--month", "1")
	run(exitDone, "N,care,variable,1,freeze,1000,900,900,1000,0,-100", "contract", "settle", "--provider", "RBV", "--year", "2025-26", "--csv", "--version", "1")
	run(exitDone, "COMM, as billed (pod_not_priced): 1 row billed at £900.00", "contract", "settle", "--provider", "RBV", "--year", "2025-26", "--element", "care", "--month", "1")
	run(exitInput, "no contract has an element", "contract", "settle", "--provider", "RBV", "--year", "2025-26", "--element", "none", "--month", "1")
	run(exitInput, "the terms have no contract of RJ1", "contract", "settle", "--provider", "RJ1", "--year", "2025-26")
	run(exitUsage, "is no financial year", "contract", "settle", "--provider", "RBV", "--year", "2025")
	run(exitUsage, "add --month", "contract", "settle", "--provider", "RBV", "--year", "2025-26", "--element", "care")
	run(exitUsage, "--basis", "contract", "settle", "--provider", "RBV", "--year", "2025-26", "--basis", "plan")
	run(exitInput, "there is no version 9", "contract", "elements", "--version", "9")
}
