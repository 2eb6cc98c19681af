#!/usr/bin/env bash
# Configures build/ once and builds the given targets (all of them when none is given). Used by demo.sh and test.sh.
set -euo pipefail
cd "$(dirname "$0")"
if [ ! -f build/build.ninja ]; then
  cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release >build-configure.log 2>&1 || {
    cat build-configure.log >&2
    exit 1
  }
  rm -f build-configure.log
fi
# ninja rewrites one progress line on a terminal; in a log a line every so often is enough.
if [ -t 1 ]; then
  ninja -C build "$@"
else
  NINJA_STATUS='[%f/%t %es] ' ninja -C build "$@" | awk 'NR % 25 == 1 || /FAILED|error|warning|ninja:/ { print; fflush() }'
fi
