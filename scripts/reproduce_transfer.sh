#!/bin/sh
# Attribute transfer (Zhao et al. 2018, section 5.4): accuracy against BLEU to the source, over the weight of hiding in
# training and that of guidance in writing.
#   sh scripts/reproduce_transfer.sh DATA [RUNS] [ROUNDS] [WEIGHTS]
# DATA has labels, such as yelp (train.0.txt, train.1.txt ...). In the environment FLAGS are more settings, such as
# "--hidden-dim 200"; GUIDANCES the weights of guidance; THREADS=1 gives each run one thread; SPLIT=valid measures on
# validation data, to choose by.
set -e
data=${1:?"sentences with labels"}
runs=${2:-runs/transfer-$(basename "$data")}
rounds=${3:-5000}
weights=${4:-"0.1 0.3 1"}
split=${SPLIT:-test}
guidances=${GUIDANCES:-0,0.2,0.4,0.6,0.8,1}

for weight in $weights; do
    out=$runs/weight-$weight
    # shellcheck disable=SC2086
    textgan train arae_transfer --data "$data" $FLAGS --attribute-weight "$weight" --rounds "$rounds" \
        --threads "${THREADS:-0}" --out "$out"
    [ -f "$out/$split.json" ] || textgan evaluate "$out" --split "$split" --metrics transfer -n 1000 \
        --guidances "$guidances" --json "$out/$split.json"
done
python "$(dirname "$0")/transfer.py" "$runs" --split "$split" --html "$runs/$split.html"
