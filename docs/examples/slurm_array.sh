#!/usr/bin/env bash
# A run split over eight tasks of a Slurm array. The folder runs/big is on a file system that all nodes see; nothing else is
# shared. Submit, then join when every task has ended:
#
#   job=$(sbatch --parsable docs/examples/slurm_array.sh)
#   sbatch --dependency=afterok:"$job" --wrap 'jangwon merge runs/big/whole runs/big/shard_*'
#
# A task that was killed goes on when it is submitted again: sbatch --array=3 docs/examples/slurm_array.sh
#SBATCH --job-name=jangwon
#SBATCH --array=0-7
#SBATCH --cpus-per-task=16
#SBATCH --time=12:00:00
#SBATCH --requeue
set -euo pipefail

# Of a resubmitted part of the array SLURM_ARRAY_TASK_COUNT is the number of that part, so the split stands here.
shards=8

exec jangwon run \
  --model "${MODEL:-openai:http://inference:8000/v1#K-EXAONE-236B-A23B}" \
  --tasks aime25,livecodebench_v6,kmmlu_pro,mmlu_pro \
  --dataset published \
  --shard "${SLURM_ARRAY_TASK_ID:?submit with sbatch}/$shards" \
  -o "runs/big/shard_$SLURM_ARRAY_TASK_ID"
