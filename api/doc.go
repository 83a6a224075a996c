// Package api answers the register's questions to other programs: JSON and CSV
// under /api/v1/, and FHIR R4 under /fhir/.
//
// What is public needs no key. Every question can be put as at a day (on) and as
// known at a moment (known); what was known at a moment never changes, and so has
// an ETag. Facts are changed by proposals alone, which take two people: a key acts
// for an account, may do what its scopes say, and never more than the account.
//
// The OpenAPI document is generated from the code that answers: /api/v1/openapi.json.
package api
