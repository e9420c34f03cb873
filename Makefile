# holdfast. `make` alone says what there is.
SHELL := /bin/bash
GO ?= go
BIN := bin
SCENARIO ?= node-kill
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LONG := Stateless|Volatile|Inside|Sites|Patroni|Disk|DatabaseLoss|SlowDatabase|NoOp
LINT := $(BIN)/golangci-lint
ENGINE := fixtures/docker/engine.sh

.DEFAULT_GOAL := help
.PHONY: help build run demo test test-unit test-twin selftest test-truth test-containers test-long bench bench-unit lint fmt clean engine

help: ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

build: ## bin/holdfast
	CGO_ENABLED=0 $(GO) build -ldflags '-X main.version=$(VERSION)' -o $(BIN)/holdfast ./cmd/holdfast

engine: ## make sure a Docker engine answers (installs one on Debian/Ubuntu as root)
	@$(ENGINE)

run: build engine ## bring a Keycloak HA stack up, run SCENARIO (node-kill), print the verdict
	$(BIN)/holdfast run $(SCENARIO)

demo: build ## the same in seconds on the in-process twin, without containers
	$(BIN)/holdfast run $(SCENARIO) --on sim --time-scale 12

test: lint test-unit test-twin selftest test-truth test-containers ## every test but those of test-long

test-unit: ## unit tests with the race detector
	$(GO) test -race -timeout 15m ./...

test-twin: ## every built-in scenario and every kind of fault on the in-process twin
	$(GO) test -count 1 -timeout 15m -v -run 'TestEveryScenarioOnTheTwin|TestShrinkOnTheTwin|TestEveryKindWorksOnTheTwin' ./cmd/holdfast ./chaos

selftest: build ## does holdfast find the known defects? (3 seeds; README's table is of 20)
	$(BIN)/holdfast selftest --seeds 3

test-truth: ## what holdfast measures against what truly happened
	$(GO) test -count 1 -timeout 15m -run TestTruth ./scenarios/selftest

test-containers: engine ## the scenarios that matter most, on real containers
	$(GO) test -tags containers -timeout 45m -p 1 -count 1 -v -run TestContainers -skip '$(LONG)' ./fixtures/docker ./cmd/holdfast

test-long: engine ## every test on real containers: all session stores, Patroni, sites, full disks, every scenario (2 h)
	$(GO) test -tags containers -timeout 4h -p 1 -count 1 -v -run 'TestContainers|TestLong' ./fixtures/docker ./chaos ./cmd/holdfast

$(BIN)/vegeta: .ci/bench/go.mod .ci/bench/go.sum
	$(GO) build -C .ci/bench -o ../../$@ github.com/tsenart/vegeta/v12

$(BIN)/k6: .ci/bench/go.mod .ci/bench/go.sum
	$(GO) build -C .ci/bench -o ../../$@ go.k6.io/k6

bench: $(BIN)/vegeta $(BIN)/k6 ## compare the load engine with vegeta and k6: docs/performance.md (4 min, on a quiet machine)
	$(GO) build -o $(BIN)/loadbench ./cmd/loadbench
	$(BIN)/loadbench compare -version '$(VERSION)'

bench-unit: ## benchmarks of the load engine's parts
	$(GO) test -run '^$$' -bench . -benchmem ./load/...

$(LINT): .ci/tools/go.mod .ci/tools/go.sum
	$(GO) build -C .ci/tools -o ../../$(LINT) github.com/golangci/golangci-lint/v2/cmd/golangci-lint

lint: $(LINT) ## golangci-lint and go vet, with and without the containers tag
	$(LINT) run --build-tags containers ./...

fmt: ## gofmt everything
	gofmt -w $$(git ls-files '*.go')

clean: ## undo and remove what earlier runs left; remove what was built
	@if [ -x $(BIN)/holdfast ] && docker info >/dev/null 2>&1; then $(BIN)/holdfast clean; fi
	rm -rf $(BIN)
