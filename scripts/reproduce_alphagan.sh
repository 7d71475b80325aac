#!/bin/sh
# The tables of alpha-GAN in docs/results.md: binarized MNIST, and ColorMNIST with its 1,000 modes.
#   sh scripts/reproduce_alphagan.sh FOLDER_OF_MNIST [RUNS]
# One thread each, so that two can run side by side on two cores: about an hour and a half, one after the other.
set -e
mnist=${1:?"the folder of MNIST's IDX files"}
runs=${2:-runs}

mnist_run() {
    textgan train "$1" --data "$mnist" --binarize dynamic --minutes "$2" --threads 1 --out "$runs/mnist-$1"
    textgan evaluate "$runs/mnist-$1" --split test --metrics reconstruction,probe,samples,diversity,memorization,critic \
        --steps 400 -n 5000 --limit 5000 --json "$runs/mnist-$1/test.json"
}
color_run() {
    textgan train "$1" --data "$mnist" --binarize dynamic --color-digits true --minutes "$2" --threads 1 \
        --out "$runs/color-$1"
    textgan evaluate "$runs/color-$1" --split test --metrics reconstruction,samples,modes,critic \
        --steps 400 -n 5000 --limit 5000 --json "$runs/color-$1/test.json"
}

mnist_run alphagan 10
mnist_run dcgan 7
mnist_run wgan_gp 7
mnist_run age 5
color_run alphagan 6
color_run dcgan 5
color_run age 5
