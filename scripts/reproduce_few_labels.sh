#!/bin/sh
# Classification with few labels, from raw files to a table: every model with the same labels, and simple classifiers.
#   FLAGS="--labels label" sh scripts/reproduce_few_labels.sh DATA [RUNS] [ROUNDS] [SIZES] [DRAWS]
# FLAGS say which columns; SIZES are numbers of labels, DRAWS seeds of their choice. Of each run the model with the
# fewest errors on validation data is measured on test data: that choice sees more labels than the training does.
# MODELS in the environment names some of these; THREADS=1 gives each run one thread:
#   supervised   encoder and classifier, labeled sentences alone
#   pretrained   an autoencoder for ROUNDS, then as above (Dai and Le 2015); arae-pretrained the same with ARAE
#   ae, arae     the model and the classifier on its codes, together
#   ...-full     with vectors of words and the classifier's own sure answers on sentences without labels, as by default
#   SST-2:  FLAGS="--text-column 2 --labels 1 --max-length 60 --long-sentences truncate"   DATA sst2
#   Yelp:   FLAGS="--labels label"               DATA yelp
#   SNLI:   FLAGS="--labels gold_label --tokenizer nltk --lowercase true --max-length 25 --long-sentences truncate
#           --unlabeled captions,snli_text"     DATA snli     ROUNDS 3000     SIZES 28000
#           ARAE="--code-noise 0.05 --gan-every 2"     (settings of ARAE alone)
set -e
data=${1:?"data with labels"}
runs=${2:-runs/labels-$(basename "$data")}
rounds=${3:-800}
sizes=${4:-"20 100 500 2000"}
draws=${5:-"0 1 2"}
models=${MODELS:-"supervised pretrained ae arae arae-pretrained supervised-full ae-full arae-full"}

settings() {
    case $1 in
        supervised) echo "ae --classifier.schedule only" ;;
        pretrained) settings ae-pretrained ;;
        *-pretrained) echo "$(settings "${1%-pretrained}") --classifier.schedule after
            --classifier.pretrain-rounds $rounds --classifier.optimizer.decay-from 0.65" ;;
        *-full) settings "${1%-full}" ;;
        arae) echo "arae --code-gain 5 $ARAE" ;;
        *) echo "$1" ;;
    esac
}

# As many rounds with the classifier for all, at the same rates.
length() {
    case $1 in *pretrained*) echo $((2 * rounds)) ;; *) echo "$rounds" ;; esac
}

plainly() {
    case $1 in *-full) ;; *) echo "--classifier.word-dim 0 --classifier.unlabeled-batch-size 0" ;; esac
}

for size in $sizes; do
    for name in $models; do
        for draw in $draws; do
            out=$runs/$name-$size-$draw
            # shellcheck disable=SC2046,SC2086
            textgan train $(settings "$name") --data "$data" $FLAGS --labeled "$size" --label-seed "$draw" --seed "$draw" \
                --rounds "$(length "$name")" $(plainly "$name") --evaluate-every 200 --threads "${THREADS:-0}" --out "$out"
            [ -f "$out/test.json" ] || textgan evaluate "$out/best" --split test --metrics classification -n 100 \
                --json "$out/test.json"
        done
    done
done
python "$(dirname "$0")/few_labels.py" "$runs"
