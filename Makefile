# Two commands on a fresh machine: `make run` and `make test`. Each makes what it needs.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check bench chaos lock clean
SHELL := /bin/sh

PYTHON ?= python3
BIN := .venv/bin
JOBS ?= 2
export UV_PYTHON_DOWNLOADS := never
# Where the system keeps certificates uv trusts those too, as pip does: many networks add their own.
export UV_SYSTEM_CERTS := $(if $(wildcard /etc/ssl/certs/*.crt /etc/ssl/cert.pem /etc/pki/tls/certs/*),true,false)
UV := $(BIN)/python -m uv
# Compiled here once; the first start would compile in four processes at a time.
SYNC := $(UV) pip sync --quiet --require-hashes --compile-bytecode --python $(BIN)/python
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--no-header --no-emit-index-url --no-emit-find-links

# Checks neither read nor write the data of an installation; their secrets are thrown away.
SCRATCH := env -u DATABASE_URL -u REDIS_URL -u WATCHERS_ENV WATCHERS_DATA=.venv/check-data
RANDOM_TEXT = $$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))')
SERVER = WATCHERS_ENV=server ALLOWED_HOSTS=watchers.example TRUSTED_PROXY=127.0.0.1 \
	SECRET_KEY=$(RANDOM_TEXT) PSEUDONYM_KEY=$(RANDOM_TEXT) ANSWER_KEY=$(RANDOM_TEXT)

help:
	@echo "make run    start the site on this machine"
	@echo "make test   run every test"
	@echo "make check  formatting, lint, types, layers, settings, locks"
	@echo "make bench  measure the site on this machine (BENCH='a --quick' for a part)"
	@echo "make chaos  hurt a running site under load and count what was lost (CHAOS='--quick --postgres')"
	@echo "make lock   resolve the locks anew after a change of pyproject.toml"

# A developer's environment serves the site as well, so run never takes the tools away again.
run: $(if $(wildcard .venv/.dev),.venv/.dev,.venv/.run)
	@exec $(BIN)/python manage.py up

test: .venv/.dev
	$(BIN)/pytest -n $(JOBS)
	$(BIN)/python -m lms.testing.postgresql $(BIN)/pytest -n $(JOBS) -m "race or postgres"

check: .venv/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports --no-cache
	$(UV) pip check --quiet --python $(BIN)/python
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	$(SCRATCH) $(BIN)/python manage.py check --fail-level WARNING
	$(SCRATCH) $(BIN)/python manage.py makemigrations --check --dry-run
	$(SCRATCH) $(SERVER) $(BIN)/python manage.py check --deploy --fail-level WARNING

# Its sites live in a temporary folder and on free ports.
bench: .venv/.dev
	@env -u DATABASE_URL -u REDIS_URL -u WATCHERS_ENV $(BIN)/python -m bench $(BENCH)

chaos: .venv/.dev
	@env -u DATABASE_URL -u REDIS_URL -u WATCHERS_ENV $(BIN)/python -m bench.chaos $(CHAOS)

lock: .venv/.dev
	$(COMPILE) --upgrade pyproject.toml --output-file requirements.lock
	$(COMPILE) --upgrade pyproject.toml --group dev --constraint requirements.lock --output-file requirements-dev.lock
	echo uv | $(COMPILE) --upgrade - --output-file requirements-uv.lock

clean:
	rm -rf .venv .mypy_cache .ruff_cache .import_linter_cache

.venv/.run: requirements.lock .venv/.uv
	@echo "Installing what requirements.lock names."
	@$(SYNC) requirements.lock
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.uv
	@echo "Installing what requirements-dev.lock names."
	@$(SYNC) requirements-dev.lock
	@touch $@

.venv/.uv: requirements-uv.lock
	@$(PYTHON) -c 'import sys' 2>/dev/null || { echo >&2 "Python is missing: install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo >&2 "$(PYTHON) is older than Python 3.11: install a newer one, or name it: make PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo >&2 "Python's venv module is missing: on Debian or Ubuntu, apt install python3-venv"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-uv.lock
	@touch $@
