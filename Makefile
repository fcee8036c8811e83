# Needs Go and make, nothing else; `make` alone lists what there is.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

GO ?= go
TOOL := $(GO) tool -modfile=internal/tools/go.mod

# What ships is built without cgo, so that is what is checked and tested. The
# race detector alone needs it, and turns it on for itself.
export CGO_ENABLED := 0

# Packages with goroutines of their own run under the race detector.
RACE := internal/wal internal/push internal/archive agent/... collector/evaluate collector/notify collector

# What test and bench look at, and how many packages at a time.
PKG := ./...
P := 2

# What the quickstart probes besides this machine: TARGETS="https://a.example https://b.example"
TARGETS ?=
export TARGETS

# How often a benchmark runs, and for how long each time.
COUNT := 1
BENCHTIME := 1s

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 17

build: ## build bin/assay and bin/assay-agent
	$(GO) build -trimpath -ldflags='-s -w' -o bin/ ./cmd/assay ./cmd/assay-agent

# Where the agent runs.
PLATFORMS := linux/amd64 linux/arm64 windows/amd64 windows/arm64 darwin/amd64 darwin/arm64

agents: ## build the agent for every platform, into bin/agents
	@for p in $(PLATFORMS); do \
		out="bin/agents/assay-agent-$${p/\//-}"; [[ "$$p" != windows/* ]] || out="$$out.exe"; \
		echo "$$out"; GOOS=$${p%/*} GOARCH=$${p#*/} $(GO) build -trimpath -ldflags='-s -w' -o "$$out" ./cmd/assay-agent; \
	done

run: build ## build and start everything in one process; TARGETS="URL ..." are probed as well
	@set -f; exec bin/assay up $$TARGETS

test: ## run all tests with what is present; says what was left out
	@$(GO) build -o bin/testrun ./internal/testrun
	@bin/testrun -p=$(P) -race-in='$(RACE)' $(PKG)

test-servers: ## install the servers that tests talk to (Debian; root or sudo)
	@sh internal/testservers/install.sh

check: check-format check-vet check-static check-floors check-platforms check-shell check-modules check-generated ## check all that a machine can without running the product

check-format:
	@unformatted=$$(find . -name '*.go' -not -path './bin/*' -not -path './data/*' -not -path '*/testdata/*' -print0 | xargs -0 gofmt -l); \
	if [ -n "$$unformatted" ]; then echo "not formatted (gofmt -w):"; echo "$$unformatted"; exit 1; fi

check-vet:
	$(GO) vet ./...

check-static:
	$(TOOL) staticcheck -checks all ./...

check-floors:
	$(GO) test -count=1 ./internal/floors

check-platforms:
	@for p in $(PLATFORMS); do echo "assay-agent on $$p"; GOOS=$${p%/*} GOARCH=$${p#*/} $(GO) build -o /dev/null ./cmd/assay-agent; done

check-shell:
	@for f in .ci/run; do bash -n "$$f"; done
	@find . -name '*.sh' -not -path './data/*' -print0 | xargs -0 -r -n1 sh -n

check-modules:
	$(GO) mod tidy -diff
	$(GO) -C internal/tools mod tidy -diff

# Compares contents before and after, so that it holds in an uncommitted tree too.
check-generated:
	@sums() { git ls-files -z --cached --others --exclude-standard | sort -zu | xargs -0 sha256sum 2>/dev/null || true; }; \
	before=$$(sums); $(MAKE) --no-print-directory generate; after=$$(sums); \
	if [ "$$before" != "$$after" ]; then \
		echo "generated files were not up to date; they are now, commit them:"; \
		diff <(echo "$$before") <(echo "$$after") | sed -n 's/^> [0-9a-f]*  /  /p' || true; exit 1; fi

generate: ## write generated files again (go:generate lines say how)
	$(GO) generate ./...

bench: ## run all benchmarks; compares with the run before (COUNT=10 for significance)
	@mkdir -p bin
	@if [ -f bin/bench.txt ]; then mv bin/bench.txt bin/bench.before.txt; fi
	$(GO) test -run='^$$' -bench=. -benchmem -benchtime=$(BENCHTIME) -count=$(COUNT) -p=1 -timeout=60m $(PKG) | tee bin/bench.txt
	@$(TOOL) benchstat $$(ls bin/bench.before.txt 2>/dev/null) bin/bench.txt

clean: ## remove what was built; data/ stays
	rm -rf bin

.PHONY: help build agents run test test-servers check check-format check-vet check-static check-floors check-platforms check-shell check-modules check-generated generate bench clean
