# Everything a contributor runs. `make help` lists it. It needs Go 1.26 and make; a C compiler only for `make race`,
# and bash and Python only for the lab. TESTFLAGS goes to every go test, ARGS to the demo.

export CGO_ENABLED := 0

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)

# Packages in which goroutines share memory, and long tests in them that step one loop from one goroutine: nothing there
# can race, and the detector makes them ten times as slow.
RACY  := ./agent/heal ./agent/intake ./cmd/pipewright ./internal/redact ./internal/sqlite ./internal/tui
ALONE := TestShifts|TestTheSameSeedGivesTheSameJournal|TestRenamingEveryResourceChangesNoBehaviour|TestAResumedDemoGoesOnAsIfItHadNeverStopped|TestAClockThatJumps|TestConversations

GOLANGCI_VERSION := v2.15.0
GOLANGCI         := bin/golangci-lint-$(GOLANGCI_VERSION)/golangci-lint

BENCH     ?= .
FUZZTIME  ?= 10s
KILLS     ?= 200
SEED      ?= 1
TESTFLAGS ?=
ARGS      ?=

.DEFAULT_GOAL := help
.PHONY: help demo build test race lint fmt bench fuzz kill-test kill-test-slack test-integration clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## the whole product on a simulated shop: no keys, no network
	bin/pipewright demo $(ARGS)

build: ## bin/pipewright, one static binary
	go build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o bin/pipewright ./cmd/pipewright

test: ## every test that needs no network, no key and no C compiler
	go test $(TESTFLAGS) ./...

race: ## the packages with goroutines under the race detector; needs gcc
	@command -v $${CC:-gcc} >/dev/null || { echo 'make race: the race detector needs a C compiler: install gcc' >&2; exit 1; }
	@echo 'not run: $(ALONE): one goroutine each; make test runs them'
	CGO_ENABLED=1 go test -race -timeout 20m -skip '^($(ALONE))$$' $(TESTFLAGS) $(RACY)

lint: $(GOLANGCI) ## gofmt, go vet, the direction of imports, golangci-lint
	@unformatted=$$(gofmt -s -l .); \
		if [ -n "$$unformatted" ]; then printf 'not formatted, run make fmt:\n%s\n' "$$unformatted" >&2; exit 1; fi
	go vet -tags integration ./...
	go test $(TESTFLAGS) ./internal/archtest
	$(GOLANGCI) run ./...

$(GOLANGCI):
	GOBIN=$(CURDIR)/$(@D) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)

fmt: ## format the Go files
	gofmt -s -w .

bench: build ## benchmarks: BENCH=a pattern of names; DATA=a folder with loghub and logqa adds every figure of retrieval
	$(if $(DATA),bin/pipewright bench retrieval --data $(DATA))
	go test -run '^$$' -bench '$(BENCH)' -benchmem $(TESTFLAGS) ./...

# The fuzzer takes one target of one package at a time.
fuzz: ## every fuzz target for FUZZTIME (10s)
	@grep -rl --include='*_test.go' '^func Fuzz' . | sort | while read -r file; do \
		sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' "$$file" | while read -r target; do \
			echo "$$(dirname "$$file") $$target"; \
			go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 50x "$$(dirname "$$file")" </dev/null || exit 1; \
		done || exit 1; \
	done

kill-test: kill-test-slack ## kill the loop at KILLS (200) random moments of SEED (1): nothing lost, nothing done twice
	go test ./internal/killtest -run '^TestKill(Amid.*)?$$' -count=1 -timeout 1h -v $(TESTFLAGS) -kills $(KILLS) -seed $(SEED)

kill-test-slack: ## kill it eight times while 1,000 things happen in Slack, each twice: nothing lost, nothing said or done twice
	go test ./internal/killtest -run '^TestKillInSlack$$' -count=1 -timeout 10m -v $(TESTFLAGS) -slack-things 1000 -slack-kills 8 -seed $(SEED)

# A lab that is up already is used and left up; one that this starts is stopped again.
test-integration: build ## the tests against real systems, and the lab's breakages end to end; starts the lab
	@set -e; stop=''; \
	lab=deploy/lab/lab; \
	running() { $$lab status 2>/dev/null | grep -q "^$$1 *up"; }; \
	running api-server || stop="$$stop down"; \
	running aws || stop="aws-down $$stop"; \
	trap 'for what in $$stop; do $$lab $$what || true; done' EXIT; \
	trap 'exit 130' INT TERM; \
	$$lab up; \
	$$lab aws-up; \
	emulate=$$(deploy/lab/emulate); \
	packages=$$(grep -rl --include='*_test.go' '^//go:build integration' . | xargs -n1 dirname | sort -u); \
	PIPEWRIGHT_EMULATE=$$emulate PIPEWRIGHT_REQUIRE_LAB=1 PIPEWRIGHT_LAB_ENV=$${LAB_DIR:-$(CURDIR)/.lab}/env go test -tags integration -p 1 -count=1 -timeout 30m $(TESTFLAGS) $$packages; \
	PIPEWRIGHT_REQUIRE_LAB=1 PIPEWRIGHT_LAB_ENV=$${LAB_DIR:-$(CURDIR)/.lab}/env go test -tags integration -count=1 -timeout 15m $(TESTFLAGS) -run '^TestKillOnPostgres$$' ./internal/killtest

clean: ## remove what was built, not the lab's data
	rm -rf bin

include deploy/lab/lab.mk
