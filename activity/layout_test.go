package activity

import (
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Headers as files have them, shortened to the columns that matter.
var headers = map[string]string{
	"acm v2": "FINANCIAL MONTH,FINANCIAL YEAR,DATE AND TIME DATA SET CREATED,ORGANISATION IDENTIFIER (CODE OF PROVIDER)," +
		"ORGANISATION SITE IDENTIFIER (OF TREATMENT),ORGANISATION IDENTIFIER (GP PRACTICE RESPONSIBILITY)," +
		"ORGANISATION IDENTIFIER (RESIDENCE RESPONSIBILITY),ORGANISATION IDENTIFIER (CODE OF COMMISSIONER)," +
		"GENERAL MEDICAL PRACTICE (PATIENT REGISTRATION),ACTIVITY TREATMENT FUNCTION CODE,COMMISSIONED SERVICE CATEGORY CODE," +
		"SERVICE CODE,POINT OF DELIVERY CODE,TARIFF CODE,CONTRACT MONITORING PLANNED ACTIVITY,CONTRACT MONITORING PLANNED PRICE," +
		"CONTRACT MONITORING ACTUAL ACTIVITY,CONTRACT MONITORING ACTUAL PRICE",
	"plcm v2": "FINANCIAL MONTH,FINANCIAL YEAR,ORGANISATION IDENTIFIER (CODE OF PROVIDER),ORGANISATION IDENTIFIER (GP PRACTICE RESPONSIBILITY)," +
		"GENERAL MEDICAL PRACTICE (PATIENT REGISTRATION),NHS NUMBER,LOCAL PATIENT IDENTIFIER (EXTENDED),POSTCODE OF USUAL ADDRESS," +
		"CDS UNIQUE IDENTIFIER,NON CDS UNIQUE IDENTIFIER,HOSPITAL PROVIDER SPELL IDENTIFIER,OUTPATIENT ATTENDANCE IDENTIFIER," +
		"ACTIVITY START DATE (CONTRACT MONITORING),ACTIVITY END DATE (CONTRACT MONITORING),NHS SERVICE AGREEMENT LINE NUMBER," +
		"COMMISSIONED SERVICE CATEGORY CODE,SERVICE CODE,POINT OF DELIVERY CODE,ACTIVITY COUNT (POINT OF DELIVERY),ACTIVITY UNIT PRICE,TOTAL COST",
	"plcm snake": "financial_month,financial_year,organisation_identifier_code_of_provider,organisation_identifier_gp_practice_responsibility," +
		"general_medical_practice_code_patient_registration,nhs_number,activity_start_date_contract_monitoring,commissioned_service_category_code," +
		"service_code,point_of_delivery_code,activity_count_point_of_delivery,activity_unit_price,total_cost",
	"drplcm v1": "FINANCIAL MONTH,FINANCIAL YEAR,REPORTING TYPE INDICATOR,ORGANISATION IDENTIFIER (CODE OF PROVIDER),NHS NUMBER," +
		"GENERAL MEDICAL PRACTICE CODE (PATIENT REGISTRATION),CLINICAL INTERVENTION DATE (DRUG DISPENSED)," +
		"HIGH COST TARIFF EXCLUDED DRUG CODE (SNOMED CT DM+D),DRUG NAME (HIGH COST TARIFF EXCLUDED DRUG)," +
		"COMMISSIONED SERVICE CATEGORY CODE,SERVICE CODE,POINT OF DELIVERY CODE,HOME DELIVERY CHARGE,TOTAL COST",
	"deplcm v2": "FINANCIAL MONTH,FINANCIAL YEAR,ORGANISATION IDENTIFIER (CODE OF PROVIDER),NHS NUMBER," +
		"CLINICAL INTERVENTION DATE (MEDICAL DEVICE IMPLEMENTATION),HIGH LEVEL CODE (HIGH COST TARIFF EXCLUDED DEVICE)," +
		"COMMISSIONED SERVICE CATEGORY CODE,SERVICE CODE,POINT OF DELIVERY CODE,UNIT PRICE (SUPPLIER),TOTAL COST",
	"hes apc": "FYEAR,EPIKEY,AEKEY,PSEUDO_HESID,ADMIDATE,ADMIMETH,ADMINCAT,ADMINCATST,ADMISORC,CCG_GP_PRACTICE,CCG_RESIDENCE,CLASSPAT," +
		"DIAG_3_01,DIAG_3_CONCAT,DIAG_4_01,DIAG_4_02,DIAG_4_20,DIAG_4_CONCAT,DISDATE,EPIORDER,GPPRAC,OPERTN_3_01,OPERTN_4_01,OPERTN_4_24,OPERTN_4_CONCAT," +
		"PROCODE3,PROCODE5,PROCODET,PURCODE,SITETRET,SUSHRG,TRETSPEF,HRG40",
	"hes op": "FYEAR,PSEUDO_HESID,ATTENDKEY,ADMINCAT,APPTDATE,ATTENDED,ATTENDID,DIAG_4_01,FIRSTATT,GPPRAC,OPERTN_4_01,PROCODET,PURCODE,SITETRET,TRETSPEF",
	"hes ae": "FYEAR,PSEUDO_HESID,AEKEY,AEATTENDCAT,AEDEPTTYPE,ARRIVALDATE,DIAG2_01,EPIKEY,GPPRAC,PROCODE3,PROCODE5,PROCODET,PURCODE,SITETRET",
	"case table": "id,method,dataset,financial_year,financial_month,gp_practice,gp_responsibility,residence_responsibility,postcode,provider," +
		"submitted_commissioner,submitted_category,service_code,pod,tfc,admin_category,expected_commissioner",
	"short names": "record_key,provider,gp_practice,postcode,admission_date,discharge_date,source_of_admission,diagnosis_01,diagnosis_02,procedure",
}

func columns(header string) []string { return strings.Split(header, ",") }

func TestRecognise(t *testing.T) {
	tests := []struct {
		header  string
		dataset Dataset
		fields  map[string]string // field id to the column expected
	}{
		{"acm v2", ACM, map[string]string{
			"cost": "CONTRACT MONITORING ACTUAL PRICE", "activity_count": "CONTRACT MONITORING ACTUAL ACTIVITY", "provider": "ORGANISATION IDENTIFIER (CODE OF PROVIDER)"}},
		{"plcm v2", PLCM, map[string]string{
			"record_key": "CDS UNIQUE IDENTIFIER", "non_cds_identifier": "NON CDS UNIQUE IDENTIFIER", "patient_key": "NHS NUMBER",
			"activity_date": "ACTIVITY END DATE (CONTRACT MONITORING)", "activity_start_date": "ACTIVITY START DATE (CONTRACT MONITORING)",
			"service_code": "SERVICE CODE", "cost": "TOTAL COST"}},
		{"plcm snake", PLCM, map[string]string{
			"provider": "organisation_identifier_code_of_provider", "gp_practice": "general_medical_practice_code_patient_registration",
			"activity_date": "activity_start_date_contract_monitoring", "activity_count": "activity_count_point_of_delivery"}},
		{"drplcm v1", DrPLCM, map[string]string{
			"activity_date": "CLINICAL INTERVENTION DATE (DRUG DISPENSED)", "drug_code": "HIGH COST TARIFF EXCLUDED DRUG CODE (SNOMED CT DM+D)", "support_charge": "HOME DELIVERY CHARGE"}},
		{"deplcm v2", DePLCM, map[string]string{"activity_date": "CLINICAL INTERVENTION DATE (MEDICAL DEVICE IMPLEMENTATION)"}},
		{"hes apc", APC, map[string]string{
			"record_key": "EPIKEY", "provider": "PROCODET", "admin_category": "ADMINCAT", "source_of_admission": "ADMISORC",
			"gp_responsibility": "CCG_GP_PRACTICE", "admission_date": "ADMIDATE", "hrg": "SUSHRG", "tfc": "TRETSPEF", "site": "SITETRET"}},
		{"hes op", OP, map[string]string{"record_key": "ATTENDKEY", "appointment_date": "APPTDATE", "provider": "PROCODET"}},
		{"hes ae", ECDS, map[string]string{"record_key": "AEKEY", "arrival_date": "ARRIVALDATE"}},
		{"case table", PLCM, map[string]string{"record_key": "id", "dataset_type": "dataset"}},
		{"short names", APC, map[string]string{"record_key": "record_key", "discharge_date": "discharge_date"}},
	}
	for _, tt := range tests {
		t.Run(tt.header, func(t *testing.T) {
			l, err := Recognise(columns(headers[tt.header]))
			if err != nil {
				t.Fatal(err)
			}
			if l.Dataset != tt.dataset {
				t.Errorf("data set %s, want %s", l.Dataset, tt.dataset)
			}
			for id, want := range tt.fields {
				if at, ok := l.Field[id]; !ok || l.Columns[at] != want {
					t.Errorf("%s: column %v (found %v), want %s", id, at, ok, want)
				}
			}
		})
	}
}

func TestListColumns(t *testing.T) {
	tests := []struct {
		about, header, list string
		want                []string
	}{
		{"numbered columns, not the one that joins them", headers["hes apc"], "diagnosis", []string{"DIAG_4_01", "DIAG_4_02", "DIAG_4_20"}},
		{"procedures likewise", headers["hes apc"], "procedure", []string{"OPERTN_4_01", "OPERTN_4_24"}},
		{"one column of several codes", headers["short names"], "procedure", []string{"procedure"}},
		{"short name with numbers", headers["short names"], "diagnosis", []string{"diagnosis_01", "diagnosis_02"}},
		{"the joined column alone", "ADMIDATE,PROCODET,GPPRAC,DIAG_4_CONCAT", "diagnosis", []string{"DIAG_4_CONCAT"}},
		{"warehouse spelling", "ADMIDATE,PROCODET,GPPRAC,Der_Diagnosis_All", "diagnosis", []string{"Der_Diagnosis_All"}},
		{"dictionary names", "ADMIDATE,PROCODET,GPPRAC,PRIMARY DIAGNOSIS (ICD),SECONDARY DIAGNOSIS (ICD) 1,SECONDARY DIAGNOSIS (ICD) 2", "diagnosis",
			[]string{"PRIMARY DIAGNOSIS (ICD)", "SECONDARY DIAGNOSIS (ICD) 1", "SECONDARY DIAGNOSIS (ICD) 2"}},
		{"unbundled HRGs", "ADMIDATE,PROCODET,GPPRAC,unbundled_hrg_1,unbundled_hrg_2", "unbundled_hrg", []string{"unbundled_hrg_1", "unbundled_hrg_2"}},
	}
	for _, tt := range tests {
		t.Run(tt.about, func(t *testing.T) {
			l, err := LayoutFor(APC, columns(tt.header))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, at := range l.Lists[tt.list] {
				got = append(got, l.Columns[at])
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestNormalise(t *testing.T) {
	tests := []struct{ column, want string }{
		{"Provider_Code", "PROVIDER CODE"},
		{"\uFEFFFINANCIAL MONTH", "FINANCIAL MONTH"},
		{" gp\u00A0practice\u200B ", "GP PRACTICE"},
		{"patient.registration.general_practice", "PATIENT REGISTRATION GENERAL PRACTICE"},
		{"LOCAL SUB-SPECIALTY CODE", "LOCAL SUB SPECIALTY CODE"},
		{"GP  PRACTICE", "GP  PRACTICE"},
		{"", ""},
	}
	for _, tt := range tests {
		if got := Normalise(tt.column); got != tt.want {
			t.Errorf("Normalise(%q) = %q, want %q", tt.column, got, tt.want)
		}
	}
}

func TestFieldOfCaseTable(t *testing.T) {
	tests := []struct {
		column, want string
	}{
		{"id", "record_key"}, {"dataset", "dataset_type"}, {"financial_year", "financial_year"}, {"financial_month", "financial_month"},
		{"gp_practice", "gp_practice"}, {"gp_responsibility", "gp_responsibility"}, {"residence_responsibility", "residence_responsibility"},
		{"postcode", "postcode"}, {"provider", "provider"}, {"submitted_commissioner", "submitted_commissioner"},
		{"submitted_category", "submitted_category"}, {"service_code", "service_code"}, {"pod", "pod"}, {"tfc", "tfc"},
		{"admin_category", "admin_category"}, {"ov_charging_category", "ov_charging_category"}, {"source_of_admission", "source_of_admission"},
		{"osv_arrangement", "osv_arrangement"}, {"ras_referral", "ras_referral"}, {"la_public_health", "la_public_health"},
		{"infertility", "infertility"}, {"af_infertility_eligible", "af_infertility_eligible"}, {"icb_agreement", "icb_agreement"},
		{"method", ""}, {"expected_outcome_code", ""}, {"expected_commissioner", ""}, {"rule", ""}, {"note", ""},
		{"assigned_commissioner", ""}, {"assigned_category", ""},
	}
	for _, tt := range tests {
		if got, ok := FieldOf(tt.column); got != tt.want || ok != (tt.want != "") {
			t.Errorf("FieldOf(%q) = %q, %v, want %q", tt.column, got, ok, tt.want)
		}
	}
}

func TestMissingColumns(t *testing.T) {
	_, err := LayoutFor(APC, []string{"EPIKEY", "PROVIDERCODE", "GP_PRACTISE_CODE", "DISCHRGE_DATE"})
	var missing *MissingColumnsError
	if !errors.As(err, &missing) {
		t.Fatalf("got %v, want a MissingColumnsError", err)
	}
	if len(missing.Missing) != 3 {
		t.Fatalf("%d needs unmet, want 3: %v", len(missing.Missing), err)
	}
	for _, want := range []string{`"PROVIDERCODE"`, `"GP_PRACTISE_CODE"`, `"DISCHRGE_DATE"`, "DISCHARGE DATE (HOSPITAL PROVIDER SPELL)", "--map", "--dataset"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %s:\n%v", want, err)
		}
	}
}

func TestUnknownDataset(t *testing.T) {
	tests := []struct {
		about string
		head  []string
		says  []string
	}{
		{"nothing known", []string{"alpha", "beta"}, []string{`"alpha"`, "--dataset"}},
		{"shared by several", []string{"provider", "service_code", "financial_year", "financial_month", "submitted_category", "pod", "age"},
			[]string{"ACM or PLCM", "provider, service_code", "--dataset"}},
		{"a contract file without its month", []string{"provider", "service_code", "financial_year", "submitted_category", "pod"}, []string{"--dataset"}},
		{"empty", nil, []string{"--dataset"}},
	}
	for _, tt := range tests {
		t.Run(tt.about, func(t *testing.T) {
			_, err := Recognise(tt.head)
			var unknown *UnknownDatasetError
			if !errors.As(err, &unknown) {
				t.Fatalf("got %v, want an UnknownDatasetError", err)
			}
			for _, want := range tt.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %s: %v", want, err)
				}
			}
		})
	}
}

// A contract monitoring file without any column about patients is aggregate.
func TestAggregateByWhatItLacks(t *testing.T) {
	for _, head := range []string{
		"provider,service_code,financial_year,financial_month,submitted_category,pod",
		"FINANCIAL YEAR,FINANCIAL MONTH,PROVIDER,SERVICE CODE,POD,TOTAL COST,GP PRACTICE RESPONSIBILITY,our own column",
	} {
		l, err := Recognise(columns(head))
		if err != nil || l.Dataset != ACM {
			t.Errorf("%s: %s, %v", head, l.Dataset, err)
		}
		if len(l.Notes) != 1 || !strings.Contains(l.Notes[0].String(), "taken as ACM") {
			t.Errorf("%s: notes %v", head, l.Notes)
		}
	}
}

func TestMisspeltColumns(t *testing.T) {
	l, err := Recognise(columns(strings.NewReplacer("POINT OF DELIVERY CODE", "POINT OF DELIVRY CODE", "TOTAL COST", "Total_Csot").Replace(headers["plcm v2"])))
	if err != nil {
		t.Fatal(err)
	}
	var notes []string
	for _, n := range l.Notes {
		notes = append(notes, n.String())
	}
	for _, want := range []string{`the column "POINT OF DELIVRY CODE" is not known and was not read; perhaps POINT OF DELIVERY CODE is meant`, `the column "Total_Csot" is not known and was not read; perhaps TOTAL COST is meant`} {
		if !slices.Contains(notes, want) {
			t.Errorf("%q is not among %q", want, notes)
		}
	}
	for name, header := range headers {
		l, _ := Recognise(columns(header))
		for _, n := range l.Notes {
			if strings.Contains(n.String(), "perhaps") {
				t.Errorf("%s: %s", name, n)
			}
		}
	}
}

func TestAmbiguousColumns(t *testing.T) {
	tests := []struct {
		about string
		head  []string
		used  string
		notes string
	}{
		{"the dictionary name wins over its alias", []string{"PROVIDER CODE", "ORGANISATION IDENTIFIER (CODE OF PROVIDER)", "APPTDATE", "GPPRAC"},
			"ORGANISATION IDENTIFIER (CODE OF PROVIDER)", `provider is read from "ORGANISATION IDENTIFIER (CODE OF PROVIDER)"; also matching, not read: "PROVIDER CODE"`},
		{"the first of two alike", []string{"Provider_Code", "PROVIDER CODE", "APPTDATE", "GPPRAC"},
			"Provider_Code", `provider is read from "Provider_Code"; also matching, not read: "PROVIDER CODE"`},
		{"a second-best name is said", []string{"PROCODE3", "APPTDATE", "GPPRAC"}, "PROCODE3", `provider is read from "PROCODE3", having no column of its own`},
		{"second-best names beside a good one are not worth a note", []string{"PROCODE3", "PROCODET", "APPTDATE", "GPPRAC"}, "PROCODET", ""},
	}
	for _, tt := range tests {
		t.Run(tt.about, func(t *testing.T) {
			l, err := LayoutFor(OP, tt.head)
			if err != nil {
				t.Fatal(err)
			}
			if got := l.Columns[l.Field["provider"]]; got != tt.used {
				t.Errorf("used %q, want %q", got, tt.used)
			}
			var notes []string
			for _, n := range l.Notes {
				notes = append(notes, n.String())
			}
			if got := strings.Join(notes, "\n"); got != tt.notes {
				t.Errorf("notes %q, want %q", got, tt.notes)
			}
		})
	}
}

func TestParseDataset(t *testing.T) {
	for text, want := range map[string]Dataset{"acm": ACM, "DRUG": DrPLCM, "device": DePLCM, "011": ECDS, "020": OP, "130": APC, " plcm ": PLCM} {
		if got, err := ParseDataset(text); err != nil || got != want {
			t.Errorf("ParseDataset(%q) = %s, %v, want %s", text, got, err, want)
		}
	}
	if _, err := ParseDataset("SUS"); err == nil || !strings.Contains(err.Error(), "DrPLCM") {
		t.Errorf("the error for SUS does not list the data sets: %v", err)
	}
}

func TestParseFeed(t *testing.T) {
	for text, want := range map[string]Dataset{"iap": IAP, "Local Price Report": LPR, "drplcm": DrPLCM, "ECDS": ECDS} {
		if got, err := ParseFeed(text); err != nil || got != want {
			t.Errorf("ParseFeed(%q) = %s, %v; want %s", text, got, err, want)
		}
	}
	if _, err := ParseFeed("SUS"); err == nil || !strings.Contains(err.Error(), "IAP, LPR") {
		t.Errorf("the error for SUS does not list the plans: %v", err)
	}
}

// TestCatalogue keeps fields.csv sound.
func TestCatalogue(t *testing.T) {
	kinds := []Kind{Code, Organisation, Postcode, Date, Money, List, Text, Key}
	for _, f := range Fields() {
		if !slices.Contains(kinds, f.Kind) {
			t.Errorf("%s: unknown kind %q", f.ID, f.Kind)
		}
		if len(f.Datasets) == 0 {
			t.Errorf("%s is in no data set", f.ID)
		}
		for _, d := range f.Datasets {
			if !slices.Contains(append(Datasets(), IAP, LPR), d) {
				t.Errorf("%s: unknown data set %q", f.ID, d)
			}
		}
		if id, ok := FieldOf(f.ID); !ok || id != f.ID {
			t.Errorf("the short name %s means %q", f.ID, id)
		}
		if id, ok := FieldOf(f.Title("")); !ok || id != f.ID {
			t.Errorf("the title %s means %q, want %s", f.Title(""), id, f.ID)
		}
	}
	for text, matches := range catalogue().byName {
		best := map[Dataset]int{}
		for _, m := range matches {
			if m.rank < fallbackRank && m.rank >= aliasRank {
				best[m.only]++
			}
		}
		for _, n := range best {
			if n > 1 {
				t.Errorf("%q is an alias of %d fields", text, n)
			}
		}
	}
}

func TestEveryDatasetNeedsSomething(t *testing.T) {
	for _, d := range Datasets() {
		var missing *MissingColumnsError
		if _, err := LayoutFor(d, nil); !errors.As(err, &missing) || len(missing.Missing) < 3 {
			t.Errorf("%s: %v", d, err)
		}
	}
}

// The package knows the data sets and nothing else.
func TestImportsNoOtherPart(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Skip("the go command is not at hand")
	}
	for _, p := range strings.Fields(string(out)) {
		if strings.HasPrefix(p, "remit/") && p != "remit/activity" {
			t.Errorf("imports %s", p)
		}
	}
}

func FuzzHeader(f *testing.F) {
	for _, h := range headers {
		f.Add(h)
	}
	f.Add("id,,\xff,DIAG 1,diag_99999999")
	f.Fuzz(func(t *testing.T, header string) {
		head := columns(header)
		l, err := Recognise(head)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error that says nothing")
			}
			return
		}
		for id, at := range l.Field {
			if at < 0 || at >= len(head) {
				t.Errorf("%s is in column %d of %d", id, at, len(head))
			}
		}
		for _, c := range head {
			if n := Normalise(c); Normalise(n) != n {
				t.Errorf("Normalise(%q) = %q is not settled", c, n)
			}
		}
	})
}
