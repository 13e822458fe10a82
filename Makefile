# The commands of this project; `make help` lists them.

PYTHON ?= python3
NAME ?= neural-networks
FULL ?=
PORT ?= 8888
BACKEND ?= jax
VERSIONS ?= oldest

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
KERAS_TESTS = $(shell grep -rlE "keras|models|training" tests --include="test_*.py" --exclude-dir=browser)
NOTEBOOKS := $(shell grep -l '"mlcourse": {' notebooks/*.ipynb)
PAGES := tests/test_architecture.py tests/test_docs.py tests/test_examples.py \
	tests/test_api_order.py tests/test_requirements.py tests/test_types.py \
	tests/faults/test_promises.py
QUICK := -m "not slow and not browser" $(PAGES:%=--ignore=%)
PARALLEL := -n auto --dist worksteal --durations=10
BY_FILE := -n auto --dist loadfile --durations=10 # what a file shares, such as a wheel, is made once
LENIENT := -W default
STRIP := --keep-count --extra-keys metadata.language_info

# A kernel has a folder of its own: a relative path would mean another place there.
ifdef MLCOURSE_DATA
export MLCOURSE_DATA := $(shell cd "$(MLCOURSE_DATA)" && pwd)
endif

.DEFAULT_GOAL := help
.PHONY: help setup lecture lab app site slides test test-all test-notebooks test-slow \
	test-backend test-browser test-versions check format \
	fuzz coverage sort-tests mutants bench scores gallery screenshots package \
	clean

help: ## list the commands
	@echo "make COMMAND, where COMMAND is one of:"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(INSTALLED) ## make .venv with all that the others need; they do it by themselves

$(INSTALLED): setup.cfg requirements.txt pyproject.toml $(PIP_CONSTRAINT)
	@echo "Setting up $(VENV): some minutes the first time, nothing after that."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -r requirements.txt
	@touch $@

lecture: $(INSTALLED) ## run a lecture and write its page: NAME=neural-networks, FULL=1 for the whole of it
	$(BIN)/mlcourse lecture $(NAME) $(if $(filter-out 0,$(FULL)),--full,--quick)

lab: $(INSTALLED) ## open the notebooks in JupyterLab, for this machine only, behind a token: PORT=8888
	$(BIN)/jupyter lab --ServerApp.ip=127.0.0.1 --port=$(PORT) --ServerApp.root_dir=notebooks \
		$(if $(filter 0,$(shell id -u)),--allow-root)

app: $(INSTALLED) ## serve a lecture or an interactive without its code: NAME=network_size, FULL=1
	$(BIN)/mlcourse app $(NAME) $(if $(filter-out 0,$(FULL)),--full,--quick)

site: $(INSTALLED) ## run all lectures and build the site: FULL=1, REPOSITORY=OWNER/NAME on GitHub
	$(BIN)/python -m pip install --quiet --editable '.[site]'
	$(BIN)/python docs/site/build.py $(if $(filter-out 0,$(FULL)),--full) \
		$(if $(REPOSITORY),--repository $(REPOSITORY))

slides: $(INSTALLED) ## write lectures as slides: NAME=neural-networks for one, FULL=1
	$(BIN)/mlcourse slides $(if $(filter command%,$(origin NAME)),$(NAME)) \
		$(if $(filter-out 0,$(FULL)),--full,--quick)

test: $(INSTALLED) ## run the quick tests, then the notebooks against their stored output
	$(BIN)/python -m pytest $(PARALLEL) $(QUICK)
	$(MAKE) test-notebooks

test-notebooks: $(INSTALLED) ## run notebooks with quick settings: NOTEBOOKS=notebooks/NAME.ipynb for one
	MLCOURSE_QUICK=1 MLCOURSE_OFFLINE=1 $(BIN)/python -m pytest $(BY_FILE) $(LENIENT) --nbval-lax $(NOTEBOOKS)

test-slow: $(INSTALLED) ## run the tests with processes, kernels and servers, and fuzz with 8 examples
	$(BIN)/python -m pytest $(BY_FILE) -m "slow and not browser"
	MLCOURSE_FUZZ=8 $(BIN)/python -m pytest $(PARALLEL) tests/fuzz

test-all: test test-slow test-browser ## run all tests, also in a browser and on JAX
	$(MAKE) test-backend BACKEND=jax KERAS_TESTS=tests/training/test_distribution.py

test-backend: $(INSTALLED) ## run what uses Keras, and the notebooks on the stand-in: BACKEND=jax or torch
	$(BIN)/python -m pip install --quiet --editable '.[$(BACKEND)]'
	KERAS_BACKEND=$(BACKEND) $(BIN)/python -m pytest $(BY_FILE) $(LENIENT) -m "not browser" $(KERAS_TESTS)
	KERAS_BACKEND=$(BACKEND) MLCOURSE_DATA=$(CURDIR)/build/no-data MLCOURSE_QUICK=1 MLCOURSE_OFFLINE=1 \
		$(BIN)/python -m pytest $(BY_FILE) $(LENIENT) --nbval-lax $(NOTEBOOKS)

test-versions: ## run test and test-slow with the oldest or newest versions we support: VERSIONS=oldest
	PIP_CONSTRAINT=$(CURDIR)/requirements/$(VERSIONS).txt $(MAKE) test test-slow VENV=build/$(VERSIONS)

test-browser: $(INSTALLED) ## run the tests that need Chromium
	$(BIN)/python -m pip install --quiet --editable '.[browser,site]'
	$(BIN)/python -m pytest $(LENIENT) -m browser tests/browser

fuzz: $(INSTALLED) ## try public functions with many more examples than test does: EXAMPLES=300
	MLCOURSE_FUZZ=$(or $(EXAMPLES),300) $(BIN)/python -m pytest -n auto tests/fuzz

coverage: $(INSTALLED) ## report uncovered lines: of the quick tests, below 93 % a failure, then of all, below 95 %
	$(BIN)/python -m pytest $(PARALLEL) $(QUICK) --cov --cov-fail-under=93
	$(BIN)/python -m pytest $(BY_FILE) -m "slow and not browser" --cov --cov-append

sort-tests: $(INSTALLED) ## choose which tests are quick enough for make test, and write tests/long_tests.txt
	: > tests/long_tests.txt
	$(BIN)/python -m pytest $(PARALLEL) $(QUICK) --junitxml=build/tests.xml --cov --cov-context=test --cov-report=
	$(BIN)/python -m tests.sort_tests build/tests.xml build/coverage/data

mutants: $(INSTALLED) ## change the core here and there, and see whether its tests notice: N=200
	$(BIN)/python mutants $(or $(N),200)

check: $(INSTALLED) ## look at format, lint, import contracts, types, pages, and notebooks for stray output
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --config setup.cfg
	$(BIN)/mypy
	$(BIN)/nbstripout --verify $(STRIP) $(NOTEBOOKS)
	$(BIN)/python -m pytest -q $(PAGES)

format: $(INSTALLED) ## put format and notebooks in order, as check wants them
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/nbstripout $(STRIP) $(NOTEBOOKS)

bench: $(INSTALLED) ## measure our ways beside plain ones, and write docs/benchmarks.md: NAME=drawing
	$(BIN)/python -m pip install --quiet --editable '.[browser]'
	$(BIN)/python -m benchmarks $(if $(filter command%,$(origin NAME)),$(NAME))

scores: $(INSTALLED) ## run whole lectures from three seeds, and write docs/scores.md: NAME for one
	$(BIN)/mlcourse scores $(if $(filter command%,$(origin NAME)),$(NAME)) --out docs
	$(BIN)/python -m benchmarks.readme

gallery: $(INSTALLED) ## draw docs/gallery.md and its pictures again
	$(BIN)/python docs/gallery.py

screenshots: $(INSTALLED) ## photograph what a browser shows, in docs/images; after make site
	$(BIN)/python -m pip install --quiet --editable '.[browser]'
	$(BIN)/python -m docs.screenshots

package: $(INSTALLED) ## build the sdist and the wheel, in build/package
	$(BIN)/python -m build --outdir build/package

clean: ## remove .venv and build
	rm -rf $(VENV) build
