# SPDX-License-Identifier: GPL-2.0
# The front door. Everything that happens stands in the folders.

# For test, check, modules and shell: 6.1, 6.12, 7.2 or all.
KERNEL ?= all
# For demo: enclave, or linux.
GUEST ?= enclave
# For test: the name of one test, as "make list" shows it; empty for everything.
TEST ?=

.PHONY: help programs setup tools modules check demo test test-debug hostile list shell bench bench-enclave bench-relay bench-qgs qemu check-qemu style install dkms-install clean

help:
	@sed -n 's/^## //p' Makefile

programs:
	selftests/setup.sh tools selftests vm
	selftests/build

## make demo      see it work: an enclave reaches the host at CID 3; GUEST=linux: a plain guest
demo:
	selftests/setup.sh tools selftests vm
	selftests/build demo
	selftests/vm/demo --guest '$(GUEST)'

## make test      all tests; KERNEL=6.12 TEST=<name> runs one on one kernel
test:
	selftests/test '$(KERNEL)' '$(TEST)'

## make test-debug  the tests that run in virtual machines, on a kernel that checks itself
test-debug:
	selftests/setup.sh tools selftests vm debug
	selftests/build
	selftests/vm/run --kernel 6.12-debug $(addprefix --test ,$(TEST))

## make hostile   ten million packets from hostile guests, on KERNEL
hostile: programs
	selftests/vm/run --kernel '$(KERNEL)' --test hostile_01 --verbose \
	  --set PACKETS=10000000 --seconds 3600

## make list      names of the tests that run in virtual machines
list:
	selftests/vm/run --list

## make tools     the programs, into build/bin
tools:
	selftests/setup.sh tools
	cmake -S tools -B build/tools -G Ninja
	cmake --build build/tools

## make modules   the module for KERNEL, into build/kmod
modules:
	selftests/setup.sh vm
	selftests/vm/kbuild '$(KERNEL)' modules

## make check     the module for KERNEL under W=1, sparse and checkpatch.pl
check:
	selftests/setup.sh selftests vm
	selftests/check '$(KERNEL)'

## make bench     what the module costs, in instructions per packet
bench: programs
	selftests/vm/bench

## make bench-enclave  an enclave with a rule beside one with vhost-device-vsock
bench-enclave: programs
	selftests/vm/bench-enclave

## make bench-relay  vsock-relay beside socat, HAProxy and systemd-socket-proxyd
bench-relay:
	selftests/setup.sh tools selftests vm relay-bench
	selftests/build
	selftests/relay/bench
	selftests/relay/bench-vsock

## make bench-qgs  qgs-mux beside a direct connection and socat
bench-qgs:
	selftests/setup.sh tools selftests vm relay-bench
	selftests/build
	selftests/qgs/bench

## make shell     a virtual machine with KERNEL to play in
shell: programs
	selftests/vm/shell '$(KERNEL)'

## make qemu      QEMU with qemu-patches/, into the cache; tells where it is
qemu:
	selftests/setup.sh vm qemu
	selftests/vm/qemu

## make check-qemu  whether qemu-patches/ apply, build one by one, and please checkpatch.pl
check-qemu:
	selftests/setup.sh vm qemu
	qemu-patches/check

## make setup     the Debian packages that all of this needs
setup:
	selftests/setup.sh tools selftests vm qemu style

## make style     formatting and lint of everything that is not the module
style:
	selftests/style

## make install   programs, man pages and the module for the running kernel
install: tools
	cmake --install build/tools
	$(MAKE) -C kmod modules_install

## make dkms-install  the module for every kernel that is or will be installed, and its settings
dkms-install:
	$(MAKE) -C kmod dkms-install settings_install

## make clean     remove build/; the images stay in the cache
clean:
	$(RM) -r build
