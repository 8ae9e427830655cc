# boundcalc: everything a fresh machine needs is Python >= 3.11, git and make.

# The interpreter that creates the environment: the first suitable one found.
# Override with `make PYTHON=/path/to/python3 ...`.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { command -v $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo test test-all bench vouch lint format clean

help:  ## Show this list.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20

$(READY): pyproject.toml
	@if [ -z "$(PYTHON)" ]; then \
		echo "make: no Python >= 3.11 with venv found; install one or give PYTHON=/path/to/python3" >&2; \
		exit 2; fi
	"$(PYTHON)" -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	@touch $@

demo: $(READY)  ## Step size, proof and simulation of momentum under a biased gradient.
	@echo "== boundcalc: from constants to a step size, a proof and a simulation =="
	@echo
	@echo "-- The step sizes that momentum admits under the Polyak-Lojasiewicz condition"
	$(BIN)/boundcalc stepsize --theorem sgdm-pl
	@echo
	@echo "-- Every proof of the catalogue, re-checked in exact arithmetic"
	$(BIN)/boundcalc prove --all
	@echo
	@echo "-- The bound against the running algorithm"
	@mkdir -p build
	$(BIN)/boundcalc verify --theorem sgdm-pl --plot build/sgdm-pl.png
	@echo
	@echo "The plot is in build/sgdm-pl.png"

test: $(READY)  ## The test suite, without what is marked slow.
	$(BIN)/python -m pytest -n $(JOBS)

test-all: $(READY)  ## The test suite, slow tests included.
	$(BIN)/python -m pytest -n $(JOBS) -m "slow or not slow"

bench: $(READY)  ## Timings against their targets, in one run.
	$(BIN)/python -m pip install --quiet --editable ".[bench]"
	$(BIN)/python -m benchmarks

vouch: $(READY)  ## Prove the whole catalogue, and write down with which sources.
	$(BIN)/python -m boundcalc.proofs.vouching

lint: $(READY)  ## Style, types and the direction of imports.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)  ## Rewrite the sources in the project's style.
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:  ## Remove the environment and everything built.
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
