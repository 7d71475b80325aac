#!/bin/sh
# The tables of sentences in docs/results.md, from raw files to Markdown: every model for as many minutes, then measured.
#   sh scripts/reproduce_arae_text.sh FOLDER [RUNS] [MINUTES] [SEEDS]
# FOLDER holds train, valid (or dev) and test as text files, such as captions, snli_text or yelp; nothing else differs
# between corpora. Of 45 minutes, eight models and three seeds take 18 hours, measuring aside; THREADS=1 in the
# environment gives each run one thread, so that two can go side by side. A run that is there is not trained again.
set -e
data=${1:?"a folder with train, valid and test sentences"}
runs=${2:-runs/$(basename "$data")}
minutes=${3:-45}
seeds=${4:-"0 1 2"}
threads=${THREADS:-0}
sentences=${SENTENCES:-100000}
temperatures=0,0.3,0.5,0.7,0.8,0.9,1,1.1

train() {
    name=$1
    shift
    for seed in $seeds; do
        out=$runs/$name-$seed
        textgan train "$@" --data "$data" --max-length 15 --vocab-size 11000 --minutes "$minutes" --seed "$seed" \
            --threads "$threads" --out "$out"
    done
}

train lm lm
train arae arae
train arae-transformer arae --autoencoder transformer
for model in ae denoising_ae vae aae daae acai; do
    train "$model" "$model"
done

for name in lm arae arae-transformer ae denoising_ae vae aae daae acai; do
    for seed in $seeds; do
        out=$runs/$name-$seed
        [ -f "$out/test.json" ] || textgan evaluate "$out/best" --split test -n "$sentences" --temperature 1 \
            --temperatures "$temperatures" --json "$out/test.json" --html "$out/report.html"
    done
done
python "$(dirname "$0")/tables.py" "$runs"
