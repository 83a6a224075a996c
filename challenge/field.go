package challenge

// Field is something that a rule may ask of a row. All are text, blank when not
// known; dates are YYYY-MM-DD, so that they compare as text.
type Field struct {
	Name    string
	Meaning string
	Derived bool // worked out from the register and the rules' own tables; the rest come with the row
}

// Fields are all of them.
var Fields = []Field{
	{"row_key", "key of the row that survives restatement", false},
	{"source_row", "row of the file, from 2", false},
	{"feed", "ACM, PLCM, DrPLCM or DePLCM", false},
	{"provider", "ODS code of the provider", false},
	{"commissioner", "commissioner as billed", false},
	{"assigned_commissioner", "commissioner that the assignment method gives", false},
	{"category", "commissioned service category as billed", false},
	{"assigned_category", "category that the assignment method gives", false},
	{"service_code", "service line: NCBPS01C", false},
	{"pod", "national point of delivery", false},
	{"treatment_function", "treatment function code", false},
	{"tariff_code", "HRG or local price code", false},
	{"year", "financial year: 202627", false},
	{"month", "financial month, 1 to 13", false},
	{"activity_date", "day of discharge, attendance or supply", false},
	{"spell", "identifier of the spell, attendance or other activity, as the provider has it", false},
	{"patient", "anything that tells patients of the provider apart; it is compared and never shown", false},
	{"age", "whole years at the activity", false},
	{"sex", "1 male, 2 female, 9 indeterminate, X not known", false},
	{"activity", "count", false},
	{"price", "price billed, in pounds", false},
	{"set_price", "price by the price set, in pounds; blank where the row is not nationally priced", false},
	{"top_up", "top-up billed, in pounds", false},
	{"stay_days", "length of stay in days", false},
	{"critical_care_days", "days of it in critical care", false},
	{"excess_days", "excess days billed", false},
	{"drug", "code of the drug", false},
	{"device", "serial or code of the device", false},
	{"quantity", "quantity supplied", false},
	{"approval", "prior approval reference", false},
	{"approval_needed", "yes where the drug needs prior approval by the list in force, no where not; blank where no list is loaded", false},
	{"contract_end", "last day of the contract", false},

	{"line_listed", "yes where the service code has ever been on the list, else no", true},
	{"line_valid", "yes where the service code is on the list on the activity date, else no", true},
	{"line_status", "GREEN delegated, RED retained, BLUE not an activity line, AMBER in scope, NOT APPLICABLE; blank where not listed", true},
	{"line_specialised", "yes where the service code is a specialised service's on the day, else no", true},
	{"top_up_eligible", "yes or no where a list of providers eligible for top-ups covers the day; blank where none does", true},
	{"age_from", "least age for which the treatment function or service line is possible; blank for no limit", true},
	{"age_to", "greatest age; blank for no limit", true},
	{"first_row", "in the message of a rule that compares rows: the source row of the first of them", true},
	{"only_sex", "the only sex for which it is possible; blank for either", true},
}
