# Two commands do all the set-up: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CACHE := $(or $(MIDFILL_CACHE_HOME),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/midfill)
VSCODE := extension/vscode
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" npm
VLLM := $(CACHE)/vllm
VLLM_PIP := $(VLLM)/bin/python -m pip install --quiet --no-deps
TORCH := torch==2.13.0+cpu
TORCHVISION := torchvision==0.28.0
MODEL ?= qwen2.5-coder-0.5b-instruct-q4_k_m

# llama.cpp is compiled for the processor at hand, so the wheel is kept per processor and compiler.
LLAMA := $(shell sed -n 's/.*"\(llama-cpp-python==[^"]*\)".*/\1/p' pyproject.toml)
MACHINE := $(shell { uname -sm; grep -m1 flags /proc/cpuinfo || sysctl -n machdep.cpu; $(CC) --version; echo "$(CMAKE_ARGS)"; } 2>/dev/null | cksum | cut -d' ' -f1)
WHEELS := $(CACHE)/wheels/$(LLAMA)-$(MACHINE)

# gcc 12 drops the stores in front of _tile_loadconfig, and llama.cpp's AMX kernels then crash.
ifeq ($(shell $(CC) -dM -E -x c /dev/null 2>/dev/null | awk '/__GNUC__/ {gcc=$$3} /__clang__/ {gcc=99} END {print (gcc+0 < 13)}'),1)
LLAMA_CMAKE := -DCMAKE_C_FLAGS=-U__AMX_INT8__ -DCMAKE_CXX_FLAGS=-U__AMX_INT8__
endif

.PHONY: demo test coverage torture test-editors test-vllm vllm lint bench clean venv model

demo: venv model
	MIDFILL_MODEL=$(MODEL) $(BIN)/python tests/demo

test: venv model $(VSCODE)/node_modules/.done
	$(NPM) test --silent --prefix $(VSCODE)
	$(BIN)/python -m pytest

# The lines and branches that tests reach, in every process that they do not kill.
coverage: venv model
	$(BIN)/python -m coverage run -m pytest --ignore tests/e2e/vscode
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report --skip-covered

# The attacks of tests/torture at length: at most half an hour.
torture: venv model
	TORTURE=1 timeout 1200 $(BIN)/python -m pytest --timeout 900 tests/torture
	$(BIN)/python -m tests.torture.recovery 20
	$(BIN)/python -m tests.torture.load --minutes 2

# A whole VS Code takes minutes to fetch. Once it is here, `make test` runs its tests as well.
test-editors: venv model $(CACHE)/editors/nvim-0.12/nvim $(CACHE)/code-server/.done $(VSCODE)/node_modules/.done
	command -v chromium || command -v google-chrome || apt-get install --yes chromium || $(BIN)/python -m playwright install chromium
	$(BIN)/python -m pytest tests/e2e/nvim tests/e2e/vscode

# VS Code as a server. Its terminal alone needs a compiler, and no test needs that.
$(CACHE)/code-server/.done: tests/e2e/vscode/package-lock.json | venv
	mkdir -p $(@D)
	cp tests/e2e/vscode/package*.json $(@D)
	$(NPM) ci --ignore-scripts --no-audit --no-fund --prefix $(@D)
	$(NPM) install --omit=dev --ignore-scripts --no-audit --no-fund --prefix $(@D)/node_modules/code-server/lib/vscode
	touch $@

$(VSCODE)/node_modules/.done: $(VSCODE)/package-lock.json | venv
	$(NPM) ci --no-audit --no-fund --prefix $(VSCODE)
	touch $@

$(CACHE)/editors/nvim-0.12/nvim:
	tests/e2e/nvim/install_neovim_0_12 $(@D)

test-vllm: venv vllm
	MIDFILL_VLLM=$(VLLM)/bin/vllm MIDFILL_VLLM_MODEL=$(VLLM)/model $(BIN)/python -m pytest tests/engine/remote/test_vllm.py

# A real vLLM in an environment of its own: 2.4 GB, which only its tests need.
vllm: $(VLLM)/.done

$(VLLM)/.done: tests/engine/remote/vllm/requirements.txt tests/engine/remote/vllm/convert.py tests/engine/remote/vllm/vision/sitecustomize.py | model
	$(PYTHON) -m venv $(VLLM)
	$(VLLM_PIP) $(TORCH) || $(VLLM_PIP) --index-url https://download.pytorch.org/whl/cpu $(TORCH)
	$(VLLM_PIP) -r $<
	$(VLLM_PIP) --upgrade --target $(VLLM)/vision $(TORCHVISION)
	$(VLLM)/bin/python tests/engine/remote/vllm/rename.py
	$(VLLM)/bin/python tests/engine/remote/vllm/convert.py "$$($(BIN)/midfill models path $(MODEL))" $(VLLM)/model
	touch $@

lint: venv .links $(VSCODE)/node_modules/.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy -p midfill.grammars -p midfill.engine -p midfill.lsp
	$(NPM) run check --silent --prefix $(VSCODE)
	if command -v npx > /dev/null; then npx --yes @johnnymorganz/stylua-bin@2.5.2 --check extension/nvim; fi
	if command -v luacheck > /dev/null; then cd extension/nvim && luacheck --quiet .; fi

bench: venv model
	$(BIN)/midfill bench --help

venv: $(VENV)/.done

model: venv
	$(BIN)/midfill models pull $(MODEL)

$(VENV)/.done: pyproject.toml $(WHEELS)/.done
	$(BIN)/python -m pip install --quiet --find-links $(WHEELS) --editable . --group dev
	touch $@

$(WHEELS)/.done: | $(BIN)/python
	@echo "Compiling llama.cpp for this machine: 5 to 15 minutes, once."
	CMAKE_ARGS="$(LLAMA_CMAKE) $(CMAKE_ARGS)" $(BIN)/python -m pip wheel --quiet --no-deps --no-cache-dir --wheel-dir $(WHEELS) $(LLAMA)
	touch $@

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

# The type checker does not follow the editable install's finder; links under the packages' own name it does.
.links:
	mkdir -p .links/midfill
	ln -sfn ../../lsp ../../engine ../../grammars .links/midfill/

clean:
	rm -rf $(VENV) .links build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
