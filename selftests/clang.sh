# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# For scripts that build the tools with clang and sanitizers. They share its folders, so that
# nothing is compiled twice.

# configure SANITIZER OPTION...: prepares build/SANITIZER. "address" finds misuse of memory and
# undefined behaviour, and has the fuzzers; "thread" finds data races.
configure() {
  local name=$1 flags
  local -a sanitizers
  shift
  case $name in
    address)
      # Fuzzers get further in their time.
      flags="-O1 -gline-tables-only"
      sanitizers=(-DVSOCKFWD_SANITIZERS=ON -DVSOCKFWD_FUZZERS=ON)
      ;;
    thread)
      flags="-O0 -gline-tables-only"
      sanitizers=(-DVSOCKFWD_THREAD_SANITIZER=ON)
      ;;
  esac
  cmake -S tools -B "build/$name" -G Ninja -DCMAKE_C_COMPILER=clang \
    -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_C_FLAGS_RELEASE="$flags" \
    -DCMAKE_CXX_FLAGS_RELEASE="$flags" "${sanitizers[@]}" "$@" >/dev/null
}
