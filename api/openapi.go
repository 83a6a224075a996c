package api

import (
	"cmp"

	"github.com/danielgtaylor/huma/v2"

	"reflect"
	"remit/holding"
	"remit/register"
)

// config is the frame of the OpenAPI document. huma's own pages of documentation
// load scripts from elsewhere; ours is made here (reference.go).
func config(version string) huma.Config {
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	registry.RegisterTypeAlias(reflect.TypeFor[register.Day](), reflect.TypeFor[Date]())
	registry.RegisterTypeAlias(reflect.TypeFor[holding.Role](), reflect.TypeFor[string]())
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title:       "Remit",
				Version:     cmp.Or(version, "development"),
				Description: about,
				License:     &huma.License{Name: "Data: Open Government Licence v3.0 and as each source says", URL: "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"},
			},
			Servers: []*huma.Server{{URL: "/"}},
			Components: &huma.Components{Schemas: registry, SecuritySchemes: map[string]*huma.SecurityScheme{
				"bearer": {Type: "http", Scheme: "bearer", Description: "Authorization: Bearer KEY"},
				"header": {Type: "apiKey", In: "header", Name: "X-API-Key"},
			}},
			Tags: []*huma.Tag{{Name: tagAsk}, {Name: tagCatalogue}, {Name: tagBodies}, {Name: tagAuthority}, {Name: tagNews}, {Name: tagFacts}, {Name: tagWork}, {Name: tagOffice}},
		},
		OpenAPIPath:   prefix + "/openapi",
		Formats:       map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat, typeCSV: csvFormat},
		DefaultFormat: "application/json",
	}
}

const about = `Who commissions which specialised health service in England, for whom, since when and on what authority.

Every question is as at a day (` + "`on`" + `, default today in England) and as known at a moment (` + "`known`" + `, default now).
What is public needs no key. A key is sent as ` + "`Authorization: Bearer KEY`" + ` or ` + "`X-API-Key: KEY`" + ` and acts for an account;
its scopes are ` + "`read` and `write`" + `. Lists come as CSV to those who ask for ` + "`Accept: text/csv`" + `.
Errors are application/problem+json (RFC 9457): ` + "`detail`" + ` says what is wrong and what to do.
Organisations and services are also there as FHIR R4, under /fhir.`
