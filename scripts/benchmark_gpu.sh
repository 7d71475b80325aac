#!/usr/bin/env bash
# Pace and memory of training on a GPU, in float32 and in bf16; not measured yet, for want of one.
#
#     scripts/benchmark_gpu.sh [DEVICE] [FLAGS]      scripts/benchmark_gpu.sh cpu --tiny: does it run?
#
# What it should show:
# - that every line appears: a round that waits for the GPU stops with the name of the operation;
# - who is the slower one. Networks of 300 are small for a GPU: where `launched` is near 100 %, the host is too slow, bf16
#   gains nothing, and larger batches or CUDA graphs would; where it is far below, the GPU is at work all the time;
# - what bf16 gains where the GPU is: most for the logits (lm, transformer) and the convolutions (acai).
# A second call with `--batch-size 1024` tells how far the pace grows with the batch.
set -euo pipefail
device=${1:-cuda}
shift || true
here=$(dirname "$0")
precisions="float32 bf16"
if [ "$device" = cpu ]; then precisions=float32; fi # few processors compute in bf16
for precision in $precisions; do
    python "$here/benchmark_gpu.py" arae --device "$device" --precision "$precision" "$@"
    python "$here/benchmark_gpu.py" lm --device "$device" --precision "$precision" "$@"
    python "$here/benchmark_gpu.py" arae --autoencoder transformer --device "$device" --precision "$precision" "$@"
    python "$here/benchmark_gpu.py" lm --autoencoder transformer --device "$device" --precision "$precision" "$@"
    python "$here/benchmark_gpu.py" acai --device "$device" --precision "$precision" "$@"
done
