# Sourced by run: leads coming in. Peers commit one lead after the other with synchronous=FULL
# (Fastify) and fsync on (PostgreSQL), as we do; none of them works on its jobs meanwhile, so ours
# has --no-jobs, and one row says what it takes with them.

bench_intake() {
  need_peers || return 0
  local peers_here=() peer
  new_store "$dir/intake.db"
  serve_flead flead "$dir/intake.db" --no-jobs
  start_peer fastify && peers_here+=(fastify)
  choose_fastapi && start_peer fastapi && peers_here+=(fastapi)
  start_ceiling && peers_here+=(ceiling)
  versus "$rounds" "$seconds" 64 0 flead "${peers_here[@]}"
  versus_head
  declare -A goal=([fastify]="4 (5.5)" [fastapi]="15 (25)" [ceiling]="(0.8)")
  for peer in "${peers_here[@]}"; do
    compare "leads, 64 connections, against $peer" /s rps flead "$peer" "${goal[$peer]}"
  done
  for peer in "${peers_here[@]}"; do
    compare "CPU per lead, against $peer" us cpu_us flead "$peer" \
      "$([ "$peer" != fastify ] || echo "0.5 (0.3)")"
  done
  for peer in "${peers_here[@]}"; do
    compare "p99, 64 connections, against $peer" ms p99 flead "$peer" \
      "$([ "$peer" != fastify ] || echo "0.25 (0.15)")"
  done
  note "the machine was busy with other things: $(figure flead other)% of a core"
  if [ -f "$targets/fastify" ]; then
    new_store "$dir/intake-jobs.db"
    serve_flead flead-jobs "$dir/intake-jobs.db"
    versus 3 "$seconds" 64 0 flead-jobs fastify
    compare "leads, 64 connections, our jobs running" /s rps flead-jobs fastify ""
  fi
  stop_all
}

# The same load offered to both.
bench_latency() {
  need_peers || return 0
  new_store "$dir/latency.db"
  serve_flead flead "$dir/latency.db" --no-jobs
  if start_peer fastify; then
    versus "$rounds" "$seconds" 64 1000 flead fastify
    versus_head
    compare "p50 at 1,000/s offered" ms p50 flead fastify ""
    compare "p99 at 1,000/s offered" ms p99 flead fastify "0.8 (0.5)"
    compare "longest at 1,000/s offered" ms max flead fastify ""
    compare "CPU per lead at 1,000/s offered" us cpu_us flead fastify ""
  fi
  stop_all
}

# The disk of a cheap virtual server: 2 ms more for each flush.
bench_slow_disk() {
  need_peers || return 0
  local peers_here=()
  export PRELOAD=$WORK/bin/slowsync.so SLOWSYNC_US=2000
  environment=("LD_PRELOAD=$PRELOAD")
  new_store "$dir/slow.db"
  serve_flead flead "$dir/slow.db" --no-jobs
  start_peer fastify && peers_here+=(fastify)
  start_ceiling && peers_here+=(ceiling)
  unset PRELOAD SLOWSYNC_US
  environment=()
  versus "$rounds" "$seconds" 64 0 flead "${peers_here[@]}"
  versus_head
  if [ -f "$targets/fastify" ]; then
    compare "leads, 2 ms a flush, 64 connections" /s rps flead fastify "15 (25)"
    compare "p99, 2 ms a flush, 64 connections" ms p99 flead fastify "(12 ms)"
  fi
  compare "leads, 2 ms a flush, against ceiling" /s rps flead ceiling ""
  stop_all
}

# Twice the same server, one with a million leads behind it (of the part `memory`, or seeded).
bench_grown() {
  need_peers || return 0
  full_store
  new_store "$dir/empty.db"
  serve_flead grown "$full" --no-jobs
  serve_flead empty "$dir/empty.db" --no-jobs
  versus "$rounds" "$seconds" 64 0 grown empty
  versus_head
  compare "leads, $many stored, against empty" /s rps grown empty "0.7 (0.95)"
  compare "p99, $many stored, against empty" ms p99 grown empty ""
  compare "CPU per lead, $many stored" us cpu_us grown empty ""
  stop_all
}

bench_crowd() {
  need_peers || return 0
  local slow_pid undisturbed=() disturbed=() round ratio
  new_store "$dir/crowd.db"
  serve_flead flead "$dir/crowd.db" --no-jobs
  start_peer fastify || true
  local both=(flead)
  [ ! -f "$targets/fastify" ] || both+=(fastify)
  versus 3 "$seconds" 256 0 "${both[@]}"
  versus_head
  versus_row "256 connections: never served" "$(figure flead starved)" \
    "$(figure fastify starved)" - 0
  versus_row "256 connections: longest" "$(figure flead max) ms" "$(figure fastify max) ms" \
    "$(figure fastify max ratio)" "1000 ms (50 ms)"
  # 200 that send a byte of their head a second, beside 32 that are served at 300/s.
  for round in $(seq "$rounds"); do
    versus 1 "$seconds" 32 300 flead
    undisturbed+=("$(figure flead p99)")
    "$python" "$here/slow.py" "${base##*:}" 200 60 &
    slow_pid=$!
    flead_pids+=("$slow_pid")
    sleep 1
    versus 1 "$seconds" 32 300 flead
    disturbed+=("$(figure flead p99)")
    stop_pids "$slow_pid"
  done
  ratio=$("$python" -c '
import statistics, sys
half = len(sys.argv) // 2 + 1
before, beside = (list(map(float, part)) for part in (sys.argv[1:half], sys.argv[half:]))
ratio = statistics.median(b / a for a, b in zip(before, beside))
print(f"{statistics.median(beside):.3f} {statistics.median(before):.3f} {ratio:.2f}")
' "${undisturbed[@]}" "${disturbed[@]}")
  read -r beside before ratio <<<"$ratio"
  versus_row "p99 beside 200 slow clients, and without" "$beside ms" "$before ms" "$ratio" 2
  stop_all
}
