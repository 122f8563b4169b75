# Newsfold: `make demo` shows it, `make test` proves it. Everything lives in .venv.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
SHELL  := /bin/bash

.PHONY: help demo test lint pytest storm serve proto readme constraints clean train
.PHONY: bench bench-model bench-coverage bench-evidence bench-engine
.DEFAULT_GOAL := help

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | column -t -s "$$(printf '\t')"

$(STAMP): pyproject.toml constraints.txt
	@echo "newsfold: installing into $(VENV) (a few minutes the first time)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --disable-pip-version-check --progress-bar on -c constraints.txt -e '.[dev]'
	@touch $@

demo: $(STAMP)  ## start a server, send it the demo articles, print the stories
	$(BIN)/newsfold demo

test: lint pytest  ## everything that must pass

lint: $(STAMP)  ## ruff, mypy, import-linter, buf, hadolint, stub freshness
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PATH=$(BIN):$$PATH lint-imports
	$(BIN)/buf lint
	$(BIN)/hadolint deploy/docker/Dockerfile
	scripts/check-stubs

pytest: $(STAMP)  ## the tests
	$(BIN)/pytest -rs

storm: $(STAMP)  ## a minute of callers at twice capacity, a third of whom leave; prints what became of them
	$(BIN)/python -m pytest -s tests/rpc/test_storm.py

serve: $(STAMP)  ## run the server in the foreground
	$(BIN)/newsfold serve --log-format console

proto: $(STAMP)  ## regenerate the stubs from protos/
	scripts/generate-stubs service

readme: $(STAMP)  ## rewrite the generated tables of README.md
	$(BIN)/python scripts/readme-tables

constraints:  ## resolve pyproject.toml into constraints.txt
	PYTHON=$(PYTHON) scripts/resolve-constraints

bench: $(STAMP)  ## quality against the lead on the news corpora, and the server under load
	$(BIN)/python -m benchmarks.summaries
	$(BIN)/python -m benchmarks.service

bench-model: $(STAMP)  ## the rewriter on the dev rows of TRAIN/rows, against its goals
	$(BIN)/python -m benchmarks.model --rows $(TRAIN)/rows

bench-coverage: $(STAMP)  ## stories, selection and cleaning beside their peers
	$(BIN)/pip install --disable-pip-version-check -q -c constraints.txt -e '.[dev,bench]'
	$(BIN)/python -m benchmarks.coverage

bench-engine: $(STAMP)  ## the engine beside generate and CTranslate2, servers under load, a request's time by stage
	$(BIN)/pip install --disable-pip-version-check -q -c constraints.txt -e '.[dev,bench]'
	$(BIN)/python -m benchmarks.engine --rows $(TRAIN)/rows --device $(DEVICE)

bench-evidence: $(STAMP)  ## the checks of written sentences against edited news and paraphrases
	$(BIN)/python -m benchmarks.evidence

DATA  ?= ../shared/data
TRAIN ?= ../newsfold-train
STEPS ?= 1000
DECAY ?= 1000
DEVICE ?= cpu

train: $(STAMP)  ## a new rewriter from the corpora in DATA into TRAIN/export; resumes after a kill
	test -d $(TRAIN)/rows || $(BIN)/python -m training.mine --data $(DATA) --out $(TRAIN)/rows
	$(BIN)/python -m training.train --rows $(TRAIN)/rows --out $(TRAIN)/run --max-steps $(STEPS)
	$(BIN)/python -m training.train --rows $(TRAIN)/rows --from $(TRAIN)/run --decay-steps $(DECAY) --out $(TRAIN)/final
	$(BIN)/python -m training.export --run $(TRAIN)/final --rows $(TRAIN)/rows --out $(TRAIN)/export

clean:  ## remove what the other targets made
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . \( -name __pycache__ -o -name '*.egg-info' \) -prune -exec rm -rf {} +
