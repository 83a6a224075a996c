// Package calendar knows the days that contracts count by: bank holidays and
// operational days, the months of a financial year, when submissions are due, and
// the limits of time that contracts set. All of it is dated data; the package has
// no clock.
package calendar
