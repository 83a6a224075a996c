package web

import (
	"slices"
	"strings"

	"remit/store"
)

// colleagues are all who have any role here: what is not public is theirs to read.
var colleagues = store.Roles[1:]

// workPlaces are the entries of the navigation for those who have a role.
func (v *view) workPlaces() []place {
	if !slices.ContainsFunc(store.Roles, v.May) {
		return nil
	}
	var list []place
	for _, p := range []link{{"Contracts", "/contracts"}, {"Proposals", "/proposals"}, {"Work list", "/work"}, {"Runs", "/runs"}, {"Audit log", "/audit"}} {
		here := v.Here()
		list = append(list, place{p.Text, p.Href, here == p.Href || strings.HasPrefix(here, p.Href+"/")})
	}
	return list
}

// workRoutes are the addresses of signed-in work.
func (s *Site) workRoutes() []route {
	return []route{
		{pattern: "GET /proposals", may: store.Reader, or: colleagues, serve: s.proposals},
		{pattern: "GET /proposals/new", may: store.Editor, serve: s.proposalForm},
		{pattern: "POST /proposals/new", may: store.Editor, serve: s.propose, limit: evidenceLimit},
		{pattern: "GET /proposals/{id}", may: store.Reader, or: colleagues, serve: s.proposal},
		{pattern: "POST /proposals/{id}/submit", may: store.Editor, serve: s.submitProposal},
		{pattern: "POST /proposals/{id}/withdraw", may: store.Editor, serve: s.withdrawProposal},
		{pattern: "POST /proposals/{id}/approve", may: store.Approver, serve: s.approveProposal},
		{pattern: "POST /proposals/{id}/refuse", may: store.Approver, serve: s.refuseProposal},

		{pattern: "GET /audit", may: store.Reader, or: colleagues, serve: s.auditPage},
		{pattern: "POST /audit/verify", may: store.Reader, or: colleagues, serve: s.verifyChain},
		{pattern: "GET /changes/{n}", may: store.Reader, or: colleagues, serve: s.change},
		{pattern: "GET /documents/{hash}", may: store.Reader, or: colleagues, serve: s.document},

		{pattern: "GET /work", may: store.Reader, or: colleagues, serve: s.tasks},
		{pattern: "GET /work/{key...}", may: store.Reader, or: colleagues, serve: s.task},
		{pattern: "POST /work/{key...}", may: store.Editor, serve: s.saveTask},

		{pattern: "GET /runs", may: store.Reader, or: colleagues, serve: s.runList},
		{pattern: "GET /runs/new", may: store.Reader, or: colleagues, serve: s.newRun},
		{pattern: "POST /runs/new", may: store.Reader, or: colleagues, serve: s.loadRun, limit: s.uploadLimit + formLimit},
		{pattern: "GET /runs/{id}", may: store.Reader, or: colleagues, serve: s.run},
		{pattern: "GET /runs/{id}/report", may: store.Reader, or: colleagues, serve: s.runReport},
		{pattern: "GET /runs/{id}/files/{role}", may: store.Reader, or: colleagues, serve: s.runDownload},
		{pattern: "POST /runs/{id}/share", may: store.Reader, or: colleagues, serve: s.shareRun},
		{pattern: "POST /runs/{id}/start", may: store.Reader, or: colleagues, serve: s.restartRun},
		{pattern: "POST /runs/{id}/delete", may: store.Reader, or: colleagues, serve: s.deleteRun},

		{pattern: "GET /pools/{pool}/requests", may: store.Reader, or: colleagues, serve: s.poolRequests},
		{pattern: "POST /pools/{pool}/requests", may: store.Editor, serve: s.askPool},
		{pattern: "GET /pools/{pool}/requests/{id}", may: store.Reader, or: colleagues, serve: s.poolRequestShown},
		{pattern: "POST /pools/{pool}/requests/{id}/approve", may: store.Approver, serve: s.stepPool("approve")},
		{pattern: "POST /pools/{pool}/requests/{id}/refuse", may: store.Approver, serve: s.stepPool("refuse")},
		{pattern: "POST /pools/{pool}/requests/{id}/withdraw", may: store.Editor, serve: s.stepPool("withdraw")},

		{pattern: "GET /updates", may: store.Reader, or: colleagues, serve: s.updates},
		{pattern: "POST /updates/propose", may: store.Editor, serve: s.proposeUpdate, limit: updatesLimit},
		{pattern: "POST /updates/decline", may: store.Approver, serve: s.declineUpdate},
	}
}
