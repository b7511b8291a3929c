# The front door. `make help` lists what there is; CMakePresets.json says how it is built.
PRESET ?= release
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
DESTDIR ?=
BUILD := build/$(PRESET)
CLI_TARGETS ?= vrtg
.DEFAULT_GOAL := help

.PHONY: help setup configure build test lint fmt demo bench gen-crds build-cli install-cli clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  PRESET=release|dev|asan|tsan (now $(PRESET)), JOBS=$(JOBS), PREFIX=$(PREFIX)"

setup: ## install the Debian packages that building and testing need (root or sudo)
	@hack/setup.sh

configure: $(BUILD)/build.ninja

$(BUILD)/build.ninja: CMakeLists.txt CMakePresets.json
	@hack/setup.sh --check
	cmake --preset $(PRESET)

build: configure ## build everything with the preset
	cmake --build --preset $(PRESET) -j $(JOBS)

test: build ## build, then run all tests
	ctest --preset $(PRESET) -j $(JOBS)

lint: configure ## formatting, include rules, shell scripts, clang-tidy
	@tools/lint.sh $(BUILD)

fmt: ## format all C++ sources
	git ls-files -z 'src/*.h' 'src/*.cc' 'apps/*.h' 'apps/*.cc' 'tests/*.h' 'tests/*.cc' 'bench/*.cc' | xargs -0 -r clang-format -i

demo: ## from nothing to a running guest, with no cluster (Ctrl-C stops it)
	@hack/demo.sh

bench: build ## run the benchmarks of the release build, and the whole product beside its baselines (bench/README.md)
	@for b in $$(find $(BUILD) -name '*_benchmark' -type f -perm -u+x | sort); do $$b || exit 1; done
	python3 bench/api_server.py --bin $(BUILD)
	VIRTRIGAUD_BIN=$(BUILD)/bin python3 bench/walk.py

gen-crds: configure ## regenerate config/crd/bases and docs/reference/api.md from src/api
	cmake --build --preset $(PRESET) -j $(JOBS) --target gen-crds

build-cli: configure ## build the command line tools only
	cmake --build --preset $(PRESET) -j $(JOBS) --target $(CLI_TARGETS)

install-cli: build-cli ## install the command line tools below PREFIX
	install -d $(DESTDIR)$(PREFIX)/bin
	for t in $(CLI_TARGETS); do install -m 0755 $(BUILD)/bin/$$t $(DESTDIR)$(PREFIX)/bin/$$t || exit 1; done

clean: ## remove the build folder
	rm -rf build
