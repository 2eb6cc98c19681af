#!/usr/bin/env bash
# Installs what the build, the demo and the tests need and this machine lacks, as Debian packages by name (Debian 12, Ubuntu 24.04).
# Does nothing, and needs no network and no root, where everything is there.
#   ./setup.sh --full   also the second compiler, for ./test.sh --full
#   ./setup.sh --cuda   also the CUDA toolkit, into .cuda/ (about 900 MB), unless this machine has one
set -euo pipefail
cd "$(dirname "$0")"

full="" cuda=""
for argument in "$@"; do
  case "$argument" in
    --full) full=1 ;;
    --cuda) cuda=1 ;;
    *) echo "setup.sh: unknown argument \"$argument\"; known are --full and --cuda" >&2; exit 2 ;;
  esac
done

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
if [ -n "$full" ]; then
  packages+=(clang libclang-rt-dev llvm)   # second compiler, sanitizers, fuzzers
fi

# Debian has no nvcc in its main archive; NVIDIA's wheels on PyPI are a whole toolkit. nvcc, crt, nvvm and runtime must be of one
# release, and cuBLAS one that fits it.
wheels=(
  nvidia-cuda-nvcc==13.0.88 nvidia-cuda-crt==13.0.88 nvidia-nvvm==13.0.88 nvidia-cuda-runtime==13.0.96
  nvidia-cuda-cccl==13.0.85 nvidia-cublas==13.1.0.3
)
if [ -n "$cuda" ]; then
  for nvcc in "$(command -v nvcc || true)" "${CUDA_HOME:-/none}/bin/nvcc" "${CUDA_PATH:-/none}/bin/nvcc" /usr/local/cuda/bin/nvcc \
    .cuda/nvidia/cu13/bin/nvcc; do
    [ -n "$nvcc" ] && [ -x "$nvcc" ] && break
    nvcc=""
  done
  if [ -n "$nvcc" ]; then
    echo "CUDA: $nvcc is used"
    cuda=""
  else
    python3 -m pip --version >/dev/null 2>&1 || packages+=(python3-pip)
  fi
fi

# Makes .cuda/ from the wheels, all of it or nothing.
install_cuda() {
  echo "Installing the CUDA toolkit into .cuda/: ${wheels[*]}"
  rm -rf .cuda
  local unfinished=.cuda/unfinished
  PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
    --target "$unfinished" "${wheels[@]}" || {
    echo "setup.sh: the CUDA toolkit could not be fetched from PyPI; without it everything but the GPU kernels is built" >&2
    rm -rf .cuda
    exit 2
  }
  # The wheels carry the libraries by their versions alone, and linkers look for the plain names.
  for library in "$unfinished"/nvidia/cu13/lib/lib*.so.*; do
    ln -sf "$(basename "$library")" "${library%%.so.*}.so"
  done
  mv "$unfinished"/* .cuda/
  rmdir "$unfinished"
  rm -f build/build.ninja  # the next build looks for a toolkit again
}

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null || true)
  [ "${status:0:2}" = "ii" ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  [ -z "$cuda" ] || install_cuda
  exit 0
fi

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
[ -z "$cuda" ] || install_cuda
