# Sourced by run: from a site's request to the receipt of the greeting at the channel. Ours is the
# sms channel with its base URL at sink.py and a text that carries the moment of sending; theirs is
# the outbox worker of the FastAPI peer, woken by NOTIFY. One sink each, the same program.

start_sink() {  # start_sink NAME: sets sink_port, sink_pid
  sink_port=$(free_port)
  "$python" "$here/sink.py" "$sink_port" "$dir/sink.$1" &
  sink_pid=$!
  flead_pids+=("$sink_pid")
  until (exec 3<>"/dev/tcp/127.0.0.1/$sink_port") 2>/dev/null; do sleep 0.05; done
}
# dispatched NAME PID RATE: one run; appends "accepted received p50 p99 max" to $dir/dispatch.NAME.
dispatched() {
  versus 1 "$seconds" 32 "$3" "$1"
  local ok received tries=0
  ok=$("$python" -c 'import json, sys
print(json.load(open(sys.argv[1]))[sys.argv[2]][0]["ok"])' "$dir/versus.tsv.json" "$1")
  # Late ones are waited for: what this run left over is none of the next one's.
  received=-1
  while [ "$received" -lt "$ok" ] && [ $tries -lt 100 ]; do
    sleep 0.2
    rm -f "$dir/sink.$1"
    kill -USR1 "$2"
    until [ -f "$dir/sink.$1" ]; do sleep 0.02; done
    received=$(cut -d' ' -f1 "$dir/sink.$1")
    tries=$((tries + 1))
  done
  kill -USR2 "$2"
  echo "$ok $(cat "$dir/sink.$1")" >>"$dir/dispatch.$1"
}

bench_dispatch() {
  need_peers || return 0
  local ours theirs rate round sides=(flead)
  start_sink flead
  ours=$sink_pid
  new_store "$dir/dispatch.db"
  echo bench >"$dir/sms.pass"
  "$flead" --db "$dir/dispatch.db" channel add sms --login bench \
    --base-url "http://127.0.0.1:$sink_port" --secret-file "$dir/sms.pass" >/dev/null
  "$flead" --db "$dir/dispatch.db" template set lead.greeting.sms --lang ru --text '{message}' \
    >/dev/null
  serve_flead flead "$dir/dispatch.db"
  if choose_fastapi; then
    start_sink fastapi
    theirs=$sink_pid
    SINK=http://127.0.0.1:$sink_port NOTIFY=1 start_peer fastapi && sides+=(fastapi)
  fi
  versus_head
  for rate in 20 300; do
    rm -f "$dir"/dispatch.flead "$dir"/dispatch.fastapi
    for round in $(seq "$rounds"); do
      dispatched flead "$ours" "$rate"
      [ ${#sides[@]} = 1 ] || dispatched fastapi "$theirs" "$rate"
    done
    dispatch_rows "$rate"
  done
  stop_all
}

dispatch_rows() {
  local side
  for side in "${sides[@]}"; do
    awk -v side="$side" '{ a += $1; r += $2 }
      END { if (a != r) print "    " side ": " a " accepted, " r " received" }' \
      "$dir/dispatch.$side"
  done
  [ ${#sides[@]} = 2 ] || return 0
  paste -d' ' "$dir/dispatch.flead" "$dir/dispatch.fastapi" | "$python" -c '
import statistics, sys
rows = [list(map(float, line.split())) for line in sys.stdin]
for column in (2, 3, 4):
    print(*(f"{statistics.median(pick(row) for row in rows):.2f}" for pick in (
        lambda row: row[column], lambda row: row[column + 5],
        lambda row: row[column] / row[column + 5])))
' >"$dir/dispatch.rows"
  local names=("p50" "p99" "longest") goals=("0.8 (0.3)" "1 (0.5)" "") i=0 ours theirs ratio
  while read -r ours theirs ratio; do
    versus_row "sent to received, $1/s: ${names[$i]}" "$ours ms" "$theirs ms" "$ratio" \
      "${goals[$i]}"
    i=$((i + 1))
  done <"$dir/dispatch.rows"
}
