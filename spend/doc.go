// Package spend reads what boards spend out of contract monitoring: the plan, what
// came of it month by month, and what the year is foreseen to be, for each board,
// provider and programme of care. It is where the ledger of submissions meets
// budgets and pools.
//
// The payer is the one that the method assigns, put on the map of boards of the
// first day of the year. The plan is the activity plan (IAP); a year that is given
// without months is spread over them in twelfths. What was done is the aggregate
// feed (ACM) of a provider and month where that came, and else the patient-level
// feeds: the two say the same in sum and in detail, and are never added up. A month
// in which no return came is not a month of nothing: it is foreseen as planned.
// Forecasts are those of package monitor, for each board, provider, line and kind.
package spend
