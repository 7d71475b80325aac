#!/bin/sh
# The tables of sentences in docs/results.md, from raw files to Markdown: every model for as many minutes, then measured.
#   sh scripts/reproduce_arae_text.sh FOLDER [RUNS] [MINUTES] [SEEDS]
# FOLDER holds train, valid (or dev) and test as text files, such as captions, snli_text or yelp; nothing else differs
# between corpora. Of 45 minutes, nine models and three seeds take 20 hours, measuring aside. In the environment:
# THREADS=1 gives each run one thread, so that two can go side by side; MODELS="lm arae" names the ones wanted;
# SENTENCES=20000 is how many are sampled; LSTM=1 trains two LSTM language models besides to measure each run by, which
# takes long; BEST_OF=4 measures the best of four for each code of ARAE too. ARAE is the preset
# arae-samples; the model measured is that of the last round. A run that is there is not trained again. Budgets are
# wall clock: leave the machine alone, and look at the rounds.
set -e
data=${1:?"a folder with train, valid and test sentences"}
runs=${2:-runs/$(basename "$data")}
minutes=${3:-45}
seeds=${4:-"0 1 2"}
threads=${THREADS:-0}
sentences=${SENTENCES:-100000}
models=${MODELS:-"lm arae arae-transformer ae denoising_ae vae aae daae acai"}
temperatures=${TEMPERATURES:-0,0.3,0.5,0.7,0.8,0.9,1,1.1}

settings() {
    case $1 in
        arae) echo "arae --preset arae-samples" ;;
        arae-transformer) echo "arae --preset arae-samples --autoencoder transformer" ;;
        *) echo "$1 --state-dropout 0.3" ;;
    esac
}

for name in $models; do
    for seed in $seeds; do
        out=$runs/$name-$seed
        # shellcheck disable=SC2046
        textgan train $(settings "$name") --data "$data" --max-length 15 --vocab-size 11000 \
            --minutes "$minutes" --seed "$seed" --threads "$threads" --out "$out"
        [ -f "$out/test.json" ] || textgan evaluate "$out" --split test -n "$sentences" --temperature 1 \
            --temperatures "$temperatures" --json "$out/test.json" --html "$out/report.html"
        [ -z "$LSTM" ] || [ -f "$out/lstm.json" ] || textgan evaluate "$out" --split test -n "$sentences" \
            --temperature 1 --metrics lstm --json "$out/lstm.json"
        case $name in arae*) ranked=$BEST_OF ;; *) ranked= ;; esac
        [ -z "$ranked" ] || [ -f "$out/best_of.json" ] || textgan evaluate "$out" --split test -n "$sentences" \
            --best-of "$ranked" --temperature 1 --temperatures "${temperatures#0,}" --metrics perplexity \
            --json "$out/best_of.json"
    done
done
python "$(dirname "$0")/tables.py" "$runs"
