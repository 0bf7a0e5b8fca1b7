# Sourced by run: other people's servers, ours, and loads on them. The peers (Fastify with
# better-sqlite3, FastAPI with PostgreSQL, the limit probe `ceiling`) and the load generator live
# beside the project; without them the parts that compare say so and are skipped. A peer that
# cannot be installed is left out. Everything that is started here is stopped by its pid.
peers=${PEERS_DIR:-$project_dir/../shared/bench}
targets=$dir/targets
rounds=${ROUNDS:-5} seconds=${SECONDS_EACH:-8}
export WORK=${WORK:-$dir/peers}
export PORT
flead_pids=()
peers_started=()

versus_row() { printf '%-44s %12s %12s %9s   %s\n' "$@"; }
versus_head() { versus_row what ours theirs ratio "goal (aim)"; }

need_peers() {
  if [ ! -f "$peers/lib.sh" ]; then
    note "needs the peers' scripts in $peers (PEERS_DIR names another folder): skipped"
    return 1
  fi
  if [ ! -x "$WORK/bin/loadgen" ] || [ ! -f "$WORK/bin/slowsync.so" ]; then
    mkdir -p "$WORK/bin" "$WORK/data"
    make -s -C "$peers" WORK="$WORK" "$WORK/bin/loadgen" "$WORK/bin/slowsync.so" || return 1
  fi
  mkdir -p "$targets"
}

free_port() {
  "$python" -c 'import socket
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    print(probe.getsockname()[1])'
}

# stop_pids PID...: asks, then ends; ours only.
stop_pids() {
  local pid tries
  for pid in "$@"; do kill "$pid" 2>/dev/null || true; done
  for pid in "$@"; do
    tries=0
    while kill -0 "$pid" 2>/dev/null && [ $tries -lt 120 ]; do
      sleep 0.1
      tries=$((tries + 1))
    done
    kill -9 "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
}

stop_all() {
  stop_pids "${flead_pids[@]}"
  flead_pids=()
  local peer
  for peer in "${peers_started[@]}"; do "$peers/$peer/run.sh" stop >/dev/null 2>&1 || true; done
  peers_started=()
  rm -f "$targets"/*
}

# ---- ours --------------------------------------------------------------------------------------

# `init --test` is what makes leads plain here: in such a store rate.address, rate.key and
# spam.proof are off, for one address and one key send everything. Leads come with a sk_ token, as
# from a site's server, and carry a phone, an e-mail, a page, a campaign and a consent.
new_store() {  # new_store DB
  rm -f "$1" "$1"-* "$1".key "$1".init
  "$flead" --db "$1" init --tenant acme --test --json >"$1.init" 2>/dev/null
}
token_of() { sed -n 's/.*"token": *"\([^"]*\)".*/\1/p' "$1.init"; }

# serve_flead NAME DB [flags]: `environment` goes before the command.
environment=()
serve_flead() {
  local name=$1 db=$2 port tries
  shift 2
  port=$(free_port)
  env "${environment[@]}" "$flead" --db "$db" serve --listen "127.0.0.1:$port" "$@" \
    2>"$dir/$name.log" &
  flead_pid=$!
  flead_pids+=("$flead_pid")
  tries=0
  until curl -sf -m 2 -o /dev/null "http://127.0.0.1:$port/healthz"; do
    tries=$((tries + 1))
    [ $tries -lt 300 ] && kill -0 "$flead_pid" || die "serve did not start: $dir/$name.log"
    sleep 0.05
  done
  base=http://127.0.0.1:$port
  # A lead that is known already is answered 200 and kept as a request: those are counted.
  printf '%s\n' "url=$base/api/v1/leads" "body=$here/lead.json" "pids=$flead_pid" \
    "header=Authorization: Bearer $(token_of "$db")" \
    "count=sqlite3 $db 'SELECT count(*) FROM intake_raw'" >"$targets/$name"
}

# ---- theirs ------------------------------------------------------------------------------------

# start_peer NAME: with the environment of its run.sh. False when it cannot be had.
start_peer() {
  local peer=$1 run=$peers/$1/run.sh log=$dir/$1.log
  if [ "$peer" = fastify ] && [ ! -d "$WORK/fastify/node_modules/better-sqlite3/build" ] &&
    ! { command -v npm >/dev/null && "$run" install >"$log" 2>&1; }; then
    note "Fastify cannot be installed (npm; $log): left out"
    return 1
  fi
  if [ "$peer" = fastapi ] &&
    ! { "$python" -c 'import fastapi, uvicorn, sqlalchemy, psycopg2, asyncpg' 2>"$log" &&
      compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; }; then
    note "FastAPI or PostgreSQL is not installed (Debian: python3-fastapi python3-uvicorn \
python3-sqlalchemy python3-psycopg2 python3-asyncpg postgresql-15): left out"
    return 1
  fi
  PORT=$(free_port)
  peers_started+=("$peer")
  if ! "$run" start >"$log" 2>&1; then
    note "$peer did not start ($log): left out"
    return 1
  fi
  printf '%s\n' "url=$("$run" url)" "body=$peers/payload.json" "header=" \
    "pids=$("$run" pids)" "count=PORT=$PORT $run count" >"$targets/$peer"
}

# The style of FastAPI that takes most leads, found once: sets and exports STYLE.
choose_fastapi() {
  [ -z "${STYLE:-}" ] || return 0
  local style best=0 rate
  for style in core async orm; do
    export STYLE=$style
    start_peer fastapi || { unset STYLE; return 1; }
    versus 1 4 64 0 fastapi
    rate=$(figure fastapi rps | cut -d. -f1)
    [ "$rate" -le "$best" ] || { best=$rate; chosen=$style; }
    "$peers/fastapi/run.sh" stop
  done
  export STYLE=$chosen
  note "FastAPI's best style here: $STYLE"
}

start_ceiling() {
  local port tries=0 name=ceiling
  [ ! -f /usr/include/simdjson.h ] || name=ceiling-simd
  make -s -C "$peers" WORK="$WORK" "$WORK/bin/$name" || return 1
  port=$(free_port)
  rm -f "$dir"/ceiling.db*
  env "${environment[@]}" "$WORK/bin/$name" "$port" "$dir/ceiling.db" 64 64 0 FULL auto \
    "$peers/schema.sql" 2>"$dir/ceiling.log" &
  flead_pids+=($!)
  printf '%s\n' "url=http://127.0.0.1:$port/api/v1/leads" "body=$peers/payload.json" "header=" \
    "pids=$!" "count=sqlite3 $dir/ceiling.db 'SELECT count(*) FROM leads'" >"$targets/ceiling"
  until curl -sf -m 2 -o /dev/null "http://127.0.0.1:$port/healthz"; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || return 1
    sleep 0.05
  done
}

# ---- loads -------------------------------------------------------------------------------------

# versus ROUNDS SECONDS CONNECTIONS RATE TARGET...: the figures are then read with figure().
versus() {
  local rounds=$1 seconds=$2 connections=$3 rate=$4 target files=()
  shift 4
  for target in "$@"; do files+=("$targets/$target"); done
  "$python" "$here/versus.py" "$WORK/bin/loadgen" "$rounds" "$seconds" "$connections" "$rate" \
    "$dir/versus.tsv" "${files[@]}"
  for target in "$@"; do tell_trouble "$target"; done
}
# figure TARGET KEY [median|ratio]
figure() {
  awk -F'\t' -v name="$1" -v key="$2" -v column="$([ "${3:-}" = ratio ] && echo 4 || echo 3)" \
    '$1 == name && $2 == key {print $column}' "$dir/versus.tsv"
}
tell_trouble() {
  local failed lost
  failed=$(figure "$1" failed) lost=$(figure "$1" lost)
  [ "$failed" = 0 ] || note "$1: $failed requests failed"
  [ "$lost" = 0 ] || note "$1: NOT EXACT: $lost answered and not stored"
}
# compare WHAT UNIT KEY OURS THEIRS GOAL: one row of the last versus.
compare() {
  versus_row "$1" "$(figure "$4" "$3") $2" "$(figure "$5" "$3") $2" \
    "$(figure "$5" "$3" ratio)" "$6"
}
