#!/usr/bin/env bash
# The main job: installs what is missing, builds, evaluates the three stand-in models on the four bundled question sets on the
# CPU, prints the comparison table and writes runs/demo (journal, results, report.md, site/index.html).
set -euo pipefail
cd "$(dirname "$0")"

./setup.sh
./build.sh jangwon

rm -rf runs/demo
build/jangwon run \
  --model standin-axk1,standin-k-exaone,standin-solar-open \
  --tasks aime25,livecodebench_v6,kmmlu_pro,mmlu_pro \
  --max-tokens 384 \
  -o runs/demo
echo
echo "Report: runs/demo/report.md   Site: runs/demo/site/index.html"
