// Package synth makes up activity records that look like those of the English
// NHS and are of nobody: for trying Remit, for teaching, and for measuring it.
//
// Codes are real and come from the reference pack: practices, providers,
// sub-ICB locations, service lines and points of delivery that hold in the year
// asked for. Patients, counts, prices and dates are invented, and so are
// postcodes, which lie in the postcode area ZT that Royal Mail does not use
// (those of places of detention are real: nothing else makes a record one of a
// detained patient). How activity spreads over services, points of delivery
// and months is a guess kept in profile/, not a statistic.
//
// A record is drawn in four steps, each of which may meet an awkward case
// (case.go): the patient and the provider, the service, what the provider
// submits as commissioner and category, and how it is all written down. The
// rate of each case is stated there and in the note beside every file.
//
// Records are made in blocks. The random numbers of a block follow from the
// seed and the number of the block alone, so that the same seed gives the same
// bytes however many workers share the work.
package synth
