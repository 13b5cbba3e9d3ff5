# Every target does its own set-up: the virtual environment is made once and again when pyproject.toml changes.
SHELL := /bin/bash
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed

.PHONY: demo test test-fast check coverage servers bench soak clean

demo: $(STAMP)  ## run the main job against the embedded agency
	$(PY) -m examples.demo

test: check servers  ## lint, types and every test, real servers included
	LINDORFF_REAL_SERVERS=1 $(PY) -m pytest -n 2 --durations=20

test-fast: $(STAMP)  ## the tests that need neither root nor network
	$(PY) -m pytest -n 2 -m "not real_server"

check: $(STAMP)  ## lint and types
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

coverage: $(STAMP) servers  ## which lines no test runs; it takes twice as long as the tests alone
	LINDORFF_REAL_SERVERS=1 $(PY) -m coverage run -m pytest -n 2
	$(PY) -m coverage combine -q
	$(PY) -m coverage report

bench: $(STAMP) servers  ## ratios against a peer, written to build/bench.json
	$(PY) -m bench

soak: $(STAMP) servers  ## files fuzzed, every 97th byte cut on every server, 300 workers killed; an hour or so
	$(PY) -m soak.fuzz
	$(PY) -m soak
	$(PY) -m soak.journal

servers:  ## the Debian packages of the servers the tests start
	.ci/install-servers

$(STAMP): pyproject.toml .ci/make-venv
	.ci/make-venv $(VENV)
	touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.*
