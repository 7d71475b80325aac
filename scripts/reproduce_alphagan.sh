#!/bin/sh
# The tables of alpha-GAN in docs/results.md: binarized MNIST, and ColorMNIST with its 1,000 modes.
#   sh scripts/reproduce_alphagan.sh FOLDER_OF_MNIST [RUNS]
# One thread each, so that two can run side by side on two cores: about an hour and a half, one after the other.
set -e
mnist=${1:?"the folder of MNIST's IDX files"}
runs=${2:-runs}

for model in alphagan dcgan wgan_gp age; do
    textgan train "$model" --data "$mnist" --binarize dynamic --minutes 8 --threads 1 --out "$runs/mnist-$model"
    textgan evaluate "$runs/mnist-$model" --split test --steps 500 --json "$runs/mnist-$model/test.json"
done
for model in alphagan dcgan age; do
    textgan train "$model" --data "$mnist" --binarize dynamic --color-digits true --minutes 8 --threads 1 \
        --out "$runs/color-$model"
    textgan evaluate "$runs/color-$model" --split test --metrics reconstruction,samples,modes,critic --steps 500 \
        --json "$runs/color-$model/test.json"
done
