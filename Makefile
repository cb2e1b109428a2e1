# make demo    install dcctl in an environment of its own and show the main job (mock driver, nothing real is made)
# make test    set up everything (Debian packages included, when root or sudo) and run all tests, real guests included;
#              PYTEST='tests/cli -x' is handed on to pytest
# make check   formatting, lint, types, layers
# make bench   benchmarks beside the peers; ratios, not limits
# make man     write the manual pages anew from the command tree
# make picture write the picture in the README anew

.SUFFIXES:
.PHONY: demo test check bench man picture clean environment

DEVELOP := .venv
BIN := $(DEVELOP)/bin

demo:
	@tools/environment.sh demo .venv-demo
	@tools/demo.sh .venv-demo/bin/dcctl

# libvirt-python is built from source, so the packages come before the environment; the script needs nothing but Python.
environment:
	@PYTHONPATH=tests $$(command -v python3.11 || command -v python3) -m libvirt_host.packages || [ -z "$$DCCTL_REQUIRE" ]
	@tools/environment.sh develop $(DEVELOP)

# Most tests wait for something; four at once take half the time of one after the other, also on two processors (10 and 21 minutes).
test: environment check
	$(BIN)/python -m pytest --numprocesses=4 --dist=worksteal --durations=10 $(PYTEST)

check: environment
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: environment
	@tools/environment.sh bench .venv-bench
	PYTHONPATH=tests $(BIN)/python -m bench --scripts .venv-bench/bin $(BENCH)

man: environment
	$(BIN)/python tools/man_pages.py man

picture: environment
	$(BIN)/python tools/picture.py docs/instances.svg

clean:
	rm -rf .venv .venv-demo .venv-bench .mypy_cache .pytest_cache .ruff_cache .hypothesis dist
