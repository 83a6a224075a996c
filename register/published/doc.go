// Package published restates files that others publish in the schema of the
// reference pack: the practice file (epraccur) and the trust file (etr) of the
// Organisation Data Service, the postcode directory of the Office for National
// Statistics, and tables that an operator keeps in our own schema.
//
// What is written goes into an overlay directory, whole or not at all. A
// published file tells how things stand on one day; what the pack knew of the
// days before is kept, and a fact that has not changed keeps its first day.
package published
