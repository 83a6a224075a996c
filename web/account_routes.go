package web

import "remit/store"

// accountRoutes are the addresses of signing in and of accounts.
func (s *Site) accountRoutes() []route {
	return []route{
		{pattern: "GET /sign-in", may: anyone, person: true, serve: s.signInPage},
		{pattern: "POST /sign-in", may: anyone, person: true, serve: s.signIn},
		{pattern: "POST /sign-out", may: anyone, person: true, serve: s.signOut},
		{pattern: "GET /set-up", may: anyone, person: true, serve: s.setUpPage},
		{pattern: "POST /set-up", may: anyone, person: true, serve: s.setUp},
		{pattern: "GET " + oidcStart, may: anyone, person: true, serve: s.identityStart},
		{pattern: "GET " + oidcBack, may: anyone, person: true, serve: s.identityBack},

		{pattern: "GET /account", may: everyone, person: true, serve: s.accountPage},
		{pattern: "POST /account/password", may: everyone, person: true, serve: s.changePassword},
		{pattern: "POST /account/sessions", may: everyone, person: true, serve: s.endOthers},
		{pattern: "POST /account/keys", may: everyone, person: true, serve: s.issueKey},
		{pattern: "POST /account/keys/{key}/revoke", may: everyone, person: true, serve: s.revokeKey},

		{pattern: "GET /accounts", may: store.Administrator, person: true, serve: s.accounts},
		{pattern: "GET /accounts/new", may: store.Administrator, person: true, serve: s.newAccountPage},
		{pattern: "POST /accounts/new", may: store.Administrator, person: true, serve: s.addAccount},
		{pattern: "GET /accounts/{name}", may: store.Administrator, person: true, serve: s.oneAccount},
		{pattern: "POST /accounts/{name}", may: store.Administrator, person: true, serve: s.changeAccount},
		{pattern: "POST /accounts/{name}/{what}", may: store.Administrator, person: true, serve: s.pressAccount},
	}
}
