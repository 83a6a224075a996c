// Package price works out what a line of activity costs, shows the working, and
// settles what a contract owes for it.
//
// A price set is dated data: the prices of a year in one version of them, with
// their policy. A year can have two sets with the same effective date, when a
// pay award is published after the first prices: the one published later holds,
// unless another is named. See Library.
//
// The calculation has ten steps:
//
//  1. Leave out what is not nationally priced (Reasons lists why).
//  2. Choose the set by the date of discharge or attendance, and the base price
//     by HRG and point of delivery; of an attendance by treatment function and HRG.
//  3. Of a short emergency stay take the short-stay price, where the HRG has one.
//  4. Qualifying days are the stay less critical care, rehabilitation, palliative
//     and delayed discharge days; excess days are those above the trim point.
//  5. Add the best practice addition, where its criteria are said to be met.
//  6. Add the top-up of the specialised service line at providers eligible for it.
//  7. Multiply by the market forces factor of the provider.
//  8. Unbundled items are priced on their own, with the factor, without top-up.
//  9. Drugs and devices pass through at what they cost.
//  10. Round the line once, half up.
//
// So a spell is (base + best practice) x (1 + top-up) x factor, and its excess
// days are days x price of a day x (1 + top-up) x factor, as a second line.
// Where sources differ, a switch of the policy (policy.go) says how it is done.
//
// The arithmetic of a line is exact until its one rounding (wide.go). Money is
// in units of 10^-8 pounds. Nothing here reads a clock, a database or a network.
package price
