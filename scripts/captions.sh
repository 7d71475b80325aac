#!/usr/bin/env bash
# The captions section of docs/results.md: 30 minutes of training, then measurements, samples and interpolations.
#
#     scripts/captions.sh FOLDER [OUT]      FOLDER holds train.txt.gz, valid.txt.gz and test.txt.gz
set -euo pipefail
data=${1:?expected a folder with train.txt.gz, valid.txt.gz and test.txt.gz}
out=${2:-runs/captions}
textgan train arae --data "$data" --max-length 15 --vocab-size 11000 --minutes 30 --seed 0 --out "$out"
for temperature in 0 0.5 1; do
    textgan evaluate "$out" -n 10000 --seed 0 --temperature "$temperature" --json "$out/evaluation-$temperature.json"
done
python "$(dirname "$0")/show.py" "$out"
