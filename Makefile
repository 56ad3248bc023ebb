# Everything anybody does with this repository. A second run of a target does only what changed.
#
#   make run     the service on http://127.0.0.1:8000 (HOST, PORT, DATABASE_URL)
#   make test    checks and all tests, in a real browser and on PostgreSQL too
#   make help    the rest

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
VENV_PEERS := .venv-peers
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check \
	--only-binary :all: --require-hashes
TEST_ARGS ?=
TEST_WORKERS ?= auto
PYTEST = $(BIN)/python -m pytest -n $(TEST_WORKERS) --dist worksteal
# what reads and writes rows runs a second time on PostgreSQL
ON_POSTGRESQL := tests/api tests/catalogue tests/cli tests/editing tests/pages/test_import.py \
	tests/pages/test_report.py tests/pages/test_share.py
BENCH_ARGS ?=

.PHONY: help setup run test soak check format bench bench-accuracy openapi messages screenshots lock \
	sbom clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.runtime static/vendor/plotly.css ## what running needs
run: setup ## the service
	@$(BIN)/rigwise serve

test: check static/vendor/plotly.css ## checks, then all tests (TEST_ARGS for pytest)
	@scripts/system-packages chromium fonts-liberation postgresql default-jre-headless
	$(PYTEST) $(TEST_ARGS)
	$(PYTEST) --database postgresql $(ON_POSTGRESQL) --ignore tests/api/test_contract.py

soak: $(VENV)/.dev ## the tests of endurance in full, an hour or so; prints one table
	@scripts/system-packages postgresql
	@$(BIN)/python -m scripts.soak

check: $(VENV)/.dev ## formatting, lint, types, imports between rooms
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --strict app
	$(BIN)/lint-imports --no-logo

format: $(VENV)/.dev ## put the code in shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup $(VENV)/.dev $(VENV_PEERS)/.made ## speed of answers, of starting, of the pages, of the advisor
	@$(BIN)/python scripts/bench.py
	@$(BIN)/python -m scripts.bench_pages
	@$(BIN)/python -m scripts.bench_load
	@$(BIN)/python -m scripts.bench_advisor

bench-accuracy: $(VENV)/.dev $(VENV_PEERS)/.made ## errors on measured runs, beside other estimators
	@$(BIN)/python -m scripts.bench_accuracy $(BENCH_ARGS)

openapi: $(VENV)/.runtime ## rewrite openapi.json
	$(BIN)/rigwise openapi > openapi.json.new
	mv openapi.json.new openapi.json

messages: $(VENV)/.dev ## bring app/language/*.po up to date with templates and code
	@$(BIN)/python -m scripts.messages

screenshots: setup $(VENV)/.dev ## rewrite docs/screenshots
	@scripts/system-packages chromium fonts-liberation
	$(BIN)/python scripts/screenshots.py

lock: $(VENV)/.dev ## rewrite the lock files from pyproject.toml and package.json
	scripts/lock

sbom: $(VENV)/.dev ## what the product is built from, as CycloneDX: sbom-python.json, sbom-browser.json
	$(BIN)/cyclonedx-py requirements requirements.lock --output-reproducible -o sbom-python.json
	@command -v npm > /dev/null || $(PIP_INSTALL) -r requirements-node.lock
	PATH="$(CURDIR)/$(BIN):$$PATH" npm sbom --sbom-format cyclonedx --omit dev \
		--package-lock-only > sbom-browser.json

clean: ## remove everything that setup made
	rm -rf $(VENV) $(VENV_PEERS) node_modules static/vendor

$(VENV)/.made: scripts/create-venv
	scripts/create-venv $(VENV)
	touch $@

$(VENV)/.runtime: $(VENV)/.made requirements.lock scripts/link-project
	$(PIP_INSTALL) -r requirements.lock
	scripts/link-project $(VENV)
	touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	$(PIP_INSTALL) -r requirements-dev.lock
	touch $@

$(VENV_PEERS)/.made: requirements-peers.lock scripts/create-venv-peers
	scripts/create-venv-peers $(VENV_PEERS)
	touch $@

# vendor.py writes plotly.css last, so it stands for all of static/vendor
static/vendor/plotly.css: package-lock.json scripts/vendor.py scripts/vendor.json | $(VENV)/.runtime
	@command -v npm > /dev/null || $(PIP_INSTALL) -r requirements-node.lock
	$(BIN)/python scripts/vendor.py
