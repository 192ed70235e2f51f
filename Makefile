# p2psync's front door: every target installs what it needs. `make` lists them.
# Install scripts of dependencies are never run: native addons come as packages built beforehand.

SHELL := bash
.DEFAULT_GOAL := help
.PHONY: help install build demo test check format unit e2e soak soak-lies bench bench-delta bench-reuse bench-scale pictures clean

INSTALLED := node_modules/.package-lock.json

help: ## list the targets
	@sed -nE 's/^([a-z0-9-]+):.*## (.*)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

install: $(INSTALLED) ## install the dependencies if they are missing or older than the lock file

$(INSTALLED): package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

build: install ## build dist/: the program, the library and its types
	@node scripts/build.mjs

demo: install ## three folders and two listeners on this machine converge before your eyes
	@node scripts/build.mjs kernel bundle
	@node scripts/demo.mjs

test: install ## build, check and run the whole suite; ends with "N passed, N failed"
	@node scripts/test.mjs

check: build ## types, style, import direction, unused code, package and documents
	@node scripts/check.mjs

format: install ## format and apply safe fixes
	@npx biome check --write .

unit: install ## only the quick tests
	@npx vitest run --project unit

e2e: install ## only the tests that start the program as real processes
	@npx vitest run --project e2e

soak: install ## random edits, kills and restarts for a long time
	@npx vitest run --project soak

soak-lies: build ## only the soak of the random liar, its two tests in a process each: tells each minute how far they are
	@npx vitest run --project soak test/soak/lies.test.ts -t 'leave a listener serving' & first=$$!; \
	npx vitest run --project soak test/soak/lies.test.ts -t 'converged with the honest peer'; second=$$?; \
	wait $$first && exit $$second

bench: build ## the headline figures beside rsync and beside starting Node
	@node bench/headline.mjs

bench-delta: build ## wire bytes and time of many kinds of edits beside rsync
	@node bench/delta-table.mjs

bench-reuse: build ## new files made of what the receiver has under other names, beside rsync --fuzzy
	@node bench/reuse-table.mjs

bench-scale: build ## large trees and large files beside rsync and cp
	@node bench/scale.mjs

pictures: build ## make the pictures of the documents anew, from real runs (as root, for host names)
	@node scripts/terminal-picture.mjs
	@node scripts/report-picture.mjs

clean: ## remove what was built (not node_modules)
	rm -rf dist build coverage src/delta/kernel.generated.ts
