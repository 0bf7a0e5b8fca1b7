# Sourced by run: what a full store costs. `$full` has a million leads that came in over HTTP (MANY
# says how many, to try these scripts).
many=${MANY:-1000000}
full=$dir/full-$schema.db
their_full=$WORK/data/fastify-million.db

pss_mib() {  # of these processes
  local pid
  for pid in "$@"; do cat "/proc/$pid/smaps_rollup"; done |
    awk '/^Pss:/ { sum += $2 } END { printf "%.1f", sum / 1024 }'
}
target_value() { sed -n "s/^$2=//p" "$targets/$1"; }

# fill TARGET LEADS: as fast as they are taken, until so many are stored.
fill() {
  local have left header
  header=$(target_value "$1" header)
  have=$(eval "$(target_value "$1" count)")
  while left=$(($2 - have)) && [ "$left" -gt 0 ]; do
    "$WORK/bin/loadgen" --url "$(target_value "$1" url)" -c 64 -d 300 -n "$left" \
      --body "$(target_value "$1" body)" ${header:+--header "$header"} >>"$dir/fill.log"
    have=$(eval "$(target_value "$1" count)")
  done
}

full_store() {
  [ ! -f "$full" ] || return 0
  step "Taking $many leads over HTTP"
  rm -f "$dir"/full-*
  new_store "$dir/filling.db"
  serve_flead filling "$dir/filling.db" --no-jobs
  fill filling "$many"
  full_pss=$(pss_mib "$flead_pid")
  stop_pids "$flead_pid"
  local part
  for part in db.key db.init db; do mv "$dir/filling.$part" "$dir/full-$schema.$part"; done
}

bench_memory() {
  need_peers || return 0
  local theirs=-
  rm -f "$full"
  full_store
  # Without its flushes, which are not what is measured here: with them it takes an hour.
  if SYNC=OFF start_peer fastify; then
    fill fastify "$many"
    theirs=$(pss_mib "$(target_value fastify pids)")
    stop_all
    mv "$WORK/fastify/leads.db" "$their_full"
  fi
  versus_head
  versus_row "memory (PSS) after $many leads in" "$full_pss MiB" "$theirs MiB" \
    "$("$python" -c 'import sys
print("-" if sys.argv[2] == "-" else f"{float(sys.argv[1]) / float(sys.argv[2]):.2f}")' \
      "$full_pss" "$theirs")" "0.3 (24 MiB)"
  stop_all
}

# ---- pages -------------------------------------------------------------------------------------

# cursors DB FILE [FIELDS]: where pages begin, all over the store.
cursors() {
  local fields=${3:-}
  sqlite3 "$1" "SELECT id FROM leads
    WHERE rowid % (1 + (SELECT max(rowid) FROM leads) / 20000) = 0" | "$python" -c '
import base64, sys
for line in sys.stdin:
    cursor = base64.urlsafe_b64encode(line.strip().encode()).decode().rstrip("=")
    print(f"?cursor={cursor}" + (f"&fields={sys.argv[1]}" if sys.argv[1] else ""))
' "$fields" >"$2"
}
# pages TARGET FILE HEADER [NAME]: one run; appends its line to $dir/pages.NAME, or TARGET.
pages() {
  wrk -t 1 -c 16 -d "${seconds}s" ${3:+-H "$3"} -s "$here/pages.lua" "$(target_value "$1" url)" -- \
    "$2" | tail -1 >>"$dir/pages.${4:-$1}"
}
# page_rows OURS THEIRS WHAT GOAL-OF-RATE GOAL-OF-P99
page_rows() {
  paste -d' ' "$dir/pages.$1" "$dir/pages.$2" | "$python" -c '
import statistics, sys
rows = [list(map(float, line.split())) for line in sys.stdin]
for column in (0, 2, 3, 4):
    pairs = [(row[column], row[column + 5]) for row in rows]
    print(*(f"{statistics.median(side):.2f}" for side in zip(*pairs)),
          f"{statistics.median(a / b if b else 0 for a, b in pairs):.2f}")
' >"$dir/pages.rows"
  local names=("pages/s" "p99, ms" "failed" "bytes of a page") goals=("$4" "$5" "0" "") i=0
  while read -r ours theirs ratio; do
    versus_row "$3: ${names[$i]}" "$ours" "$theirs" "$ratio" "${goals[$i]}"
    i=$((i + 1))
  done <"$dir/pages.rows"
}

bench_lists() {
  need_peers || return 0
  command -v wrk >/dev/null || { note "needs wrk: skipped"; return 0; }
  full_store
  local round most
  rm -f "$dir"/pages.*
  # What their page has of a lead; and all that ours has.
  cursors "$full" "$dir/pages.flead.in" id,name,phone,email,status,utm.source,created_at
  cursors "$full" "$dir/pages.whole.in"
  serve_flead flead "$full" --no-jobs
  if [ ! -f "$their_full" ]; then
    mkdir -p "$WORK/data"
    "$peers/limits/run.sh" seed >/dev/null && cp "$WORK/data/seed-1000000.db" "$their_full"
  fi
  rm -f "$WORK/fastify/leads.db"*
  mkdir -p "$WORK/fastify"
  cp "$their_full" "$WORK/fastify/leads.db"
  KEEP=1 start_peer fastify || { stop_all; return 0; }
  most=$(sqlite3 "$their_full" 'SELECT max(id) FROM leads')
  shuf -i "1-$most" -n 20000 | sed 's/^/?tenant=1\&cursor=/' >"$dir/pages.fastify.in"
  for round in $(seq "$rounds"); do
    pages flead "$dir/pages.flead.in" "$(target_value flead header)"
    pages fastify "$dir/pages.fastify.in"
    pages flead "$dir/pages.whole.in" "$(target_value flead header)" whole
  done
  versus_head
  page_rows flead fastify "list of $many over HTTP, the same fields" "3 (6)" ""
  page_rows whole fastify "list of $many over HTTP, all fields" "" ""
  stop_all
}

# ---- growth ------------------------------------------------------------------------------------

# year_store LEADS: spread over the year that ends now, in year_db LEADS.
year_db() { echo "$dir/year-$1-$schema.db"; }
year_store() {
  local db
  db=$(year_db "$1")
  [ ! -f "$db" ] || return 0
  step "Making a store of $1 leads of a year"
  rm -f "$dir/year-$1"-*
  new_store "$db.part"
  local begin=$((($(date +%s) - 31536000) * 1000))
  {
    echo "PRAGMA cache_size = -1000000; PRAGMA journal_mode = OFF;"
    sed -e "s/n < 1000000/n < $1/" \
      -e "s/1767225600000 + n \* 1000/$begin + n * $((31536000000 / $1))/g" "$here/seed.sql"
    echo "PRAGMA journal_mode = WAL;"
  } | sqlite3 "$db.part" >/dev/null
  "$flead" --db "$db.part" db recount >/dev/null
  sqlite3 "$db.part" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
  mv "$db.part.key" "$db.key"
  mv "$db.part.init" "$db.init"
  mv "$db.part" "$db"
}

bench_growth() {
  need_peers || return 0
  command -v wrk >/dev/null || { note "needs wrk: skipped"; return 0; }
  local size round since tenant one=$many ten=$((many * 10))
  for size in $one $ten; do
    year_store $size
    cursors "$(year_db "$size")" "$dir/pages.$size.in"
    serve_flead $size "$(year_db "$size")" --no-jobs
  done
  rm -f "$dir/pages.$one" "$dir/pages.$ten"
  for round in $(seq "$rounds"); do
    for size in $ten $one; do
      pages $size "$dir/pages.$size.in" "$(target_value $size header)"
    done
  done
  versus_head
  page_rows "$ten" "$one" "list of $ten against $one" "" "1.5 (1.15)"
  stop_all
  since=$(date -u -d '-364 days' +%F)
  tenant=$(sqlite3 "$(year_db "$ten")" 'SELECT id FROM tenants LIMIT 1')
  "$python" "$here/times.py" 3 \
    scan "sqlite3 $(year_db "$ten") \"SELECT date(created_at_ms / 1000, 'unixepoch') AS day, \
count(*), sum(first_answer_at_ms IS NOT NULL) FROM leads WHERE tenant_id = '$tenant' AND \
created_at_ms >= $(date -u -d "$since" +%s)000 GROUP BY day\"" \
    -- stats "$flead --db $(year_db "$ten") stats --since $since --json" >"$dir/stats.tsv"
  awk -F'\t' '$1 == "scan" { scan = $2 } $1 == "stats" { stats = $2 }
    END { printf "%s %s 1/%d\n", stats, scan, scan / stats }' "$dir/stats.tsv" |
    while read -r stats scan ratio; do
      versus_row "a year's figures at $ten" "$stats ms" "$scan ms" "$ratio" "1/100 (1/500)"
    done
}

# ---- experts -----------------------------------------------------------------------------------

# The catalogue of ten thousand against one of a hundred, page by page in turns.
bench_experts() {
  local size bases=() db
  for size in 100 10000; do
    db=$dir/experts-$size.db
    new_store "$db"
    sed "s/NUMBER/$size/" "$here/experts.sql" | sqlite3 "$db" >/dev/null
    serve_flead "experts-$size" "$db" --no-jobs
    bases+=("$base")
  done
  "$python" - "${bases[@]}" <<'PY' |
import http.client, statistics, sys, time
from datetime import date, timedelta
from urllib.parse import urlsplit
few, many = [http.client.HTTPConnection(urlsplit(base).netloc) for base in sys.argv[1:3]]
soon = date.today() + timedelta(days=7)
pages = {"first page": "/m/acme", "by topic": "/m/acme?topic=topic7",
         "by a word": "/m/acme?q=%D0%BF%D1%80%D0%BE%D0%B4%D1%83%D0%BA%D1%82",
         "by a name at the end": "/m/acme?q=%D0%B8%D1%80%D0%B8%D0%BD%D0%B0%20{last}",
         "by price and a free time": f"/m/acme?price=1&before={soon}",
         "a profile": "/m/acme/e{last:05d}"}
def ask(connection, path):
    begin = time.perf_counter()
    connection.request("GET", path, headers={"Accept": "text/html"})
    reply = connection.getresponse()
    reply.read()
    assert reply.status == 200, (path, reply.status)
    return (time.perf_counter() - begin) * 1000
for name, path in pages.items():
    times = [[], []]
    for _ in range(60):
        times[0].append(ask(few, path.format(last=100)))
        times[1].append(ask(many, path.format(last=10000)))
    a, b = map(statistics.median, times)
    print(f"{name}\t{b:.2f} ms\t{a:.2f} ms\t{b / a:.2f}")
PY
    while IFS=$'\t' read -r name ours theirs ratio; do
      versus_row "experts, $name: 10,000 against 100" "$ours" "$theirs" "$ratio" ""
    done
  stop_all
}

# ---- upkeep ------------------------------------------------------------------------------------

bench_upkeep() {
  need_peers || return 0
  export_under_load
  simulated_year
}

# The write-ahead log beside a long reader.
export_under_load() {
  full_store
  local db=$dir/upkeep.db watcher exporter began
  cp "$full" "$db"
  cp "$full.init" "$db.init"
  cp "$full.key" "$db.key"
  serve_flead flead "$db" --no-jobs
  versus 1 15 64 0 flead
  local before
  before="$(figure flead rps)/s, p99 $(figure flead p99) ms"
  : >"$dir/wal.seen"
  (while :; do stat -c %s "$db-wal"; sleep 0.1; done >"$dir/wal.seen" 2>/dev/null) &
  watcher=$!
  (while :; do
    began=$(date +%s%N)
    "$flead" --db "$db" export leads --csv >/dev/null 2>&1 || echo failed
    echo $((($(date +%s%N) - began) / 1000000))
  done >"$dir/exports.seen") &
  exporter=$!
  flead_pids+=("$watcher" "$exporter")
  versus 1 30 64 0 flead
  versus_row "leads beside an export, and without" "$(figure flead rps)/s" "$before" "" \
    "p99 $(figure flead p99) ms"
  # The loop, and the export that it is at.
  kill "$watcher" "$exporter" $(cat "/proc/$exporter/task/$exporter/children") 2>/dev/null || true
  wait "$watcher" "$exporter" 2>/dev/null || true
  versus_row "export of $many under load" "$(head -1 "$dir/exports.seen") ms" \
    "$(grep -c . "$dir/exports.seen") runs" "" ""
  versus_row "write-ahead log meanwhile, longest" \
    "$(($(sort -n "$dir/wal.seen" | tail -1) / 1048576)) MiB" "" "" "bounded (some 64 MiB)"
  stop_all
  rm -f "$db" "$db"-*
}

# Leads of a year with everything that hangs on them, then the housekeeping as often as it takes.
simulated_year() {
  local leads=${YEAR_LEADS:-20000} db=$dir/simulated.db tries=0 size=0 last=-1 began
  new_store "$db"
  serve_flead flead "$db"
  fill flead "$leads"
  until [ "$(sqlite3 "$db" "SELECT count(*) FROM jobs WHERE state IN ('ready', 'running')
    AND kind IN ('lead.greet', 'message.send')")" = 0 ] || [ $tries -ge 600 ]; do
    sleep 1
    tries=$((tries + 1))
  done
  stop_all
  "$python" "$here/age.py" "$db"
  local kept
  kept=$(stat -c %s "$db")
  began=$(date +%s%N)
  while [ "$size" != "$last" ]; do
    last=$size
    sqlite3 "$db" "UPDATE jobs SET run_at_ms = 0 WHERE kind = 'store.housekeep' AND state = 'ready'"
    "$flead" --db "$db" work --once >/dev/null 2>&1
    sqlite3 "$db" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
    size=$(stat -c %s "$db")
  done
  versus_row "a year of $leads leads: file" "$((size / 1048576)) MiB" "$((kept / 1048576)) MiB" \
    "$("$python" -c "print(f'{$size / $kept:.2f}')")" \
    "$((size / leads)) B a lead; theirs: nothing pruned; $((($(date +%s%N) - began) / 1000000)) ms"
}
