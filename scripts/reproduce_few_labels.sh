#!/bin/sh
# Classification with few labels, from raw files to a table: supervised, autoencoder, ARAE, each with the same labels.
#   FLAGS="--labels label" sh scripts/reproduce_few_labels.sh DATA [RUNS] [MINUTES] [SIZES] [DRAWS]
# FLAGS say which columns; SIZES are numbers of labels, DRAWS seeds of their choice. Of each run the model with the
# fewest errors on validation data is measured on test data: that choice sees more labels than the training does. In the environment THREADS=1 gives each run one thread.
#   SST-2:  FLAGS="--text-column 2 --labels 1 --max-length 60 --long-sentences truncate"   DATA sst2
#   Yelp:   FLAGS="--labels label"               DATA yelp
#   SNLI:   FLAGS="--labels gold_label --tokenizer nltk --lowercase true --max-length 25 --long-sentences truncate
#           --unlabelled captions,snli_text"     DATA snli     SIZES 28000
set -e
data=${1:?"data with labels"}
runs=${2:-runs/labels-$(basename "$data")}
minutes=${3:-10}
sizes=${4:-"20 100 500 2000"}
draws=${5:-"0 1 2"}
models=${MODELS:-"supervised supervised-consistent pretrained ae ae-consistent arae arae-consistent"}

settings() {
    case $1 in
        supervised) echo "ae --classifier.schedule only" ;;
        pretrained) echo "ae --classifier.schedule after --classifier.pretrain-rounds 2000" ;;
        *-consistent) settings "${1%-consistent}" ;;
        arae) echo "arae --code-gain 5" ;;
        *) echo "$1" ;;
    esac
}

consistency() {
    case $1 in *-consistent) ;; *) echo "--classifier.consistency-rows 0" ;; esac
}

for size in $sizes; do
    for name in $models; do
        for draw in $draws; do
            out=$runs/$name-$size-$draw
            # shellcheck disable=SC2046,SC2086
            textgan train $(settings "$name") --data "$data" $FLAGS --labelled "$size" --label-seed "$draw" --seed "$draw" \
                --minutes "$minutes" $(consistency "$name") --evaluate-every 250 --threads "${THREADS:-0}" --out "$out"
            [ -f "$out/test.json" ] || textgan evaluate "$out/best" --split test --metrics classification -n 100 \
                --json "$out/test.json"
        done
    done
done
python "$(dirname "$0")/few_labels.py" "$runs"
