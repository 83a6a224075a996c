// Package monitor compares activity and money with the plan.
//
// Everything is arithmetic over cells. A Cell is what one combination of provider,
// commissioner, service line, point of delivery, category and HRG chapter planned
// and did in a month. A View puts cells on the map of organisations of a day (the
// Structure) and cuts them by any dimensions in any order. Money is exact: sums
// of cells are sums, whatever the cut, and the parts of a variance are worked out
// once for each cell and added up, so that they sum at every level.
//
// # Variance
//
// Between plan and actual there are three parts (the usual price and volume
// analysis; no national definition was found):
//
//	volume  what the money would have changed by if all activity of the family had
//	        grown alike: planned price × (family actual ÷ family planned activity - 1)
//	mix     what comes of some activity having grown more than the rest:
//	        planned price × (actual ÷ planned - family actual ÷ family planned)
//	rate    what comes of other unit prices: actual price - planned price × actual ÷ planned
//
// A family is activity that may be added up because it is counted in one unit and
// can stand in for one another: by default what one provider does at one point of
// delivery. Volume and mix together are what is often called volume: (actual -
// planned activity) × planned unit price.
//
// Where activity gives no unit price:
//
//   - Planned activity none, planned price none (work that was not planned): the
//     actual unit price stands in, so that there is no rate part. The money is mix
//     where the family was planned, and volume where nothing of it was.
//   - Planned price without planned activity, or no activity on either side (blocks,
//     adjustments, CQUIN): the money does not rest on activity. All of it is rate.
//   - Planned activity, none done: the planned price is lost as volume and mix. Money
//     that is charged all the same is rate.
//   - Planned activity at no price: everything charged is rate.
//   - A family whose planned activity comes to nothing, credits and charges
//     together: it has no growth, and the cell's own change is volume.
//
// # Forecast
//
// By remaining plan: the actual so far and the plan of the months to come. By run
// rate: the actual so far, stretched to the year by the share of the year that has
// passed (twelfths, calendar days, working days, or last year's profile).
package monitor
