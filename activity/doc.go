// Package activity knows the data sets that record activity and what it cost:
// the contract monitoring standards (ACM, PLCM, DrPLCM, DePLCM) and the
// commissioning data sets (APC, OP, ECDS). It finds the fields of a file under
// whatever names the file uses, opens files as they come (compressed, in
// several encodings and delimiters), and reads money, dates and periods.
//
// It holds no method and no reference data: it says where a value is and what
// it says, never what follows from it.
//
// Field names follow the NHS Data Dictionary; the renames between versions 1
// and 2 of the standards (DCB2050, DCB3003, DCB2212, DCB3002) are aliases in
// fields.csv, which is the one place to add a spelling.
package activity
