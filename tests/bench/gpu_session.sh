#!/bin/sh
# Everything that a borrowed GPU is for, in ten minutes, into one file:
#
#     tests/bench/gpu_session.sh BUILD FILE
#
# BUILD is a folder that the program, the tests and libjangwon_cuda.so were built in. First what must be true before
# anything else means something (the device, its self-check), then the operators' and the engine's tests on the device,
# compute-sanitizer over the operators' tests, the invariance proof, and last the figures, each line of which has the
# measured time beside the one on paper. A step that fails is told and the others are still run; one that would begin
# after GPU_SESSION_SECONDS (540) is left out and told, too. The exit status is 0 where every step ran and passed, 1 where one did
# not, 2 where there is no GPU: then nothing is written.
set -u

if [ $# -ne 2 ]; then
    echo "usage: gpu_session.sh BUILD FILE" >&2
    exit 2
fi
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$1
file=$2
seconds=${GPU_SESSION_SECONDS:-540}
model=$root/runtime/stand_ins/standin-k-exaone

if [ ! -x "$build/jangwon" ]; then
    echo "gpu_session: $build holds no jangwon; build it first (./build.sh)" >&2
    exit 2
fi
why=$("$build/jangwon" models show "$model" --device cuda 2>&1 >/dev/null) || {
    echo "gpu_session: no GPU can be used here: $(echo "$why" | tail -n 1)" >&2
    exit 2
}

begin=$(date +%s)
failed=""
left_out=""
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

elapsed() {
    echo $(($(date +%s) - begin))
}

# step NAME MOST_SECONDS COMMAND...
step() {
    name=$1
    most=$2
    shift 2
    left=$((seconds - $(elapsed)))
    if [ "$left" -le 0 ]; then
        left_out="$left_out $name"
        echo "== $name: left out, the time is up" >> "$file"
        return
    fi
    [ "$most" -lt "$left" ] || most=$left
    echo "== $name" >> "$file"
    at=$(elapsed)
    timeout "$most" "$@" > "$work/output" 2>&1
    status=$?
    verdict=passed
    [ "$status" -eq 0 ] || verdict="FAILED with status $status"
    # A filter that matches no test would pass.
    case $*/$status in
        *_test*/0) grep -q 'PASSED.* [1-9]' "$work/output" || verdict="FAILED, no test ran" ;;
    esac
    [ "$verdict" = passed ] || failed="$failed $name"
    # A failing test's last lines say why; of long output the end is kept.
    tail -n 400 "$work/output" >> "$file"
    echo "== $name: $verdict after $(($(elapsed) - at)) s" >> "$file"
    echo "$name: $verdict"
}

: > "$file"
echo "gpu_session of $(date -u +%Y-%m-%dT%H:%M:%SZ)" >> "$file"

export JANGWON_TEST_ON_GPU=1
on_device="*cuda_sm*"
step device 30 nvidia-smi
step self-check 60 "$build/jangwon" models show "$model" --device cuda
step operators 150 "$build/tests/ops_test" --gtest_filter="$on_device"
step engine 120 "$build/tests/cuda_engine_test"
step checkpoint 60 "$build/jangwon" models verify "$root/tests/golden/models/solar_plain" --device cuda
step invariance 90 "$build/jangwon" selftest determinism --device cuda --numerics tensor
if command -v compute-sanitizer > /dev/null; then
    for tool in memcheck racecheck synccheck initcheck; do
        step "$tool" 60 compute-sanitizer --tool "$tool" --error-exitcode 9 \
            "$build/tests/ops_test" --gtest_filter="$on_device*tensor*"
    done
else
    left_out="$left_out compute-sanitizer"
    echo "== compute-sanitizer: left out, it is not installed" >> "$file"
fi
for kind in solar_open deepseek_v3; do
    step "checkpoint of $kind" 60 python3 "$root/tests/bench/make_checkpoint.py" "$kind" "$work/$kind"
    step "bench of $kind" 120 "$build/jangwon" bench --model "$work/$kind" --device cuda \
        --prefill 512 --decode 64 --batch 1,16,64,256
    step "bench of $kind without graphs" 60 env JANGWON_CUDA_GRAPHS=0 "$build/jangwon" bench --model "$work/$kind" \
        --device cuda --prefill 512 --decode 64 --batch 1,16
done

echo "== in all: $(elapsed) s; failed:${failed:- none}; left out:${left_out:- none}" >> "$file"
tail -n 1 "$file"
[ -z "$failed$left_out" ]
