# The commands of this project; `make help` lists them.

PYTHON ?= python3
NAME ?= neural-networks
FULL ?=
PORT ?= 8888

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
NOTEBOOKS := $(shell grep -l '"mlcourse": {' notebooks/*.ipynb)
PARALLEL := -n auto --dist loadfile
STRIP := --keep-count --extra-keys metadata.language_info

# A kernel has a folder of its own: a relative path would mean another place there.
ifdef MLCOURSE_DATA
export MLCOURSE_DATA := $(shell cd "$(MLCOURSE_DATA)" && pwd)
endif

.DEFAULT_GOAL := help
.PHONY: help setup lecture lab app site slides test test-jax test-browser check format \
	bench scores gallery clean

help: ## list the commands
	@echo "make COMMAND, where COMMAND is one of:"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(INSTALLED) ## make .venv with all that the others need; they do it by themselves

$(INSTALLED): setup.cfg requirements.txt pyproject.toml
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

test: $(INSTALLED) ## run all tests: the package's, then the notebooks against their stored output
	$(BIN)/python -m pytest $(PARALLEL) -m "not browser"
	MLCOURSE_QUICK=1 MLCOURSE_OFFLINE=1 $(BIN)/python -m pytest $(PARALLEL) --nbval-lax $(NOTEBOOKS)

test-jax: $(INSTALLED) ## run the notebooks on JAX, on the stand-in, and training on two devices
	$(BIN)/python -m pip install --quiet --editable '.[jax]'
	KERAS_BACKEND=jax $(BIN)/python -m pytest tests/training/test_distribution.py
	KERAS_BACKEND=jax MLCOURSE_DATA=$(CURDIR)/build/no-data MLCOURSE_QUICK=1 MLCOURSE_OFFLINE=1 \
		$(BIN)/python -m pytest $(PARALLEL) --nbval-lax $(NOTEBOOKS)

test-browser: $(INSTALLED) ## run the tests that need Chromium
	$(BIN)/python -m pip install --quiet --editable '.[browser,site]'
	$(BIN)/python -m pytest -m browser tests/browser

check: $(INSTALLED) ## look at format, lint, import contracts, and notebooks for stray output
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --config setup.cfg
	$(BIN)/nbstripout --verify $(STRIP) $(NOTEBOOKS)

format: $(INSTALLED) ## put format and notebooks in order, as check wants them
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/nbstripout $(STRIP) $(NOTEBOOKS)

bench: $(INSTALLED) ## print the figures that README and docs quote
	$(BIN)/python -m pip install --quiet --editable '.[browser]'
	for script in benchmarks/*.py; do $(BIN)/python $$script || exit 1; done

scores: $(INSTALLED) ## run the whole lectures, and print the accuracies that README and docs quote
	$(BIN)/mlcourse scores

gallery: $(INSTALLED) ## draw docs/gallery.md and its pictures again
	$(BIN)/python docs/gallery.py

clean: ## remove .venv and build
	rm -rf $(VENV) build
