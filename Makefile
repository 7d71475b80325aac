PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: quickstart test lint format docs docs-serve bench clean

# Shows the model that comes with textgan, then trains one like it on the built-in corpus for three minutes.
quickstart: .venv/installed
	@echo "# ten sentences by the model that comes with textgan"
	@$(BIN)/textgan sample scenes -n 10
	@echo; echo "# from one sentence to another"
	@$(BIN)/textgan interpolate scenes "a young man is walking his dog in the park ." "two women in red shirts are singing on stage ." --steps 7 --smooth
	@echo; echo "# now one of your own: three minutes of training"
	$(BIN)/textgan train arae --preset arae-small --minutes 3 --out runs/quickstart
	@echo; echo "# ten sentences that it wrote"
	@$(BIN)/textgan sample runs/quickstart -n 10 --seed 0
	@echo; echo "# from one sentence to another"
	@$(BIN)/textgan interpolate runs/quickstart "a young man is walking his dog in the park ." "two women in red shirts are singing on stage ." --steps 7 --smooth
	@echo; echo "# 1,000 samples, measured"
	@$(BIN)/textgan evaluate runs/quickstart -n 1000 --limit 1000 \
		--metrics reconstruction,codes,statistics,perplexity,copying,interpolation,grammar

test: lint
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 8 --dist worksteal --durations=10

lint: .venv/installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: .venv/installed-dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# The site, in build/site: runs the notebooks, builds with warnings as errors, checks links.
docs: .venv/installed-docs
	$(BIN)/python scripts/site_notebooks.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict
	$(BIN)/python scripts/site_check.py build/site

# The same while you write, at http://127.0.0.1:8000; notebooks as make docs ran them last.
docs-serve: .venv/installed-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs serve

bench: .venv/installed
	$(BIN)/python scripts/benchmark.py
	$(BIN)/python scripts/benchmark_images.py

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	touch $@

.venv/installed-dev: .venv/installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev,tensorboard,studio]"
	touch $@

.venv/installed-docs: .venv/installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[docs]"
	touch $@

clean:
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache
