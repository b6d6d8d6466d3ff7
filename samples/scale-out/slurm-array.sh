#!/bin/bash
# Encodes the pictures of a folder in eight tasks. Each does every eighth picture; a task that starts again goes on where it
# stopped. Submit it with the two folders, and again with --array=3,5 to repeat only those:
#   sbatch slurm-array.sh PICTURES EMBEDDINGS
#SBATCH --job-name=samnative
#SBATCH --array=0-7
#SBATCH --cpus-per-task=4
#SBATCH --mem=1G
#SBATCH --requeue
set -eu

# As many as the whole array has, also where only some are repeated: SLURM_ARRAY_TASK_COUNT would count those.
shards=8

exec samnative encode "$1" --recursive --output "$2" --model vit_b \
    --shard "$SLURM_ARRAY_TASK_ID/$shards" --threads "$SLURM_CPUS_PER_TASK"
