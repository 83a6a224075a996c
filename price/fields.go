package price

// pricingFields are the fields that are read. Those that give a date stand in
// the order in which they are believed.
var pricingFields = []string{
	"pod", "hrg", "tariff_code", "tfc", "provider", "service_code",
	"discharge_date", "appointment_date", "arrival_date", "activity_date", "admission_date", "activity_start_date",
	"financial_year", "financial_month",
	"national_tariff_indicator", "commissioning_serial_number", "exclusion_reason", "admin_category", "ov_charging_category",
	"age", "best_practice", "activity_count", "planned_activity", "cost", "planned_price",
	"length_of_stay", "critical_care_days", "rehabilitation_days", "palliative_days", "delayed_discharge_days",
	"patient_classification", "admission_method", "first_attendance", "attended", "main_specialty", "unbundled_hrg",
}
