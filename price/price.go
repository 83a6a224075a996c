package price

import (
	"remit/activity"
)

// This file is what other packages use; what does the work is beside it.
//
//	lib, err := price.Shipped()                  // or price.Load(fsys)
//	p := lib.BindLayout(layout)                  // an activity.Layout, or Bind(data set, canonical field of each column)
//	line := p.Row(fields)                        // for each row; the fields in the order of ids
//	lib.Explain(line.Working, line.Count, cost) // the steps, at any later time
//
// A Pricer remembers what it has worked out and is for one goroutine: bind one
// for each worker. A Library may be shared.

// Reason says why a line has no national price. Reasons are a closed list, and
// Reasons() says what each means.
type Reason string

// The reasons, in the order in which they are tested.
const (
	Priced          Reason = ""
	ExcludedByFlag  Reason = "tariff_indicator_n" // the national tariff indicator is N
	ExcludedBySign  Reason = "serial_equals"      // the commissioning serial number ends in =
	ExcludedGiven   Reason = "exclusion_reason"   // an exclusion reason is given
	PrivatePatient  Reason = "private_patient"    // administrative category 02
	OverseasCharged Reason = "overseas_charged"   // the overseas visitor pays
	NotAttended     Reason = "not_attended"       // an appointment that was not attended
	LaterEpisode    Reason = "later_episode"      // the spell is priced with its first episode
	PODMissing      Reason = "pod_missing"        // no point of delivery, and none can be derived
	PODUnknown      Reason = "pod_unknown"        // a point of delivery that is in no list
	PassThrough     Reason = "pass_through"       // a drug or device: its cost is its price
	FinancialLine   Reason = "financial_line"     // money without activity: a block, an adjustment
	PODUnpriced     Reason = "pod_not_priced"     // a point of delivery for which there are no national prices
	DateMissing     Reason = "date_missing"       // no date by which to choose a price set
	NoPriceSet      Reason = "no_price_set"       // no price set holds on the date
	HRGMissing      Reason = "hrg_missing"        // a price needs an HRG
	FunctionMissing Reason = "tfc_missing"        // an attendance needs a treatment function
	NoPrice         Reason = "no_price"           // the set has no price for it
	NoFactor        Reason = "no_mff"             // the set has no market forces factor for the provider
	CountUnread     Reason = "count_not_a_number" // the activity count is no number, or too large
	DaysUnread      Reason = "days_not_a_number"  // a number of days that is none, or dates in the wrong order
	CostMissing     Reason = "cost_missing"       // a drug or device without a readable cost
)

// Line is what a row costs, and why.
type Line struct {
	// Price is the sum of the pieces that have one, to the unit of 10^-8 pounds.
	Price activity.Amount
	// Reason says why the activity itself, the first piece, has no national price.
	Reason Reason
	// POD is the point of delivery at which it was priced: as submitted, or as
	// derived where the extract has none; NELST where the short stay was found.
	POD string
	// Element is the contract element in which lines of this point of delivery
	// fall, where no contract says otherwise (see Contracts).
	Element Element
	// Count is the activity that was priced: 1 where the row has no count.
	Count activity.Amount
	// Working is a short text from which Explain shows the steps. It is shared
	// between rows that are priced alike.
	Working string
	// Warnings are codes (see Warnings()) joined by |.
	Warnings string
	// Pieces are the lines of contract monitoring that the row makes: the spell,
	// its excess days, its unbundled items. They are overwritten by the next Row.
	Pieces []Piece
}

// Piece is one line of contract monitoring.
type Piece struct {
	POD    string          `json:"pod"`
	HRG    string          `json:"hrg,omitempty"`
	Count  activity.Amount `json:"count"`
	Price  activity.Amount `json:"price"` // of all that is counted
	Reason Reason          `json:"reason,omitempty"`
}

// Element is a part of a contract, by how it is paid.
type Element string

// The elements.
const (
	Fixed           Element = "fixed"           // an annual value, whatever is done
	Variable        Element = "variable"        // what is done, at price
	Block           Element = "block"           // as fixed: a block outside the payment scheme
	CostAndVolume   Element = "cost_and_volume" // at marginal rates outside a band
	PassThroughCost Element = "pass_through"    // what drugs and devices cost
	LowVolume       Element = "low_volume"      // a low volume activity payment: as fixed
)

// Holder says on whose contract a line falls, by its assigned category.
type Holder string

// The holders.
const (
	ICBContract      Holder = "icb"      // delegated: 25, 26; and what is the ICB's own
	NHSEContract     Holder = "nhse"     // retained: 21, 22
	NationalContract Holder = "national" // national funds: 31, 32, 41
	OtherContract    Holder = "other"
)

// Fields are the canonical fields (activity/fields.csv) that pricing reads.
// Columns of other fields are passed over.
func Fields() []string {
	return []string{
		"pod", "hrg", "tariff_code", "tfc", "provider", "service_code",
		"discharge_date", "appointment_date", "arrival_date", "activity_date", "admission_date", "activity_start_date",
		"financial_year", "financial_month",
		"national_tariff_indicator", "commissioning_serial_number", "exclusion_reason", "admin_category", "ov_charging_category",
		"age", "best_practice", "activity_count", "planned_activity", "cost", "planned_price",
		"length_of_stay", "critical_care_days", "rehabilitation_days", "palliative_days", "delayed_discharge_days",
		"patient_classification", "admission_method", "first_attendance", "attended", "main_specialty", "episode", "unbundled_hrg",
	}
}
