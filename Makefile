# Every task of the project. A fresh machine needs Python 3.11 and nothing else: the targets do their own set-up.
# `make help` lists them.

.DEFAULT_GOAL := help
.PHONY: help setup scheduler demo test lint test-fast test-slow corpus bench soak fuzz docs screenshots lock clean
.DELETE_ON_ERROR:

# The first Python that really runs and is new enough (a pyenv shim may be there and refuse).
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
PACKAGES := .venv/.packages
NPM := $(shell npm --version >/dev/null 2>&1 && node --version >/dev/null 2>&1 && echo npm)
SAMPLE := samples/scheduler
PYTEST := $(BIN)/pytest -rs

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */\1\t/' | expand -t 14

## set-up ----------------------------------------------------------------------------------------------------------

setup: $(PACKAGES)  ## the virtual environment .venv with the locked packages

$(PACKAGES): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "logview needs Python 3.11 or newer; none was found" >&2; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

scheduler: $(if $(NPM),$(SAMPLE)/dist/main.js)  ## the sample scheduler, built; nothing where Node.js is missing
	@test -n "$(NPM)" || echo "Node.js with npm is missing: the scheduler's recording is replayed instead"

$(SAMPLE)/node_modules/.packages: $(SAMPLE)/package-lock.json
	cd $(SAMPLE) && npm ci --silent --no-audit --no-fund
	@touch $@

$(SAMPLE)/dist/main.js: $(SAMPLE)/node_modules/.packages $(SAMPLE)/tsconfig.json $(wildcard $(SAMPLE)/src/*.ts $(SAMPLE)/src/*/*.ts)
	cd $(SAMPLE) && npm run --silent build
	@touch $@

## the two commands ------------------------------------------------------------------------------------------------

demo: setup scheduler  ## two live services on one timeline
	$(BIN)/logview demo

test: lint test-fast test-slow  ## everything: linters, types, import arrows, all tests

lint: setup  ## ruff, mypy --strict, import arrows
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy tests/perf/corpus.py tests/perf/bench.py tests/perf/bench_screen.py tests/perf/bench_targets.py
	cd samples && ../$(BIN)/mypy --strict run.py optimizer
	$(BIN)/lint-imports

test-fast: setup scheduler  ## tests that take under a second each
	$(PYTEST) -m 'not slow' -n 2 --dist loadfile

# One at a time: they measure, or drive real terminals and services.
test-slow: setup scheduler  ## the others
	$(PYTEST) -m slow

## measuring -------------------------------------------------------------------------------------------------------

corpus: setup  ## recorded real output multiplied into var/corpus: 1 M records a format; CORPUS=large adds 10 M of pino and of Python text
	$(BIN)/python tests/perf/corpus.py --size $(or $(CORPUS),medium)

bench: corpus  ## speed beside wc, rg and the peers that are installed; BENCH=large on 10 M records
	$(BIN)/python tests/perf/bench.py $(if $(filter large,$(BENCH)),--large) --write docs/benchmarks.md
	$(BIN)/python tests/perf/bench_decode.py

soak: setup  ## following under rotation and faults, with tail -F as control: about 10 minutes; SOAK="--mix-seconds 3600"
	$(BIN)/python tests/soak/soak.py --lines 1000 $(SOAK)

fuzz: setup  ## property tests with many more examples; the decoder by coverage where atheris is installed
	HYPOTHESIS_PROFILE=fuzz $(PYTEST) -n 2 -m hypothesis
	@if $(BIN)/python -c 'import atheris' 2>/dev/null; then \
		mkdir -p var/fuzz && $(BIN)/python tests/fuzz/fuzz_decoder.py -max_total_time=120 \
		-artifact_prefix=var/fuzz/ var/fuzz; \
	else echo "the decoder is not fuzzed by coverage: $(BIN)/python -m pip install atheris"; fi

## generated files -------------------------------------------------------------------------------------------------

docs: setup  ## pages that are generated from the code
	$(BIN)/python -m docs.generate

screenshots: setup scheduler  ## docs/screenshots from the running app
	$(BIN)/python docs/screenshots.py

lock: setup  ## new exact versions: requirements.lock and the sample's package-lock.json
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	printf 'setuptools>=77\n' | $(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --all-extras \
		--python-version 3.11 --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
		pyproject.toml - --output-file requirements.lock
	$(if $(NPM),cd $(SAMPLE) && npm update --silent --package-lock-only --no-audit --no-fund && npm run --silent lock:clean)

clean:  ## remove what the targets made
	rm -rf .venv var build dist ./*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf $(SAMPLE)/node_modules $(SAMPLE)/dist
