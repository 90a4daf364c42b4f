# make check is what to run before a commit; .ci/run does more.
.PHONY: check test race bench bench-quick soak golden fuzz

STATICCHECK = go run honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOFUMPT     = go run mvdan.cc/gofumpt@v0.12.0
FUZZTIME   ?= 10s

check: test
	go vet ./...
	$(STATICCHECK) ./...
	@out="$$($(GOFUMPT) -l .)"; test -z "$$out" || { echo "not formatted (gofumpt -w):"; echo "$$out"; exit 1; }

test:
	go test ./...

race:
	go test -race ./...

# Ratios against peers, taken in turn in one run. Never part of the tests.
bench:
	cd bench && go run .

bench-quick:
	cd bench && go run . -quick

# 10,000 connections at once, a flood of SYNs and scans by nmap (if it is there) against a host behind a TUN: a minute. Root is not needed.
soak:
	cd bench && go run . soak

# Renew the golden files, then review the diff like code.
golden:
	go test ./... -run Golden -update

# Every fuzz target, FUZZTIME each.
fuzz:
	@FUZZTIME=$(FUZZTIME) .ci/fuzz
