package price

// Code is a reason or a warning with what it means and what to do.
type Code struct {
	Code string `json:"code"`
	Says string `json:"says"`
}

// Reasons are all reasons for which a line has no national price.
func Reasons() []Code {
	var list []Code
	for _, r := range reasonOrder {
		list = append(list, Code{string(r), reasonTexts[r]})
	}
	return list
}

var reasonOrder = []Reason{ExcludedByFlag, ExcludedBySign, ExcludedGiven, PrivatePatient, OverseasCharged, NotAttended, LaterEpisode, PODMissing, PODUnknown,
	PassThrough, FinancialLine, PODUnpriced, DateMissing, NoPriceSet, HRGMissing, FunctionMissing, NoPrice, NoFactor, CountUnread, DaysUnread, CostMissing}

var reasonTexts = map[Reason]string{
	ExcludedByFlag:  "the national tariff indicator is N",
	ExcludedBySign:  "the commissioning serial number ends in =, which takes the record out of national prices",
	ExcludedGiven:   "the record has an exclusion reason",
	PrivatePatient:  "the patient is private (administrative category 02)",
	OverseasCharged: "the overseas visitor is charged (charging category D or F)",
	NotAttended:     "the appointment was not attended",
	LaterEpisode:    "the spell is priced in the row of its first episode",
	PODMissing:      "there is no point of delivery, and what the record holds gives none",
	PODUnknown:      "the point of delivery is in no list: look at its spelling, or add it to pods.csv",
	PassThrough:     "a drug or device is paid at what it cost",
	FinancialLine:   "the line is money without activity",
	PODUnpriced:     "there are no national prices for the point of delivery: a local price applies",
	DateMissing:     "there is no date by which to choose a price set",
	NoPriceSet:      "no price set holds on the date: load one",
	HRGMissing:      "a price needs an HRG, and there is none",
	FunctionMissing: "the price of an attendance needs a treatment function, and there is none",
	NoPrice:         "the price set has no price for the HRG at the point of delivery: a local price applies",
	NoFactor:        "the price set has no market forces factor for the provider: add it to market_forces.csv",
	CountUnread:     "the activity count is not a number, or has no room",
	DaysUnread:      "a number of days is not a whole number, or the dates are in the wrong order",
	CostMissing:     "a drug or device has no cost that can be read",
}

// The warnings of lines that are priced all the same.
const (
	shortStayNotTested = "short_stay_not_tested"
	shortStayNotMet    = "short_stay_not_met"
	shortStayUnpriced  = "short_stay_not_priced"
	topUpNotEligible   = "topup_provider_not_eligible"
	practiceNotFound   = "best_practice_not_found"
	daysExceedStay     = "days_exceed_stay"
	daysNotKnown       = "stay_not_known"
	unbundledUnclear   = "unbundled_days_unclear"
	unbundledLater     = "unbundled_of_later_episode"
)

// Warnings are all warnings.
func Warnings() []Code {
	return []Code{
		{shortStayNotTested, "the HRG has a short-stay price, and age or length of stay is not known: the point of delivery as submitted stands"},
		{shortStayNotMet, "submitted as a short stay, and age or length of stay say otherwise: priced as NEL"},
		{shortStayUnpriced, "submitted as a short stay, and the HRG has no short-stay price: priced as NEL"},
		{topUpNotEligible, "the service line has a top-up, and the provider is not eligible for it: none is paid"},
		{practiceNotFound, "a best practice code has no addition for the HRG and point of delivery"},
		{daysExceedStay, "critical care, rehabilitation, palliative and delayed discharge days are more than the stay: no qualifying days"},
		{daysNotKnown, "the length of stay is not known: no excess days are priced"},
		{unbundledUnclear, "several unbundled HRGs share the same days: each counts once"},
		{unbundledLater, "an unbundled HRG that days of the spell count stands in a later episode: it is priced where the row of the first episode has it, and nowhere else"},
	}
}
