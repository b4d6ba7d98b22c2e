# tick: a market-data historian inside PostgreSQL

EXTENSION = tick
EXTVERSION = 0.1.0
MODULE_big = tick

CORE = $(patsubst %.c,%.o,$(sort $(wildcard src/core/*.c)))
OBJS = $(CORE) $(patsubst %.c,%.o,$(sort $(wildcard src/*.c)))

DATA = $(sort $(wildcard sql/tick--*.sql))
PGFILEDESC = "tick - market-data historian"

# Includes are written from src/, so that they show their layer.
PG_CPPFLAGS = -I$(srcdir)/src
# -O3 for the loops over rows; no -march: kernels choose the CPU at run time.
OPTFLAGS ?= -O3
PG_CFLAGS = $(OPTFLAGS) -Wall -Wextra -Werror -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers
SHLIB_LINK = -lz
# Link-time optimisation (Ubuntu's packages ask for it) warns of what a status guards.
SHLIB_LINK += $(if $(filter -flto%,$(CFLAGS)),-Wno-maybe-uninitialized)

# ISA-L inflates three times as fast as zlib; without it zlib does the work.
ifneq ($(wildcard /usr/include/isa-l/igzip_lib.h /usr/include/isa-l.h),)
PG_CPPFLAGS += -DHAVE_ISAL
SHLIB_LINK += -lisal
endif

# zstd reads .zst sources; without it they are refused by name.
ifneq ($(wildcard /usr/include/zstd.h),)
PG_CPPFLAGS += -DHAVE_ZSTD
SHLIB_LINK += -lzstd
endif

TESTS = $(sort $(wildcard sql/*.sql))
REGRESS = $(patsubst sql/%.sql,%,$(filter-out sql/tick--%,$(TESTS)))
REGRESS_OPTS = --load-extension=tick
ISOLATION = $(patsubst test/isolation/specs/%.spec,%,$(sort $(wildcard test/isolation/specs/*.spec)))
ISOLATION_OPTS = --inputdir=test/isolation --load-extension=tick
TAP_TESTS = 1
PROVE_TESTS = test/t/*.pl
EXTRA_CLEAN = build

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# PGXS does not follow includes: any header rebuilds all, so that no object is stale.
$(OBJS): $(wildcard $(srcdir)/src/*.h $(srcdir)/src/core/*.h)

# ---- the core alone: unit tests under sanitizers, fuzzers ----

SANITIZE ?= -fsanitize=address,undefined -fno-sanitize-recover=undefined
UNIT_CFLAGS = -std=gnu11 -g -O1 -Wall -Wextra -Werror -Wno-unused-parameter -Wno-sign-compare \
	-Wno-missing-field-initializers -Isrc -Itest/unit $(SANITIZE) $(filter -DHAVE_%,$(PG_CPPFLAGS))
UNIT = $(patsubst test/unit/%.c,build/unit/%,$(sort $(wildcard test/unit/test_*.c)))
UNIT_CORE = $(patsubst src/core/%.c,build/unit/core/%.o,$(sort $(wildcard src/core/*.c)))
FUZZ = $(patsubst test/fuzz/%.c,build/fuzz/%,$(sort $(wildcard test/fuzz/fuzz_*.c)))
FUZZ_CORE = $(patsubst src/core/%.c,build/fuzz/core/%.o,$(sort $(wildcard src/core/*.c)))

build/unit/core/%.o: src/core/%.c $(wildcard src/core/*.h)
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -c $< -o $@

# An archive, so that a test links only what it calls.
build/%/core.a:
	@rm -f $@
	@$(AR) rcs $@ $^
build/unit/core.a: $(UNIT_CORE)
build/fuzz/core.a: $(FUZZ_CORE)

build/unit/test_%: test/unit/test_%.c build/unit/core.a test/unit/unit.h
	$(CC) $(UNIT_CFLAGS) $< build/unit/core.a -o $@ $(filter -l%,$(SHLIB_LINK)) -lm -lpthread

# Fuzzers need clang's libFuzzer; each runs for FUZZ_SECONDS, from the inputs in test/fuzz/corpus/<name>.
FUZZ_CC ?= clang
FUZZ_SECONDS ?= 10

build/fuzz/core/%.o: src/core/%.c $(wildcard src/core/*.h)
	@mkdir -p $(@D)
	$(FUZZ_CC) $(UNIT_CFLAGS) -fsanitize=fuzzer-no-link -c $< -o $@

build/fuzz/fuzz_%: test/fuzz/fuzz_%.c build/fuzz/core.a
	$(FUZZ_CC) $(UNIT_CFLAGS) -fsanitize=fuzzer $< build/fuzz/core.a -o $@ $(filter -l%,$(SHLIB_LINK)) -lm -lpthread

# What the stages of a load can do alone.
build/bench/stages: test/bench/stages.c $(wildcard src/core/*.c src/core/*.h)
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O3 -Isrc $(filter -DHAVE_%,$(PG_CPPFLAGS)) $< $(wildcard src/core/*.c) -o $@ \
		$(filter -l%,$(SHLIB_LINK)) -lm -lpthread

.PHONY: unit fuzz coverage valgrind check-layers test torture smith sanitize demo bench
unit: $(UNIT)
	@status=0; for t in $(UNIT); do $$t || status=1; done; exit $$status

fuzz: $(FUZZ)
	@status=0; for f in $(FUZZ); do \
		seeds=test/fuzz/corpus/$${f#build/fuzz/fuzz_}; [ -d $$seeds ] || seeds=; \
		mkdir -p $$f.found; echo "$$f for $(FUZZ_SECONDS) s"; \
		$$f -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 -verbosity=0 -print_final_stats=1 \
			-artifact_prefix=$$f.found/ $$f.found $$seeds || status=1; \
	done; exit $$status

coverage valgrind:
	@test/core.sh $@

# Includes go downward only, and every case of faults has its test.
check-layers:
	@sh test/check-layers.sh
	@sh test/check-faults.sh

# On a private server, out of a copy of this folder; see test/lib.sh.
test:
	@test/check.sh
# The long run: 200 kills, 50 power cuts, every N of every failing call, loads and queries in 512 MB.
torture:
	@TICK_KILLS=200 TICK_CUTS=50 TICK_TRAFFIC=120 TICK_FAULTS=all TICK_SEED=$${TICK_SEED:-$$$$} test/check.sh tap power memory
# Ten minutes of random queries.
smith:
	@SMITH_SECONDS=$${SMITH_SECONDS:-600} test/check.sh build install smith
# Against a server with assertions and sanitizers, which it builds once.
sanitize:
	@test/sanitize.sh
demo:
	@test/demo.sh
bench:
	@test/bench/bench.sh
