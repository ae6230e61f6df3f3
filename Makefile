# Needs Python 3.11 or newer and make, nothing else. `make help` lists what there is.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
BIN := .venv/bin
RUN := .venv/.run
DEV := .venv/.dev
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet
LOCK := build/lock/bin/uv pip compile --quiet pyproject.toml --universal --python-version 3.11 \
	--generate-hashes --no-header --no-annotate --group build
WORKERS ?= 2
.DEFAULT_GOAL := help
.PHONY: help demo run sandbox test check lint types imports texts fmt lock bench chromium clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | column -t -s '|'

demo: $(RUN) ## serve the demo company at http://localhost:3000 (PORT=, HOST=)
	@exec $(BIN)/marge demo

run: $(RUN) ## serve the own database (MARGE_DATABASE_URL, by default var/marge.sqlite)
	@exec $(BIN)/marge run

sandbox: $(RUN) ## serve an imitation of Zoho Books, Invoice and Projects (PORT=8200)
	@exec $(BIN)/marge sandbox --port $${PORT:-8200}

test: $(DEV) chromium ## run all tests (WORKERS=2; ARGS="tests/domain -k money")
	@$(BIN)/marge build
	$(BIN)/pytest -n $(WORKERS) --dist loadfile $(ARGS)

check: lint types imports texts ## run the static checks

lint: $(DEV) ## ruff: rules and format
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(DEV) ## pyright
	$(BIN)/pyright

imports: $(DEV) ## the arrows between the rooms
	$(BIN)/lint-imports

texts: $(DEV) ## the catalogue: complete, and no key missing or unused
	$(BIN)/python -m finance_app.i18n.check

fmt: $(DEV) ## format the code
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

bench: $(DEV) ## run the benchmarks
	@for file in benchmarks/bench_*.py; do echo "$$file"; $(BIN)/python "$$file" || exit 1; done

lock: build/lock/bin/uv ## resolve the dependencies anew (ARGS=--upgrade)
	$(LOCK) --output-file requirements.lock $(ARGS)
	$(LOCK) --group dev --constraints requirements.lock --output-file requirements-dev.lock $(ARGS)

clean: ## remove everything that is made anew; the databases in var/ stay
	rm -rf .venv .web .states build assets/catalogue.js assets/external var/log
	rm -rf .pytest_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info

chromium:
	@.ci/chromium

$(BIN)/python:
	@test -n "$(PYTHON)" && "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Marge needs Python 3.11 or newer; none was found. Name it: make demo PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -m venv .venv || { rm -rf .venv; \
		echo "Python could not make an environment. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }

$(RUN): requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing what Marge depends on, into .venv ..."
	@$(PIP) install --no-deps --require-hashes --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): requirements-dev.lock $(RUN)
	@$(PIP) install --no-deps --require-hashes --requirement requirements-dev.lock
	@touch $@

build/lock/bin/uv:
	@"$(PYTHON)" -m venv build/lock
	@build/lock/bin/python -m pip --quiet install uv
