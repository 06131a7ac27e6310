# make demo   sets up and opens the app on the embedded default; PORT=8502 another port, ADDRESS=0.0.0.0 for others than this computer
# make test   sets up and runs the tests
# make check  lint, types and tests: what a change has to pass
# TORCH=cpu   with any of them, the first time: PyTorch without the CUDA libraries, 2 GB instead of 6
PYTHON ?= python3
VENV ?= .venv
PORT ?= 8501
ADDRESS ?= $(or $(TWOVIEW_ADDRESS),localhost)
TORCH ?=
BIN = $(VENV)/bin
# Tests run in two processes with one torch thread each: two threads on two busy cores are far slower than one.
TEST_FLAGS ?= -n 2 --dist loadfile

.PHONY: setup demo test lint types check benchmarks

setup: $(VENV)/.app

demo: setup
	$(BIN)/python -m app --port $(PORT) --address $(ADDRESS)

test: $(VENV)/.development
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(TEST_FLAGS)

lint: $(VENV)/.development
	$(BIN)/ruff check .

types: $(VENV)/.development
	$(BIN)/mypy

check: lint types test

benchmarks: $(VENV)/.development
	$(BIN)/python -m benchmarks

# uv unpacks the packages in parallel: under a minute, where pip takes several. It compiles them once, in parallel too, so that
# the first start need not.
INSTALL = $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python
ifeq ($(TORCH),cpu)
INSTALL += --torch-backend cpu
GPU_ONLY = ^(nvidia|cuda|triton)
else
GPU_ONLY = ^$$
endif
$(BIN)/uv:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}. Set PYTHON=…")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(VENV)/.app: requirements.txt | $(BIN)/uv
	grep -vE '$(GPU_ONLY)' requirements.txt | $(INSTALL) -r -
	touch $@

$(VENV)/.development: requirements-dev.txt $(VENV)/.app
	$(INSTALL) -r requirements-dev.txt
	touch $@
