#!/usr/bin/env bash
# The long part of ./test.sh --full: two sanitizer builds with the test suite, one of them by the second compiler (so that
# clang++'s warnings count too), and each fuzzer for a while. Leaves NAME.count files (passed, failed) in the folder given. What
# the suites leave out says tests/README.md.
# FUZZ_SECONDS sets the time of each fuzzer (default 60).
set -uo pipefail
cd "$(dirname "$0")/.."
results=$1

# suite NAME WITHOUT CASES CONFIGURE…: builds everything under build-NAME, but nothing by nvcc, which knows no sanitizer, and runs
# the tests in it but those of the expression WITHOUT, and of their cases none of the patterns CASES.
suite() {
  local name=$1 without=$2 cases=$3 passed=0 failed=1
  shift 3
  echo "== $name"
  if cmake -S . -B "build-$name" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG="-O1 -g1" -DJANGWON_CUDA=OFF "$@" \
    >"$results/$name.log" 2>&1 &&
    ninja -C "build-$name" -k 20 >>"$results/$name.log" 2>&1; then
    GTEST_FILTER="-$cases" ctest --test-dir "build-$name" -j 2 --timeout 3600 --output-on-failure -E "^($without)\$" \
      >>"$results/$name.log" 2>&1
    failed=$(grep -cE '^\s*[0-9]+/[0-9]+ Test .*(Failed|Exception|Timeout|Not Run)' "$results/$name.log")
    passed=$(grep -cE '^\s*[0-9]+/[0-9]+ Test .*Passed' "$results/$name.log")
  fi
  if [ "$failed" -ne 0 ] || [ "$passed" -eq 0 ]; then
    tail -n 60 "$results/$name.log"
    [ "$failed" -eq 0 ] && failed=1
  fi
  echo "$passed $failed" >"$results/$name.count"
}

not_ours="format_loss|site_browser_test"  # Python's arithmetic, a browser
slow="*portable*"                         # a compiler's loops without lanes: the lane kernels are held to them elsewhere
# Lane kernels know no threads. What whole models on the emulated GPU could race in, cuda_kernels_test and ops_test run, whose
# chain and tensor operators reach every line that synchronises (removed_lines.py); that a row depends on no other they show by
# the same kernels many times. How types of activations and cache are mixed is nothing that threads see.
one_thread="cpu_kernels_test|cuda_golden_test|cuda_engine_test|cuda_hopper_engine_test"
no_other_race="*cuda_emulated_float32:*cuda_emulated_amx:*Depend*/cuda_emulated_*:*IsCut*/cuda_emulated_*:Mixed/*"

# Looking for stacks that are used after their function returned takes the suites four times as long; fuzzers look for them.
export ASAN_OPTIONS=detect_stack_use_after_return=0:malloc_context_size=6:quarantine_size_mb=16:abort_on_error=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
suite asan "$not_ours" "$slow" -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_C_COMPILER=clang -DJANGWON_LIBFUZZER=ON \
  -DJANGWON_SANITIZE=fuzzer-no-link,address,undefined
suite tsan "$not_ours|$one_thread" "$slow:$no_other_race" -DJANGWON_SANITIZE=thread

echo "== fuzz"
export ASAN_OPTIONS=detect_stack_use_after_return=1:abort_on_error=1
passed=0 failed=0
for fuzzer in build-asan/fuzz/*_fuzz; do
  name=$(basename "$fuzzer" _fuzz)
  found=$(mktemp -d)
  if "$fuzzer" "$found" "tests/fuzz/corpus/$name" -max_total_time="${FUZZ_SECONDS:-60}" -rss_limit_mb=4096 -timeout=30 \
    -print_final_stats=0 -verbosity=0 -artifact_prefix="$results/$name-" >"$results/fuzz-$name.log" 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAILED fuzz $name:" && tail -n 30 "$results/fuzz-$name.log"
  fi
  rm -rf "$found"
done
echo "$passed $failed" >"$results/fuzz.count"
