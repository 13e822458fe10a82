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
NOTEBOOKS := $(shell ls -S $$(grep -l '"mlcourse": {' notebooks/*.ipynb)) # the longest first
PAGES := tests/test_architecture.py tests/test_docs.py tests/test_examples.py \
	tests/test_api_order.py tests/test_requirements.py tests/test_types.py \
	tests/faults/test_promises.py
QUICK := -m "not slow and not browser" $(PAGES:%=--ignore=%)
PARALLEL := -n auto --dist worksteal --durations=10
BY_FILE := -n auto --dist loadfile --durations=10 # fixtures of a file, such as a wheel, are built once
LENIENT := -W default
# There is a worker for each core; workers and kernels reuse the compiled code of modules.
ENVIRONMENT := OMP_NUM_THREADS=1 TF_NUM_INTRAOP_THREADS=1 PYTHONDONTWRITEBYTECODE=
STRIP := --keep-count --extra-keys metadata.language_info

# Kernels run in another folder: the path must be absolute.
ifdef MLCOURSE_DATA
DATA := $(shell cd "$(MLCOURSE_DATA)" 2> /dev/null && pwd)
ifeq ($(DATA),)
$(error MLCOURSE_DATA must name a folder that exists. Got "$(MLCOURSE_DATA)" instead)
endif
export MLCOURSE_DATA := $(DATA)
endif

.DEFAULT_GOAL := help
.PHONY: help setup lecture lab app site colab slides test test-all test-notebooks test-slow \
	test-backend test-browser test-versions check format \
	fuzz coverage sort-tests mutants bench diagnose-bench scores gallery screenshots package \
	clean

help: ## list the commands
	@echo "make COMMAND, where COMMAND is one of:"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(INSTALLED) ## create .venv with everything the other commands need; they call it

# Python compiles the modules that are used when they are used, which saves 300 MB.
$(INSTALLED): setup.cfg requirements.txt pyproject.toml $(PIP_CONSTRAINT)
	@echo "Setting up $(VENV): a few minutes the first time, none afterwards."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --no-compile -r requirements.txt
	@touch $@

lecture: $(INSTALLED) ## run a lecture and write its page: NAME=neural-networks, FULL=1 for a full run
	$(BIN)/mlcourse lecture $(NAME) $(if $(filter-out 0,$(FULL)),--full,--quick)

lab: $(INSTALLED) ## open the notebooks in JupyterLab, with quick settings, for this machine only: FULL=1, PORT=8888
	MLCOURSE_QUICK=$(if $(filter-out 0,$(FULL)),0,1) \
		$(BIN)/jupyter lab --ServerApp.ip=127.0.0.1 --port=$(PORT) --ServerApp.root_dir=notebooks \
		$(if $(filter 0,$(shell id -u)),--allow-root)

app: $(INSTALLED) ## serve a lecture or an interactive figure without its code: NAME=network_size, FULL=1
	$(BIN)/mlcourse app $(NAME) $(if $(filter-out 0,$(FULL)),--full,--quick)

site: $(INSTALLED) ## run all lectures and build the site: FULL=1, REPOSITORY=OWNER/NAME on GitHub
	$(BIN)/python -m pip install --quiet --editable '.[site]'
	$(BIN)/python docs/site/build.py $(if $(filter-out 0,$(FULL)),--full) \
		$(if $(REPOSITORY),--repository $(REPOSITORY))

colab: $(INSTALLED) ## add to each notebook a link to Colab and a cell that installs the package: REPOSITORY=OWNER/NAME
	$(BIN)/python docs/site/colab.py $(REPOSITORY)

slides: $(INSTALLED) ## write lectures as slides: NAME=neural-networks for one, FULL=1
	$(BIN)/mlcourse slides $(if $(filter command%,$(origin NAME)),$(NAME)) \
		$(if $(filter-out 0,$(FULL)),--full,--quick)

test: $(INSTALLED) ## run the quick tests, then the notebooks against their stored output
	$(ENVIRONMENT) $(BIN)/python -m pytest $(PARALLEL) $(QUICK)
	$(MAKE) test-notebooks

test-notebooks: $(INSTALLED) ## run notebooks with quick settings: NOTEBOOKS=notebooks/NAME.ipynb for one
	MLCOURSE_QUICK=1 MLCOURSE_OFFLINE=1 $(ENVIRONMENT) \
		$(BIN)/python -m pytest $(BY_FILE) $(LENIENT) --nbval-lax $(NOTEBOOKS)

test-slow: $(INSTALLED) ## run the tests with processes, kernels and servers, and fuzz with 8 examples
	$(BIN)/python -m pytest $(BY_FILE) -m "slow and not browser"
	MLCOURSE_FUZZ=8 $(BIN)/python -m pytest $(PARALLEL) tests/fuzz

test-all: test test-slow test-browser ## run all tests, also in a browser and on JAX
	$(MAKE) test-backend BACKEND=jax KERAS_TESTS=tests/training/test_distribution.py

test-backend: $(INSTALLED) ## run the tests that use Keras, and the notebooks on synthetic data: BACKEND=jax or torch
	$(BIN)/python -m pip install --quiet --editable '.[$(BACKEND)]'
	KERAS_BACKEND=$(BACKEND) $(BIN)/python -m pytest $(BY_FILE) $(LENIENT) -m "not browser" $(KERAS_TESTS)
	@mkdir -p build/no-data
	KERAS_BACKEND=$(BACKEND) MLCOURSE_DATA=$(CURDIR)/build/no-data MLCOURSE_QUICK=1 MLCOURSE_OFFLINE=1 \
		$(BIN)/python -m pytest $(BY_FILE) $(LENIENT) --nbval-lax $(NOTEBOOKS)

test-versions: ## run test and test-slow with the oldest or newest supported versions: VERSIONS=oldest
	PIP_CONSTRAINT=$(CURDIR)/requirements/$(VERSIONS).txt $(MAKE) test test-slow VENV=build/$(VERSIONS)

test-browser: $(INSTALLED) ## run the tests that need Chromium
	$(BIN)/python -m pip install --quiet --editable '.[browser,site]'
	$(BIN)/python -m pytest $(LENIENT) -m browser tests/browser

fuzz: $(INSTALLED) ## run the property tests with many examples: EXAMPLES=1000
	MLCOURSE_FUZZ=$(or $(EXAMPLES),1000) $(BIN)/python -m pytest -n auto tests/fuzz

coverage: $(INSTALLED) ## report uncovered lines; fail below 93% for the quick tests and 95% for all
	$(BIN)/python -m pytest $(PARALLEL) $(QUICK) --cov --cov-fail-under=93
	$(BIN)/python -m pytest $(BY_FILE) -m "slow and not browser" --cov --cov-append

sort-tests: $(INSTALLED) ## choose the quick tests by time and coverage, and write tests/long_tests.txt
	: > tests/long_tests.txt
	$(BIN)/python -m pytest $(PARALLEL) $(QUICK) --junitxml=build/tests.xml \
		--cov --cov-context=test --cov-report= --cov-fail-under=0
	$(BIN)/python -m tests.sort_tests build/tests.xml build/coverage/data

mutants: $(INSTALLED) ## mutation testing of the core: N=200 mutants
	$(BIN)/python mutants $(or $(N),200)

check: $(INSTALLED) ## check format, lint, import contracts, types, pages, and notebooks for output
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --config setup.cfg
	$(BIN)/mypy
	$(BIN)/nbstripout --verify $(STRIP) $(NOTEBOOKS)
	$(BIN)/python -m pytest -q $(PAGES)

format: $(INSTALLED) ## format code and notebooks as check requires, then lint
	$(BIN)/ruff check --quiet --fix-only .
	$(BIN)/ruff format .
	$(BIN)/nbstripout $(STRIP) $(NOTEBOOKS)
	$(BIN)/ruff check .

bench: $(INSTALLED) ## measure speed-ups over alternatives, and write docs/benchmarks.md: NAME=drawing
	$(BIN)/python -m pip install --quiet --editable '.[browser]'
	$(BIN)/python -m benchmarks $(if $(filter command%,$(origin NAME)),$(NAME))

diagnose-bench: $(INSTALLED) ## measure the faults that diagnose finds, in two hours: SEEDS=2 only prints, in minutes
	$(BIN)/python -m $(if $(SEEDS),benchmarks.injected_faults --seeds $(SEEDS),benchmarks injected_faults)

scores: $(INSTALLED) ## make full runs from three seeds, and write docs/scores.md: NAME for one
	$(BIN)/mlcourse scores $(if $(filter command%,$(origin NAME)),$(NAME)) --out docs
	$(BIN)/python -m benchmarks.readme

gallery: $(INSTALLED) ## generate docs/gallery.md and its images
	$(BIN)/python docs/gallery.py

screenshots: $(INSTALLED) ## take the screenshots in docs/images
	$(BIN)/python -m pip install --quiet --editable '.[browser]'
	$(BIN)/python -m docs.screenshots

package: $(INSTALLED) ## build the sdist and the wheel, in build/package
	$(BIN)/python -m build --outdir build/package

clean: ## remove .venv and build
	rm -rf $(VENV) build
