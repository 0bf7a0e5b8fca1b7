#!/usr/bin/env bash
# flead demo: a store of its own, links that work, each step told as it happens; a second start
# goes on
# with the same store; Ctrl-C ends it cleanly.
source "$(dirname "$0")/lib.sh"
source "$e2e_dir/story.sh"
need_browser

start_demo() {
  port=$(free_port)
  base="http://127.0.0.1:$port"
  "$flead_bin" demo --listen "127.0.0.1:$port" --locale en "$@" >demo.log 2>demo.err.log \
    </dev/null &
  serve_pid=$!
  started_pids+=("$serve_pid")
  wait_until 60 "the demo" curl -sf -o /dev/null "$base/readyz"
}

say "the first start makes a store with weeks of leads"
start_demo
check_contains "$(cat demo.log)" "$base/demo/acme" "the link to click"
export FLEAD_DB=flead-demo/flead.db
leads=$(json_length "$(flead lead list --limit 1000 --json)")
[ "$leads" -ge 100 ] || fail "only $leads leads"
[ "$(json_length "$(flead booking list --json)")" -gt 10 ] || fail "too few bookings"
check_contains "$(flead report weekly)" "Leads" "the report"

say "a visitor of the demo page is told on the terminal, step by step"
send_by_widget '{"name":"Zelda Zest","phone":"+7 900 111-22-33"}'
told() { grep -q "$1.*Zelda Zest" demo.log; }
wait_until 20 "lead in" told "lead in"
wait_until 20 "message out" told "message out"
page=$(json "$answer" booking_url)
book_by_link "${page/\/b\/acme/\/b\/acme\/intro}"
wait_until 20 "booked" told "booked"
check_contains "$(cat flead-demo/outbox.jsonl)" "Zelda Zest" "the outbox"

say "Ctrl-C ends it; the next start has the same leads"
stop_serve INT
check_eq "$serve_exit" 0 "exit of the demo"
start_demo --seconds 3
check_eq "$(json_length "$(flead lead list --limit 1000 --json)")" $((leads + 1)) "leads"
serve_exit=0
wait "$serve_pid" || serve_exit=$?
check_eq "$serve_exit" 0 "exit after --seconds"
unset FLEAD_DB

say "it refuses a store that is not its own"
mkdir mine && (cd mine && flead init --tenant mine --json >/dev/null 2>&1)
fails_with 6 flead demo --dir mine --once
