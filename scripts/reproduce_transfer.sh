#!/bin/sh
# Attribute transfer (Zhao et al. 2018, section 5.4): accuracy against BLEU to the source, over the weight of hiding.
#   sh scripts/reproduce_transfer.sh DATA [RUNS] [MINUTES] [WEIGHTS]
# DATA has labels, such as yelp (train.0.txt, train.1.txt ...); THREADS=1 in the environment gives each run one thread.
set -e
data=${1:?"sentences with labels"}
runs=${2:-runs/transfer-$(basename "$data")}
minutes=${3:-45}
weights=${4:-"0.1 0.3 1 3"}

for weight in $weights; do
    out=$runs/weight-$weight
    textgan train arae_transfer --data "$data" --attribute-weight "$weight" --minutes "$minutes" \
        --threads "${THREADS:-0}" --out "$out"
    [ -f "$out/test.json" ] || textgan evaluate "$out" --split test --metrics transfer -n 1000 --json "$out/test.json"
done
python "$(dirname "$0")/transfer.py" "$runs"
