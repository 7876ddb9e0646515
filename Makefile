# Purser. `make run` is all it takes on a machine with Python 3.11 or newer.
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
# Where the interpreter for the virtual environment is looked for; `make PYTHON=…` names one.
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11 python; do \
	if "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	then command -v "$$name"; exit; fi; done)
# The installer's cache, home and index are the machine's business; its chatter is not.
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
export PIP_ROOT_USER_ACTION := ignore

# Options for `manage.py up`, as in `make run UP="--data-port 9090 --no-demo"`.
UP ?=
# Arguments for pytest, as in `make test TESTS="tests/unit -k price"`.
TESTS ?= -n 2
# What `make bench` compares, as in `make bench GATEWAYS=purser,nginx`, and its options.
GATEWAYS ?=
BENCH ?=
# How many cases `make fuzz` makes of each operation, beside those at the edges.
FUZZ_CASES ?= 50

# The validator of FOCUS files has an environment of its own: nothing of the product needs it.
FOCUS := .focus
FOCUS_TOOLKIT := focus-data-toolkit==0.14.1

LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-annotate --no-emit-index-url pyproject.toml

.PHONY: help run setup setup-dev test fuzz lint format bench bench-scale focus-check lock clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*  ## ' $(MAKEFILE_LIST) | sed -E 's/:.*  ## /\t/' | expand -t 12

run: setup  ## install what is locked, then run everything until Ctrl-C
	@exec $(BIN)/python manage.py up $(UP)

setup: $(VENV)/installed  ## .venv with the locked dependencies; instant when nothing changed

setup-dev: $(VENV)/installed-dev $(VENV)/chromium

test: setup-dev lint  ## set up, check, then the whole test suite
	$(BIN)/python -m pytest $(TESTS)

fuzz: setup-dev  ## thousands of cases against the live API, as each role; FUZZ_CASES=… of each operation
	PURSER_FUZZ_CASES=$(FUZZ_CASES) $(BIN)/python -m pytest -p no:xdist --show-capture=stdout -rP tests/integration/test_rest_fuzz.py

lint: setup-dev  ## format, style, types, import rules, migrations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --strict billing dataplane
	$(BIN)/mypy controlplane
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run

format: setup-dev  ## rewrite the code in the house style
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup  ## Purser beside other gateways on this machine; tests/bench/README.md
	$(BIN)/python -m tests.bench compare $(if $(GATEWAYS),--gateways $(GATEWAYS)) $(BENCH)

bench-scale: setup  ## what a call costs with a million keys, and reports and pages over many records
	@code=0; $(BIN)/python -m tests.bench scale $(BENCH) || code=1; \
	$(BIN)/python -m tests.bench reports || code=1; \
	$(BIN)/python -m tests.bench pages || code=1; exit $$code

focus-check: setup-dev $(FOCUS)/installed  ## the demo's FOCUS export, judged by a public validator
	$(BIN)/python -m tests.focus_file $(FOCUS)/charges.csv
	rm -rf $(FOCUS)/converted
	$(FOCUS)/bin/focus-toolkit convert --cost-and-usage $(FOCUS)/charges.csv --out $(FOCUS)/converted \
		--source-version 1.2 --source-dataset cost-and-usage

lock:  ## renew both lock files from pyproject.toml (needs uv)
	$(LOCK) --output-file requirements.lock > /dev/null
	$(LOCK) --group dev --output-file requirements-dev.lock > /dev/null

clean:  ## remove the virtual environments and all caches (not var)
	rm -rf $(VENV) $(FOCUS) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@if [ -z "$(PYTHON)" ] || ! "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then \
		echo "purser: Python 3.11 or newer is needed, and none was found." >&2; exit 1; fi
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/installed: requirements.lock | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	@touch $@

# Browser tests drive the system's Chromium; root installs it, and others get playwright's own.
$(VENV)/chromium: | $(VENV)/installed-dev
	@command -v chromium >/dev/null \
		|| { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -qqy --no-install-recommends chromium; } \
		|| $(BIN)/playwright install chromium
	@touch $@

$(FOCUS)/installed: | $(VENV)/bin/python
	@$(BIN)/python -m venv $(FOCUS)
	$(FOCUS)/bin/python -m pip install --quiet --no-deps $(FOCUS_TOOLKIT)
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements-dev.lock
	@touch $@ $(VENV)/installed
