# Everything a reader or a contributor does, as one word. Each verb sets up .venv first when that is
# needed.

PYTHON ?= python3.11 python3
RAW    ?= ../shared/datasets
VENV   ?= .venv

# Some machines forbid Python to keep its compiled files. Each start would then compile all
# libraries anew, which makes a run 2.6 times slower.
export PYTHONDONTWRITEBYTECODE :=
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Modules from another project must not shadow the locked ones.
unexport PYTHONPATH PYTHONHOME

# What a change breaks most often, in files that take a few seconds each, with the examples of the
# package: the registers, the estimators, the rules for notebooks, imports and references. Files that
# simulate many worlds are left to `make test`.
QUICK := registers published claims tiers contrast ranks equivalence economics power moderators \
  pooling notebooks layers references

# A file's tests share what they make, so they stay together; tests/conftest.py orders the files.
PARALLEL := -n auto --dist loadfile --no-loadscope-reorder

UV := 0.13.9
READY := $(VENV)/.ready
ENGINES := .cache/engines
# A virtual environment knows its own folder and its interpreter: if either has moved, it is made
# anew.
ifneq ($(shell test -x '$(VENV)/bin/python' && cat '$(VENV)/.packages' 2>/dev/null),$(CURDIR))
MOVED := moved
endif

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help reports edition quick test test-engines lab cells coverage lock check audit set-up \
  clean moved

help:  ## print these lines
	@echo 'make VERB, where VERB is one of'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-13s%s\n", $$1, $$2 }' Makefile

reports: $(READY)  ## run every notebook and publish reports/latest
	@'$(VENV)/bin/micro-macro' report

edition: $(READY)  ## freeze reports/NAME, e.g. NAME=2026-11
	@'$(VENV)/bin/micro-macro' edition '$(NAME)'

quick: $(READY)  ## look at style and run the fast tests, in under a minute
	@'$(VENV)/bin/ruff' check --quiet . && '$(VENV)/bin/ruff' format --check --quiet .
	@'$(VENV)/bin/python' -m pytest -q $(PARALLEL) $(QUICK:%=tests/test_%.py) analysis

test: $(READY)  ## run all tests, or some of them: TESTS='tests/test_cli.py tests/test_run.py'
	@'$(VENV)/bin/python' -m pytest $(PARALLEL) $(TESTS)

test-engines: $(READY) $(ENGINES)/.ready  ## run the tests on Spark, Ibis and Dask
	@PYTHONPATH='$(CURDIR)/$(ENGINES)' '$(VENV)/bin/python' -m pytest tests/test_engines.py

lab: $(READY)  ## open the notebooks in JupyterLab (LAB_ARGS=--no-browser and the like)
	@'$(VENV)/bin/jupyter' lab --ServerApp.root_dir='$(CURDIR)' \
	  --LabApp.app_settings_dir='$(CURDIR)/notebooks/.jupyter' \
	  --LabApp.default_url=/lab/tree/notebooks/README.md $(LAB_ARGS)

cells: $(READY)  ## make all cells from RAW=folder; of one source, from its files: KEY=key
	@'$(VENV)/bin/micro-macro' cells $(if $(KEY),'$(KEY)' --from '$(RAW)','$(RAW)')

coverage: $(READY)  ## fill in benchmarks/coverage.csv and its tables (20 minutes)
	@'$(VENV)/bin/python' -m benchmarks.coverage

check:  ## all that must hold before a change is taken: .ci/run
	@.ci/run

audit: $(READY)  ## look the locked packages up among known vulnerabilities
	@'$(VENV)/bin/python' .ci/audit.py

RESOLVE := .cache/uv/bin/uv pip compile pyproject.toml --group dev --quiet --universal \
  --python-version 3.11 --fork-strategy fewest --generate-hashes --no-emit-index-url --no-header \
  --no-annotate
lock:  ## resolve the dependencies again (UPGRADE=--upgrade: to the newest)
	@rm -rf .cache/uv
	@$(interpreter); "$$python" -m venv .cache/uv
	@.cache/uv/bin/pip install -qq uv==$(UV)
	@$(RESOLVE) $(UPGRADE) -o requirements.lock
	@.cache/uv/bin/python .ci/environment.py
	@$(RESOLVE) $(UPGRADE) --all-extras --constraints requirements.lock \
	  $$(sed -n 's/^\([A-Za-z0-9._-]*\)==.*/--no-emit-package \1/p' requirements.lock) \
	  -o requirements-engines.lock
	@rm -rf .cache/uv
	@echo 'The locks and environment.yml are written; the next verb sets up .venv from them.'

set-up: $(READY)  ## make .venv only
	@echo '$(VENV) is ready.'

clean:  ## remove what can be made again; what was read from your own files stays
	rm -rf .venv build *.egg-info reports/latest
	find .cache -mindepth 1 -maxdepth 1 ! -name own -exec rm -rf {} + 2>/dev/null || true
	find analysis tests benchmarks .ci -name __pycache__ -type d -prune -exec rm -rf {} + \
	  2>/dev/null || true

# The first of PYTHON that is new enough and can make virtual environments. Each is run, not looked
# up: a name on PATH may be a stand-in for a version that is not installed.
define interpreter
python=; for candidate in $(PYTHON); do \
  if "$$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' \
    2>/dev/null; then python=$$candidate; break; fi; done; \
if [ -z "$$python" ]; then \
  echo 'Python 3.11 or newer with its venv module is needed, and none of these is:' \
    '$(PYTHON). Name another with make PYTHON=name.' >&2; \
  exit 1; fi
endef

# uv is used where it is at hand: it installs the same lock, with the same hashes, several times
# faster. Whatever it cannot do (it does not read pip's settings of a mirror), pip then does.
# The lock is complete, so pip need not resolve it again (15 s), only confirm it; and all cores
# compile faster than pip does (another 15 s). A file that does not compile is one for another
# version of Python, which nobody imports here.
# -qq: a mirror set up on this machine may lack most packages, and pip would warn of each. Errors
# are still shown.
# The stamps come last, so a set-up that was stopped half-way is never taken for a finished one.
LOCKED := --no-deps --require-hashes -r requirements.lock
$(VENV)/.packages: requirements.lock $(MOVED)
	@$(interpreter); \
	echo "Setting up $(VENV) with $$("$$python" -V), once, in about two minutes:" \
	  "$$(grep -c == requirements.lock) packages."; \
	rm -rf '$(VENV)' && "$$python" -m venv '$(VENV)'
	@{ uv pip install --quiet --python '$(VENV)/bin/python' $(LOCKED) >/dev/null 2>&1 \
	  || '$(VENV)/bin/python' -m pip install -qq --no-compile $(LOCKED); } \
	  && '$(VENV)/bin/python' -m pip check --quiet \
	  || { echo 'The packages in requirements.lock could not be installed; the lines above say why.' \
	    'To try again, repeat the command.' >&2; exit 1; }
	@'$(VENV)/bin/python' -m compileall -qq -j 0 '$(VENV)/lib' || true
	@printf '%s' '$(CURDIR)' > '$@'

# What the extras add to the lock lies beside .venv, so that nobody else has to wait for it, and no
# report can depend on it.
$(ENGINES)/.ready: requirements-engines.lock $(READY)
	@echo "Setting up $(ENGINES) from requirements-engines.lock, once, in about two minutes."
	@rm -rf '$(ENGINES)'
	@'$(VENV)/bin/python' -m pip install -qq --no-deps --no-build-isolation --require-hashes \
	  --target '$(ENGINES)' -r requirements-engines.lock
	@touch '$@'

$(READY): $(VENV)/.packages pyproject.toml
	@'$(VENV)/bin/python' -m pip install -qq --no-deps --no-build-isolation -e .
	@touch '$@'
