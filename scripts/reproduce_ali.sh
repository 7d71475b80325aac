#!/bin/sh
# The tables of ALI in docs/results.md: the mixture over ten seeds, and binarized MNIST with an L2-SVM on few labels.
#   sh scripts/reproduce_ali.sh FOLDER_OF_MNIST [RUNS]
# One thread each, so that two can run side by side on two cores: about three quarters of an hour, one after the other.
set -e
mnist=${1:?"the folder of MNIST's IDX files"}
runs=${2:-runs}

for seed in 0 1 2 3 4 5 6 7 8 9; do
    textgan train ali --preset mixture --threads 1 --seed "$seed" --out "$runs/mixture-ali-$seed"
    textgan evaluate "$runs/mixture-ali-$seed" --split test --metrics reconstruction,modes \
        --json "$runs/mixture-ali-$seed/test.json"
done
textgan train ali --data "$mnist" --binarize dynamic --minutes 8 --threads 1 --out "$runs/mnist-ali"
textgan evaluate "$runs/mnist-ali" --split test --metrics reconstruction,svm,samples,critic --steps 400 -n 5000 --limit 5000 \
    --json "$runs/mnist-ali/test.json"
