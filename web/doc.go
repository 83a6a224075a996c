// Package web is the web application: pages written at the server that work
// without scripts, over the register as the store knows it.
//
// routes.go lists every address with who may call it. A page is a file: a
// handler that gathers what the page says, and a template of the same name. A
// handler gives an error back and never writes one; translate in problem.go
// turns it into a page, JSON or CSV. What was asked (the date, the moment of
// knowledge, later the account) is read in one place, asked.go.
package web
