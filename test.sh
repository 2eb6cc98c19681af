#!/usr/bin/env bash
# The one test command. Installs what is missing, builds, runs every test; the last line is "N passed, N failed".
#   ./test.sh          everything that fits in half an hour on two cores
#   ./test.sh --full   also the long sandbox tests, clang++, the sanitizer builds and minutes of fuzzing
# Checks that need real data read JANGWON_DATA and are skipped, with a line that says so, where it is not set.
set -uo pipefail
cd "$(dirname "$0")"

full=""
case "${1:-}" in
  "") ;;
  --full) full=--full ;;
  *) echo "test.sh: unknown argument \"$1\"; known is --full" >&2; exit 2 ;;
esac

./setup.sh $full || exit 1
./build.sh || { echo "0 passed, 1 failed"; exit 1; }

results=build/test-results
rm -rf "$results"
mkdir -p "$results"
JANGWON_LONG_TESTS=${full:+1} GTEST_OUTPUT="json:$PWD/$results/" ctest --test-dir build --output-on-failure -j 2 --no-tests=error \
  --output-junit "$PWD/$results/ctest.xml" | grep -vE '^ *Start +[0-9]+:'

if [ -n "$full" ]; then
  tests/full.sh "$results"
fi
python3 tests/count_results.py "$results"
