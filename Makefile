# blendfolder: one Makefile, everything built goes under $(O).
#
#   make            the programs          make check    install what is missing, build, run all tests
#   make demo       see it work           make help     everything else

O       ?= build
PREFIX  ?= /usr/local
VERSION := 0.1.0

CC       ?= cc
CFLAGS   ?= -O2 -g
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
            -Wwrite-strings -Wundef -Wformat=2
ifdef DEV
WARNINGS += -Werror
endif
BF_CFLAGS := -std=c11 -D_GNU_SOURCE -I. -fvisibility=hidden -fno-common $(WARNINGS) \
             -DBF_VERSION='"$(VERSION)"' -MMD -MP
Q := $(if $(V),,@)

# Debian 12 packages. Why each: docs/ARCHITECTURE.md, "Dependencies".
DEPS_BUILD := gcc make pkg-config libinotifytools0-dev libpng-dev libxxhash-dev libiniparser-dev libzstd-dev zlib1g-dev \
              libisal-dev libopenexr-dev
DEPS_RUN   := blender libegl1 libgl1-mesa-dri
DEPS_TEST  := libcmocka-dev python3-minimal procps util-linux pngcheck imagemagick mandoc shellcheck clang \
              libclang-rt-14-dev git xxhash strace tmux fish zsh systemd python3-numpy \
              desktop-file-utils dpkg-dev lintian chafa openssh-client
# A guest kernel that needs no privileges, file servers and clients to run in it.
DEPS_SHARES := user-mode-linux e2fsprogs util-linux iproute2 kmod procps nfs-kernel-server nfs-common rpcbind samba \
               samba-common-bin cifs-utils sshfs openssh-server openssh-client quota faketime

# The library of nouns, the agent of verbs, the tools people type. The programs' main files are
# agent/main.c and tools/bf*.c; all other files are shared through three archives.
LIB_SRC    := $(wildcard share-layout/base/*.c share-layout/*.c)
AGENT_SRC  := $(filter-out agent/main.c,$(wildcard agent/*.c))
TOOLS_MAIN := $(wildcard tools/bf*.c)
TOOLS_SRC  := $(filter-out $(TOOLS_MAIN),$(wildcard tools/*.c))
UNIT_SRC   := $(wildcard tests/unit/test_*.c)
AID_SRC    := $(wildcard tests/lib/*.c)
HELPER_SRC := $(wildcard tests/helpers/*.c)

TOOLS    := $(patsubst tools/%.c,%,$(TOOLS_MAIN))
PROGRAMS := $(addprefix $(O)/,bfagent $(TOOLS))
UNITS    := $(patsubst tests/unit/%.c,$(O)/tests/%,$(UNIT_SRC))
HELPERS  := $(patsubst tests/helpers/%.c,$(O)/tests/%,$(HELPER_SRC))
MANPAGES := $(wildcard share-layout/*.[1-9] agent/*.[1-9] tools/*.[1-9])

comma := ,
obj = $(patsubst %.c,$(O)/obj/%.o,$(1))

LIB_LIBS   := -lxxhash -lzstd -lz -liniparser -lm
AGENT_LIBS := -linotifytools -lpthread
TOOLS_LIBS := -lpng $(shell pkg-config --libs-only-L OpenEXR 2>/dev/null) -lOpenEXRCore -lz -lpthread -lm
BF_CFLAGS  += $(patsubst -I%,-isystem %,$(shell pkg-config --cflags-only-I OpenEXR 2>/dev/null))

# isa-l makes joins twice as quick; zlib does the same work where it is missing or `ISAL=` is given
# (into another O: objects do not know).
ifeq ($(origin ISAL),undefined)
ISAL := $(shell pkg-config --exists libisal 2>/dev/null && echo 1)
endif
ifneq ($(ISAL),)
BF_CFLAGS  += -DBF_HAVE_ISAL
TOOLS_LIBS += -lisal
endif

all: $(PROGRAMS)

$(O)/libshare.a: $(call obj,$(LIB_SRC))
$(O)/libagent.a: $(call obj,$(AGENT_SRC))
$(O)/libtools.a: $(call obj,$(TOOLS_SRC))
$(O)/libaid.a: $(call obj,$(AID_SRC))
$(O)/%.a:
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# What a file depends on is noted for any way of saying O, as a path from here or from the root.
$(O)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(if $(V),,@echo '  CC $<')
	$(Q)$(CC) $(BF_CFLAGS) $(CFLAGS) $(CPPFLAGS) -MT '$$(O)/obj/$*.o' -c $< -o $@

# HOOKS=1 (into another O: objects do not know): programs for tests/fault, whose system calls can be made to fail.
ifneq ($(HOOKS),)
HOOK_OBJ  := $(call obj,$(wildcard tests/fault/*.c))
BF_CFLAGS += -DBF_SYS_HOOKS -DBF_TEST_SHARD_TASKS=1
HOOK_LD   := $(patsubst %,-Wl$(comma)--wrap=%,clock_gettime poll nanosleep)
endif

$(O)/bfagent: $(O)/obj/agent/main.o $(HOOK_OBJ) $(O)/libagent.a $(O)/libshare.a
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $(HOOK_LD) $^ $(AGENT_LIBS) $(LIB_LIBS) -o $@
$(O)/bf%: $(O)/obj/tools/bf%.o $(HOOK_OBJ) $(O)/libtools.a $(O)/libshare.a
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $(HOOK_LD) $^ $(TOOLS_LIBS) $(LIB_LIBS) -o $@
$(O)/tests/test_%: $(O)/obj/tests/unit/test_%.o $(O)/libaid.a $(O)/libagent.a $(O)/libtools.a $(O)/libshare.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ -lcmocka $(AGENT_LIBS) $(TOOLS_LIBS) $(LIB_LIBS) -o $@
$(HELPERS): $(O)/tests/%: $(O)/obj/tests/helpers/%.o $(O)/libaid.a $(O)/libagent.a $(O)/libtools.a $(O)/libshare.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(AGENT_LIBS) $(TOOLS_LIBS) $(LIB_LIBS) -o $@

# Files carried inside the programs: the compiler includes them with .incbin, make must know.
$(O)/obj/agent/blender_script.o: $(wildcard agent/blender/*.py)
$(O)/obj/tools/submit_collect.o: tools/submit_collect.py
$(O)/obj/agent/service.o: $(wildcard agent/systemd/*/*.service)
$(O)/obj/share-layout/skeleton.o: $(wildcard share-layout/skeleton/*)

-include $(shell find $(O)/obj -name '*.d' 2>/dev/null)

unit: $(UNITS)
helpers: $(HELPERS) $(O)/tests/model

deps:
	$(Q)tests/deps.sh $(DEPS_BUILD) $(DEPS_RUN) $(DEPS_TEST)

demo:
	$(Q)tests/deps.sh $(DEPS_BUILD) $(DEPS_RUN)
	$(Q)$(MAKE) --no-print-directory all
	$(Q)BF_BIN=$(abspath $(O)) tests/demo.sh $(abspath $(O))/demo

check: deps
	$(Q)$(MAKE) --no-print-directory all unit helpers sim
	$(Q)BF_BIN=$(abspath $(O)) tests/run.sh

check-shares: deps
	$(Q)BF_DEPS_NO_START=1 tests/deps.sh $(DEPS_SHARES)
	$(Q)$(MAKE) --no-print-directory all helpers
	$(Q)TEST_LANES=1 BF_BIN=$(abspath $(O)) tests/run.sh $(or $(TESTS),tests/shares/*.t)

lint:
	$(Q)tests/lint.sh

bench: all helpers sim
	$(Q)BF_BIN=$(abspath $(O)) tests/bench/run.sh

# One fault at every call on the share (tests/fault). EVERY=N: each N-th.
check-faults: deps
	$(Q)$(MAKE) --no-print-directory O=$(O)/hooks HOOKS=1 $(addprefix $(O)/hooks/,bfagent bfmerge tests/fakeblender)
	$(Q)$(MAKE) --no-print-directory $(O)/tests/faultpoints
	$(Q)BF_BIN=$(abspath $(O)) tests/fault/run.sh

# SIM=1 (into another O, likewise): the library and the agent over a share in memory.
ifneq ($(SIM),)
BF_CFLAGS += -DBF_SYS_HOOKS
endif
$(O)/tests/sim: $(call obj,$(wildcard tests/sim/*.c)) $(O)/libagent.a $(O)/libshare.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(AGENT_LIBS) $(LIB_LIBS) -lm -o $@
sim:
	$(Q)$(MAKE) --no-print-directory O=$(O)/sim SIM=1 $(O)/sim/tests/sim

# The protocol as a model, searched exhaustively; acts by share-layout's own functions.
$(O)/tests/model: $(call obj,$(wildcard tests/model/*.c)) $(O)/libshare.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LIB_LIBS) -o $@
model: $(O)/tests/model
	$(Q)$(O)/tests/model

# Every parser of what lies on a share, comes from Blender or stands in agent.ini, with libFuzzer: FUZZ_SECONDS in all.
FUZZ_SECONDS ?= 600
FUZZ_CC      ?= $(or $(shell command -v clang-14),clang)
FUZZERS      := $(patsubst tests/fuzz/%.c,$(O)/%,$(wildcard tests/fuzz/fuzz_*.c))
$(FUZZERS): $(O)/%: $(O)/obj/tests/fuzz/%.o $(O)/obj/tests/fuzz/tree.o $(O)/libagent.a $(O)/libtools.a $(O)/libshare.a
	$(Q)$(CC) $(CFLAGS) -fsanitize=fuzzer $(LDFLAGS) $^ $(AGENT_LIBS) $(TOOLS_LIBS) $(LIB_LIBS) -o $@
fuzzers: $(FUZZERS)
fuzz:
	$(Q)$(MAKE) --no-print-directory O=$(O)/fuzz CC=$(FUZZ_CC) CFLAGS='-O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer' fuzzers
	$(Q)BF_BIN=$(abspath $(O)) FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run.sh

asan:
	$(Q)$(MAKE) --no-print-directory O=$(O)/asan DEV=1 CFLAGS='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer' all unit helpers
	$(Q)BF_BIN=$(abspath $(O)/asan) tests/run.sh --sanitizer

# The same with the thread sanitizer; TESTS="FILE..." builds and runs only those.
tsan:
	$(Q)$(MAKE) --no-print-directory O=$(O)/tsan DEV=1 CFLAGS='-O1 -g -fsanitize=thread -fno-omit-frame-pointer' all helpers \
	  $(if $(TESTS),$(filter $(O)/tsan/tests/test_%,$(TESTS)),unit)
	$(Q)BF_BIN=$(abspath $(O)/tsan) tests/run.sh --sanitizer $(TESTS)

# Everything that `make install` puts somewhere, as FILE:PLACE:MODE; `make uninstall` removes the same.
DOC      := share/doc/blendfolder
INSTALLS := $(foreach p,$(PROGRAMS),$(p):bin/$(notdir $(p)):755) \
  $(foreach f,README.md CHANGELOG.md agent.ini.example share-layout/SPEC.md docs/ARCHITECTURE.md docs/SCALING.md docs/SECURITY.md,$(f):$(DOC)/$(notdir $(f)):644) \
  $(foreach f,$(wildcard docs/hooks/*.sh),$(f):$(DOC)/hooks/$(notdir $(f)):644) \
  $(foreach f,$(MANPAGES),$(f):share/man/man$(subst .,,$(suffix $(f)))/$(notdir $(f)):644) \
  $(foreach f,$(wildcard tools/completions/*.bash),$(f):share/bash-completion/completions/$(basename $(notdir $(f))):644) \
  $(foreach f,$(wildcard tools/completions/*.fish),$(f):share/fish/vendor_completions.d/$(notdir $(f)):644) \
  $(foreach f,$(wildcard tools/completions/functions/*.fish),$(f):share/fish/vendor_functions.d/$(notdir $(f)):644) \
  $(foreach f,$(wildcard tools/completions/_*),$(f):share/zsh/site-functions/$(notdir $(f)):644) \
  tools/desktop/render-on-farm.sh:lib/blendfolder/render-on-farm:755 \
  tools/desktop/blendfolder-submit.desktop:share/applications/blendfolder-submit.desktop:644 \
  tools/desktop/blendfolder-submit.desktop:share/Thunar/sendto/blendfolder-submit.desktop:644 \
  tools/desktop/blendfolder-servicemenu.desktop:share/kio/servicemenus/blendfolder.desktop:755 \
  tools/desktop/blendfolder.nemo_action:share/nemo/actions/blendfolder.nemo_action:644 \
  $(foreach f,$(wildcard agent/systemd/*/*.service),$(f):lib/systemd/$(f:agent/systemd/%=%):644)

install: all
	$(Q)set -e; for item in $(INSTALLS); do \
	  file=$${item%%:*} mode=$${item##*:} place=$${item#*:}; place='$(DESTDIR)$(PREFIX)'/$${place%:*}; \
	  install -D -m $$mode "$$file" "$$place"; \
	  case $$place in *.service|*.desktop|*.nemo_action) sed -i 's|/usr/local/|$(PREFIX)/|' "$$place";; esac; done
	@echo 'installed under $(DESTDIR)$(PREFIX)'

uninstall:
	$(Q)for item in $(INSTALLS); do place=$${item#*:}; rm -f '$(DESTDIR)$(PREFIX)'/$${place%:*}; done
	$(Q)[ ! -d '$(DESTDIR)$(PREFIX)/lib/blendfolder' ] || rmdir '$(DESTDIR)$(PREFIX)/lib/blendfolder'
	$(Q)[ ! -d '$(DESTDIR)$(PREFIX)/$(DOC)' ] || rmdir '$(DESTDIR)$(PREFIX)/$(DOC)/hooks' '$(DESTDIR)$(PREFIX)/$(DOC)'

# A Debian package of what is installed, below $(O)/deb.
deb: all
	$(Q)rm -rf $(O)/deb && mkdir -p $(O)/deb
	$(Q)$(MAKE) --no-print-directory -s install DESTDIR='$(abspath $(O))/deb/root' PREFIX=/usr >/dev/null
	$(Q)tools/deb/build.sh $(O)/deb $(VERSION)

clean:
	rm -rf $(O)

help:
	@echo 'make            build bfagent and the tools under $(O)/'
	@echo 'make deps       install what is missing (Debian packages)'
	@echo 'make demo       install, build, render a sample with two agents and show where the pictures are'
	@echo 'make check      install, build, run every test'
	@echo 'make check-faults  one fault in one run, at every call an agent makes on the share'
	@echo 'make check-shares  the tests on real NFS, SMB and sshfs, each with two clients (installs the servers, starts none);'
	@echo '                TESTS="FILE..." runs only those'
	@echo 'make lint       warnings of two compilers, arrows, headers, man pages, shell scripts'
	@echo 'make asan       the tests again with address and undefined-behaviour sanitizers'
	@echo 'make fuzz       every parser, FUZZ_SECONDS=$(FUZZ_SECONDS) in all'
	@echo 'make tsan       the tests again with the thread sanitizer; TESTS="FILE..." runs only those'
	@echo 'make model      search the protocol exhaustively'
	@echo 'make bench      the numbers, each beside its floor'
	@echo 'make sim        a farm of 1,000 agents in virtual time (docs/SCALING.md): $(O)/sim/tests/sim'
	@echo 'make install    DESTDIR=$(DESTDIR) PREFIX=$(PREFIX); uninstall; clean'
	@echo 'make deb        a Debian package: $(O)/deb/blendfolder_$(VERSION)-1_ARCH.deb'
	@echo 'V=1 shows commands, DEV=1 turns warnings into errors, O=DIR builds elsewhere'

.PHONY: all unit helpers deps demo check check-shares check-faults lint bench sim model fuzz fuzzers asan tsan install uninstall deb clean help
.SECONDARY:
