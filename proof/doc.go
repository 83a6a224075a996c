// Package proof holds tests that cross the parts: the fast route against the
// plain one, and both against the SQL that is generated from the same method.
package proof
