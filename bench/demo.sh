#!/usr/bin/env bash
# A made-up year of England from nothing to an answer: demo.sh REMIT DIRECTORY
set -euo pipefail
remit=$1
dir=$2
mkdir -p "$dir"
# What the user has imported stays out of it, so that the figures are the same everywhere.
export REMIT_DATA=$dir/data

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n%s\n' "$*"; }

say "1. A year of contract monitoring records, made up: 1,000,000"
"$remit" synth --records 1000000 --seed 2026 --year 2025/26 --out "$dir/activity.csv"

say "2. Who pays, by the chart of 2025/26, set beside the national validation tool"
"$remit" assign --method cam-2025-26 --compare cam-tool-5.3 --report "$dir/report.html" --out "$dir/assigned.csv" "$dir/activity.csv" | tee "$dir/summary.txt"

say "3. The chart itself, drawn from the same file that was run"
"$remit" method draw cam-2025-26 --out "$dir/method.svg"

# A specialised record (box C-0 answered Yes) billed to another commissioner is
# worth a question.
row=$(awk '/>C-0>C-0a.*,payer_differs,/ {print NR - 1; exit}' "$dir/assigned.csv")
say "4. Why one record went where it went: row $row, specialised, billed to another commissioner"
"$remit" explain --row "$row" "$dir/activity.csv" > "$dir/explained.txt"
sed -n '/^=>/p; /^trace/p; /^submitted/p' "$dir/explained.txt"
tail -n 2 "$dir/explained.txt" | sed '/^$/d'

moved=$(awk '$1 == "payer_differs" {print $3 " (" $2 " records)"}' "$dir/summary.txt")
share=$(sed -n 's/.* gives another payer or category for \([0-9.]*%\) .*/\1/p' "$dir/summary.txt")
say "What came of it"
cat <<END
  $(sed -n 1p "$dir/summary.txt")
  $moved billed to another commissioner than the chart names
  $share of records get another payer or category from the validation tool than from the chart
  (the records are made up: the figures show what Remit does, not what England spent)

Where to look
  $dir/report.html     the whole run on one page: open it in a browser
  $dir/method.svg      the method as a drawing
  $dir/explained.txt   one record, every box and every fact with its source
  $dir/assigned.csv    the records with the answer behind each

And who commissions what, for whom, since when: $remit serve, then open the address that it prints.
Quality, on made-up returns: $remit synth returns --take --data try, then $remit serve --data try
END
