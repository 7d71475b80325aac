#!/bin/sh
# The tables of ACAI in docs/results.md: the lines benchmark, and binarized MNIST with codes of 32 dimensions.
#   sh scripts/reproduce_acai.sh FOLDER_OF_MNIST [RUNS]
# One thread each, so that two can run side by side on two cores: about two hours in all, one after the other.
set -e
mnist=${1:?"the folder of MNIST's IDX files"}
runs=${2:-runs}

textgan train acai --data lines --minutes 20 --threads 1 --out "$runs/lines-acai"
for model in ae dropout_ae denoising_ae vae aae vqvae; do
    textgan train "$model" --data lines --minutes 5 --threads 1 --out "$runs/lines-$model"
done
for model in acai ae dropout_ae denoising_ae vae aae vqvae; do
    textgan evaluate "$runs/lines-$model" --split test --metrics reconstruction,lines --json "$runs/lines-$model/test.json"
done

textgan train acai --data "$mnist" --binarize dynamic --code-width 4 --code-channels 2 --minutes 38 --threads 1 \
    --out "$runs/mnist-acai"
textgan evaluate "$runs/mnist-acai" --split test --metrics reconstruction,probe,svm,clustering \
    --json "$runs/mnist-acai/test.json"
