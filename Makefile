# Lắng Nghe: make demo · make test · make check · make bench (each sets up what it needs)
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
unexport PYTHONDONTWRITEBYTECODE
unexport VIRTUAL_ENV
export UV_PYTHON_DOWNLOADS := never

PORT ?= 8000
DATA ?= var/demo
APP := .venv/bin
ENGINE := bot/dialogue/.venv/bin
UV = $(shell command -v uv || echo $(CURDIR)/.uv/bin/uv)
APP_STAMP := .venv/.langnghe-ready
ENGINE_STAMP := bot/dialogue/.venv/.langnghe-ready

.PHONY: help setup demo test check bench lock clean

help:
	@echo "make demo   chạy thử trọn bộ với dữ liệu mẫu (PORT=8000)"
	@echo "make test   chạy toàn bộ kiểm thử"
	@echo "make check  định dạng, kiểu, quy tắc nhập, tài liệu"
	@echo "make bench  đo tốc độ và bộ nhớ"
	@echo "make setup  cài hai môi trường Python"
	@echo "make lock   tính lại các requirements.lock"

setup: $(APP_STAMP) $(ENGINE_STAMP)

.uv/bin/uv:
	@scripts/find-python app > /dev/null
	@if ! command -v uv > /dev/null; then echo "Cài uv vào .uv ..."; "$$(scripts/find-python app)" -m venv .uv && .uv/bin/pip install --quiet uv; \
	else mkdir -p .uv/bin && ln -sf "$$(command -v uv)" .uv/bin/uv; fi

$(APP_STAMP): requirements-dev.lock pyproject.toml | .uv/bin/uv
	@python="$$(scripts/find-python app)"; echo "Môi trường ứng dụng: $$("$$python" --version)"; \
	[ -x $(APP)/python ] || $(UV) venv --quiet --python "$$python" .venv; \
	$(UV) pip sync --quiet --python $(APP)/python requirements-dev.lock; \
	$(UV) pip install --quiet --python $(APP)/python --no-deps --editable .
	@touch $@

$(ENGINE_STAMP): bot/dialogue/requirements-dev.lock bot/dialogue/pyproject.toml | .uv/bin/uv
	@python="$$(scripts/find-python engine)"; echo "Môi trường bộ máy hội thoại: $$("$$python" --version) (khoảng 2,5 GB, lần đầu mất một đến vài phút)"; \
	[ -x $(ENGINE)/python ] || $(UV) venv --quiet --python "$$python" bot/dialogue/.venv; \
	$(UV) pip sync --quiet --directory bot/dialogue --python .venv requirements-dev.lock
	@touch $@

demo: setup
	@exec $(APP)/langnghe demo --port $(PORT) --data $(DATA)

test: setup
	@scripts/run-tests

check: setup
	$(APP)/ruff format --check .
	$(APP)/ruff check .
	$(APP)/mypy
	$(APP)/lint-imports
	env -u LANGNGHE_REQUIRE $(APP)/python -m pytest -q tests/docs

bench: setup
	scripts/with-postgres $(APP)/python -m tests.bench $(if $(PHOATIS),--phoatis "$(PHOATIS)") $(BENCH)

lock: | .uv/bin/uv
	$(UV) pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml -o requirements.lock
	$(UV) pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --group dev pyproject.toml -o requirements-dev.lock
	$(UV) pip compile --quiet --directory bot/dialogue pyproject.toml --universal --generate-hashes --no-header --python-version 3.11 -o requirements.lock
	$(UV) pip compile --quiet --directory bot/dialogue pyproject.toml --group dev -c requirements.lock --universal --generate-hashes --no-header --python-version 3.11 -o requirements-dev.lock

clean:
	rm -rf .venv .uv bot/dialogue/.venv var
