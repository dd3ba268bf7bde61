#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Installs the Debian packages that the parts of this project need.
set -euo pipefail

declare -A packages=(
  [tools]="bash-completion cmake g++ libc-ares-dev libcli11-dev libexpected-dev libfmt-dev
           libgmock-dev libgtest-dev libnl-3-dev libnl-genl-3-dev librapidcheck-dev
           libtomlplusplus-dev libyaml-cpp-dev mandoc nettle-dev ninja-build nlohmann-json3-dev
           pkgconf python3 zlib1g-dev"
  [relay-bench]="haproxy python3 socat systemd util-linux"
  [relay-test]="binutils haproxy iproute2 ncat python3 socat systemd util-linux"
  [selftests]="cmake g++ libcli11-dev libfmt-dev libgtest-dev libexpected-dev ninja-build"
  [vm]="cpio debian-archive-keyring e2fsprogs kmod mmdebstrap python3 util-linux xz-utils"
  [qemu]="diffutils git perl"
  [debug]="bc bison flex gcc libelf-dev make"
  [fuzz]="clang libclang-rt-dev"
  [style]="clang-format git mandoc shellcheck"
)

usage() {
  echo "usage: setup.sh GROUP...   groups: $(printf '%s\n' "${!packages[@]}" | sort | xargs)"
}

missing_packages() {
  local name
  for name in "$@"; do
    [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$name" 2>/dev/null) == installed ]] ||
      echo "$name"
  done | sort --unique
}

if (($# == 0)); then
  usage >&2
  exit 2
fi

wanted=()
for group in "$@"; do
  case $group in
    -h | --help)
      usage
      exit
      ;;
  esac
  if [[ ! -v packages[$group] ]]; then
    echo "error: unknown group '$group'" >&2
    usage >&2
    exit 2
  fi
  read -r -d '' -a names <<<"${packages[$group]}" || true
  wanted+=("${names[@]}")
done

mapfile -t missing < <(missing_packages "${wanted[@]}")
if ((${#missing[@]} == 0)); then
  exit
fi
if ((EUID != 0)); then
  echo "error: not root, and these packages are missing: ${missing[*]}" >&2
  echo "hint: sudo $0 $*" >&2
  exit 1
fi

echo "setup: fetching package lists"
apt-get -qq update
echo "setup: installing ${missing[*]}"
DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 install --yes \
  --no-install-recommends "${missing[@]}" >/dev/null
echo "setup: done"
