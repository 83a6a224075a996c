// Package rules holds the rules about contract monitoring that ship with Remit, as
// dated data.
package rules
