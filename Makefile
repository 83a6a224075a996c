# Everything is built, tried and measured from here. Needed: Go, a C and a C++
# compiler (for DuckDB), Node.js with npm (for the styles and scripts of the web
# application, and the browser tests), PostgreSQL (for the tests of the store on
# it alone) and git.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

BUILD := build
REMIT := $(BUILD)/remit
DEMO  := $(BUILD)/demo
TOOLS := $(BUILD)/tools

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0

RECORDS   ?= 2000000
SIZES     ?= 1,2,5,10
RUNS      ?= 5
YEAR_SIZES ?= 1
RATE      ?= 200
DURATION  ?= 1m
TESTFLAGS ?=
FUZZTIME  ?= 30s

export CGO_ENABLED := 1
export GOTOOLCHAIN ?= auto

##@ Use

.PHONY: help
help: ## List what can be made
	@awk 'BEGIN {FS = ":.*## "} /^##@ / {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo

.PHONY: build
build: compiler assets ## Build the program: build/remit
	@mkdir -p $(BUILD)
	go build -trimpath -ldflags '-s -w' -o $(REMIT) ./cmd/remit

.PHONY: assets
assets: ## Build the styles and scripts of the web application
	@bash bench/assets.sh

.PHONY: demo
demo: build ## A made-up year of England decided, drawn and explained, in a minute or two
	@bash bench/demo.sh $(REMIT) $(DEMO)

##@ Check

.PHONY: test
test: compiler assets browser postgres apitools ## Run the tests
	go test -timeout 20m $(TESTFLAGS) ./...

.PHONY: lint
lint: compiler assets ## Formatting, go vet, staticcheck, and which package may use which
	@unformatted=$$(git ls-files -z --cached --others --exclude-standard '*.go' | xargs -0 gofmt -l); \
	if [ -n "$$unformatted" ]; then echo "not formatted (make fmt does it):"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	@$(call install,$(STATICCHECK))
	$(TOOLS)/staticcheck ./...
	go test -count=1 -run '^TestArchitecture$$' .

.PHONY: vuln
vuln: compiler ## Known vulnerabilities in what the program uses
	@$(call install,$(GOVULNCHECK))
	@bash bench/vuln.sh $(TOOLS)/govulncheck

.PHONY: proof
proof: compiler ## A million random records by the program and by generated SQL, for each method
	REMIT_RECORDS=$${REMIT_RECORDS:-1000000} go test -count=1 -timeout 6h -v ./proof

.PHONY: fuzz
fuzz: compiler ## Try every parser with random input (FUZZTIME each)
	@# Making an interesting input small takes a minute unless it is bounded: most of FUZZTIME, and an error when that ends.
	@go test -list '^Fuzz' ./... | awk '/^Fuzz/ {names = names " " $$1} /^ok/ {n = split(names, a, " "); for (i = 1; i <= n; i++) print $$2, a[i]; names = ""}' | \
	{ failed=0; while read -r package name; do echo "$$package $$name"; \
	go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 100x "$$package" </dev/null || failed=1; done; exit $$failed; }

##@ Measure

.PHONY: bench
bench: build ## Records per second, memory and start-up beside DuckDB (RECORDS, SIZES, RUNS)
	@mkdir -p $(BUILD)/bench
	go build -trimpath -o $(BUILD)/bench/ ./bench ./bench/duckdb ./bench/bytes
	$(BUILD)/bench/bench -remit $(REMIT) -dir $(BUILD)/bench -records $(RECORDS) -sizes $(SIZES) -runs $(RUNS)
	go build -trimpath -o $(BUILD)/bench/equity ./bench/equity
	$(BUILD)/bench/equity -dir $(BUILD)/bench
	$(MAKE) bench-register
	$(MAKE) bench-year
	$(MAKE) bench-quality

.PHONY: bench-quality
bench-quality: ## A national set of returns taken in, every chart drawn, every kind of page
	@mkdir -p $(BUILD)/bench
	go build -trimpath -o $(BUILD)/bench/quality ./bench/quality
	$(BUILD)/bench/quality -dir $(BUILD)/bench

.PHONY: bench-register
bench-register: build postgres ## The web application under load, on SQLite and PostgreSQL (RATE, DURATION)
	@mkdir -p $(BUILD)/bench
	go build -trimpath -o $(BUILD)/bench/site ./bench/site
	$(BUILD)/bench/site -remit $(REMIT) -dir $(BUILD)/bench -rate $(RATE) -duration $(DURATION)

.PHONY: bench-year
bench-year: build ## A board's year of activity and contracts loaded, asked and decided again, beside DuckDB (YEAR_SIZES)
	@mkdir -p $(BUILD)/bench
	go build -trimpath -o $(BUILD)/bench/board-year ./bench/year
	$(BUILD)/bench/board-year -remit $(REMIT) -dir $(BUILD)/bench -sizes $(YEAR_SIZES)

##@ Keep in order

.PHONY: fmt
fmt: ## Format the Go files
	@git ls-files -z --cached --others --exclude-standard '*.go' | xargs -0 gofmt -w

.PHONY: clean
clean: ## Remove what was built
	rm -rf $(BUILD) report/browser/node_modules web/assets/node_modules web/assets/dist/*.*s api/fhir/node_modules

# What the targets above need; not meant to be called.

.PHONY: compiler
compiler:
	@command -v go >/dev/null || { echo "Go is needed: see https://go.dev/dl"; exit 1; }
	@command -v "$$(go env CC)" >/dev/null || { echo "A C compiler is needed: install gcc and g++ (or clang)"; exit 1; }

# The browser test skips itself with a message where a tool is missing.
.PHONY: browser
browser:
	@bash bench/browser.sh

# So does the test of the store on PostgreSQL.
.PHONY: postgres
postgres:
	@bash bench/postgres.sh

# So do the tests of the API on FHIR R4 and by Schemathesis.
.PHONY: apitools
apitools:
	@bash bench/apitools.sh

# install puts a Go tool of a pinned version under build/tools.
define install
mkdir -p $(TOOLS); if [ "$$(cat $(TOOLS)/$(notdir $(firstword $(subst @, ,$(1)))).version 2>/dev/null)" != "$(1)" ]; then GOBIN="$$PWD/$(TOOLS)" go install $(1); echo "$(1)" > $(TOOLS)/$(notdir $(firstword $(subst @, ,$(1)))).version; fi
endef
