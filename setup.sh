#!/usr/bin/env bash
# Installs what the build, the demo and the tests need and this machine lacks, as Debian packages by name (Debian 12, Ubuntu 24.04).
# Does nothing, and needs no network and no root, where everything is there.
set -euo pipefail

packages=(
  g++ cmake ninja-build pkg-config git ca-certificates   # build
  libcli11-dev libyaml-cpp-dev nlohmann-json3-dev libfmt-dev   # command line, configuration, JSON, formatting
  libpcre2-dev libutf8proc-dev          # tokenizer
  libseccomp-dev                        # sandbox
  libssl-dev zlib1g-dev libminizip-dev  # hashes, compression, zip files
  libcurl4-openssl-dev                  # HTTP
  libboost-dev                          # special functions (Boost.Math)
  libgtest-dev libgmock-dev libbenchmark-dev   # tests, micro-benchmarks
  libboost-context-dev                  # tests: the emulated GPU
  python3 python3-numpy                 # programs under test run in it
  file dpkg-dev                         # CPack asks them when the Debian package is made
)
if [ "${1:-}" = "--full" ]; then
  packages+=(clang libclang-rt-dev llvm)   # second compiler, sanitizers, fuzzers
fi

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null || true)
  [ "${status:0:2}" = "ii" ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
  echo "setup.sh: these packages are missing and this system has no apt-get; install them by hand: ${missing[*]}" >&2
  exit 2
fi
root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "setup.sh: these packages are missing: ${missing[*]}; run as root, or install sudo, or install them by hand" >&2
    exit 2
  fi
  root=(sudo)
fi
echo "Installing: ${missing[*]}"
install() {
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null
}
# The package lists of a fresh machine are empty or old.
"${root[@]}" apt-get update -qq
install >/dev/null || install
