# The two commands that matter: `make demo` and `make test`. Everything else is for development.
BUILD   ?= build
SERVE   ?= 1
PORT    ?= 3000
GOLDENS_PYTHON ?= python3
IMAGES  ?= /usr/share/tuxpaint/stamps
MERGES  := bpe_simple_vocab_16e6.txt.gz
MODEL   := $(BUILD)/share/glimpse/models/glimpse-small
NPM     := PATH="$(CURDIR)/.deps/bin:$$PATH" npm

.PHONY: setup setup-tests web model build trainer demo test test-release storm lint-docker replay bench bench-peers fmt tidy asan tsan goldens clean

setup:            ; @tools/setup
setup-tests:      ; @tools/setup --tests

web: web/dist/index.html
web/node_modules/.package-lock.json: web/package-lock.json
	cd web && $(NPM) ci --no-audit --no-fund --loglevel=error
web/dist/index.html: web/node_modules/.package-lock.json api/openapi.yaml $(shell find web/src web/index.html web/public -type f 2>/dev/null)
	cd web && $(NPM) run --silent build

model:
	@tools/assemble_default_model $(MODEL)
	@cp .deps/python/lib/python3*/site-packages/open_clip/$(MERGES) $(BUILD)/share/glimpse/

build: setup web model
	cmake --preset release -DGLIMPSE_TESTS=OFF
	cmake --build $(BUILD) --target glimpse

# What `glimpse train` becomes; beside glimpse in $(BUILD)/bin.
trainer: build
	@tools/setup --train
	cmake --preset release -DGLIMPSE_TESTS=OFF -DGLIMPSE_TRAIN=ON
	cmake --build $(BUILD) --target glimpse-train

demo: build
	@IMAGES="$(IMAGES)" SERVE="$(SERVE)" PORT="$(PORT)" tools/demo

test: setup-tests web model
	cmake --preset release -DGLIMPSE_TESTS=ON
	cmake --build $(BUILD)
	ctest --test-dir $(BUILD) --output-on-failure --no-tests=error -j 2

# Everything that takes longer than a gate may: the gate, the crash tests at full length, the unit
# tests under both sanitizers, the image.
test-release: test asan tsan lint-docker replay storm
	CRASH_SCALE=release ctest --test-dir $(BUILD) --output-on-failure -L crash

# 50,000 files made in ten seconds under a follower: none may be missed.
storm: build
	bench/following.py storm

# hadolint and dclint are part of `make test`; checkov alone brings 96 packages.
lint-docker: setup-tests
	@tools/setup --lint
	@deploy/docker/lint --checkov

# The image's steps in bare Debian roots, then the image as compose runs it; wants root. REPLAY_FLAGS: --compiler-cache DIR
replay:
	@deploy/docker/replay $(REPLAY_FLAGS)

# PICTURES: 10,000 JPEGs, see bench/make_pictures.py. TORCH: a Python with bench/requirements.txt, to compare with.
bench: build
	cmake --build $(BUILD) --target bare_tower
	python3 bench/main_job.py $(PICTURES) $(if $(TORCH),--torch $(TORCH))

# PICTURES: any folder of photographs. TORCH: a Python with bench/requirements.txt. PEERS_FLAGS: --rounds, --threads, …
# Writes docs/benchmarks/peers.md and peers.svg; wants a quiet machine for about half an hour.
bench-peers: build
	cmake --build $(BUILD) --target bare_tower warm_query
	python3 bench/peers/run.py $(PICTURES) $(TORCH) $(PEERS_FLAGS)

goldens:
	@for script in tools/goldens/*.py; do echo "$(GOLDENS_PYTHON) $$script" >&2; $(GOLDENS_PYTHON) $$script; done

asan tsan: export TBB_ENABLE_SANITIZERS = 1
asan tsan: export LSAN_OPTIONS = suppressions=$(CURDIR)/tests/lsan.supp
asan tsan: export TSAN_OPTIONS = suppressions=$(CURDIR)/tests/tsan.supp
asan tsan: setup-tests
	@tools/assemble_default_model build/$@/share/glimpse/models/glimpse-small
	cmake --preset $@ && cmake --build --preset $@ && ctest --test-dir build/$@ --output-on-failure -L unit -j 2

fmt:
	git ls-files '*.h' '*.cc' | xargs clang-format-19 -i

tidy:
	cmake --preset dev && git ls-files 'src/*.cc' 'apps/*.cc' | xargs clang-tidy-19 -p build/dev --quiet

clean:            ; rm -rf build
