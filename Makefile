# make demo   everything needed, then a network that learns three spirals, and its report
# make test   everything needed, then the tests
# make lint   formatting, style and types
# make claims every recipe against the number that it claims (set NEURONA_DATA for MNIST)
# make bench  speed, side by side with other libraries in one run; ONLY=moons runs a part

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := PIP_CONSTRAINT=$(CURDIR)/constraints.txt $(BIN)/python -m pip --disable-pip-version-check
CATALOGUES := $(wildcard src/neurona/locale/*/LC_MESSAGES/*.po)
DATA := $(firstword $(NEURONA_DATA) $(wildcard $(CURDIR)/../shared/data))

.PHONY: demo install test lint claims bench messages clean

demo: install
	@echo "Training the recipe 'spiral' ..."
	$(BIN)/neurona train spiral

install: $(VENV)/installed

test: $(VENV)/installed-dev
	NEURONA_DATA="$(DATA)" $(BIN)/python -m pytest -n auto

lint: $(VENV)/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

claims: install
	NEURONA_DATA="$(DATA)" $(BIN)/neurona claims

bench: $(VENV)/installed-bench
	NEURONA_DATA="$(DATA)" $(BIN)/python -m benchmarks $(ONLY)
ifeq ($(strip $(ONLY)),)
	NEURONA_DATA="$(DATA)" $(BIN)/python benchmarks/transfer_features.py
	NEURONA_DATA="$(DATA)" OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python benchmarks/glass.py
endif

messages: $(VENV)/installed-dev
	$(BIN)/python tools/messages.py
	touch $(CATALOGUES)

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "neurona needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) --version 2>&1);" \
		       "write: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml constraints.txt build_catalogues.py $(CATALOGUES) | $(VENV)/bin/python
	@echo "Installing (PyTorch is large: some minutes the first time) ..."
	$(PIP) install --quiet --editable .
	@touch $@

$(VENV)/installed-bench: $(VENV)/installed
	$(PIP) install --quiet --editable '.[bench]'
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(PIP) install --quiet --editable '.[dev,export,explain]'
	@touch $@
