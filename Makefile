# make demo   sets up and opens the app on the embedded default
# make test   sets up and runs the tests
# make lint   ruff
# make types  the type checker
PYTHON ?= python3
VENV ?= .venv
PORT ?= 8501
BIN = $(VENV)/bin
# Tests run in two processes with one torch thread each: two threads on two busy cores are far slower than one.
TEST_FLAGS ?= -n 2 --dist loadfile

.PHONY: setup demo test lint types benchmarks

setup: $(VENV)/.app

demo: setup
	$(BIN)/python -m streamlit run app/main.py --server.port $(PORT)

test: $(VENV)/.development
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(TEST_FLAGS)

lint: $(VENV)/.development
	$(BIN)/ruff check .

types: $(VENV)/.development
	$(BIN)/mypy

benchmarks: $(VENV)/.development
	$(BIN)/python -m benchmarks

# uv unpacks the packages in parallel: under a minute, where pip takes several.
$(BIN)/uv:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}. Set PYTHON=…")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(VENV)/.app: requirements.txt | $(BIN)/uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements.txt
	touch $@

$(VENV)/.development: requirements-dev.txt $(VENV)/.app
	$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements-dev.txt
	touch $@
