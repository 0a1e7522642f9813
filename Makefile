# make chat    environment, install, sample index, chat page
# make test    environment, install, every test
# make check   all that CI checks: lint, types, import contracts, tests, no measure behind its baseline
# make eval    retrieval and quotes measured on the sample questions; `make report` shows it question by question
# make eval-gate    the same, and fail where a measure fell behind eval/baseline.json; `make baseline` replaces that

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
PORT ?= 7860

.PHONY: chat test check lint eval eval-gate baseline report clean

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "askdocs needs Python 3.11 or newer; name one with: make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

# torch goes first and by itself: later installs are then content with it and fetch no other build.
.venv/.torch: .venv/bin/python constraints.txt
	$(PIP) torch
	touch $@

.venv/.installed: .venv/.torch pyproject.toml constraints.txt
	$(PIP) --editable .
	touch $@

.venv/.installed-dev: .venv/.torch pyproject.toml constraints.txt
	$(PIP) --editable '.[dev]'
	touch $@ .venv/.installed

# An index that is already there is used: `.venv/bin/askdocs index PATH...` makes one of your own articles. One that lost
# its CURRENT is not built over: the page says how to get it back.
chat: .venv/.installed
	test -e index/CURRENT || ls -d index/generations/*-* >/dev/null 2>&1 || $(BIN)/askdocs index --sample
	$(BIN)/askdocs chat --port $(PORT)

test: .venv/.installed-dev
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

lint: .venv/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test eval-gate

eval: .venv/.installed
	mkdir -p eval/runs
	$(BIN)/askdocs eval eval/sample --save eval/runs/sample.json --fail-under verbatim=1

eval-gate: eval
	$(BIN)/askdocs compare eval/baseline.json eval/runs/sample.json --gate

baseline: .venv/.installed
	$(BIN)/askdocs eval eval/sample --save eval/baseline.json --no-texts --fail-under verbatim=1

report: eval
	$(BIN)/askdocs report eval/baseline.json eval/runs/sample.json --out eval/runs/report.html

clean:
	rm -rf .venv
