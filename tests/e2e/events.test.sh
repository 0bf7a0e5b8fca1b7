#!/usr/bin/env bash
# GET /api/v1/events: leads are told as they are committed, by this process or another; and the
# limits of the server are settings.
source "$(dirname "$0")/lib.sh"
init_store

watch_events() {  # watch_events FILE [curl flags]
  local file=$1
  shift
  curl -sSN --max-time 60 -H "Authorization: Bearer $token" "$@" "$base/api/v1/events" >"$file" &
  started_pids+=($!)
  wait_until 10 "the stream's beginning" grep -q '^retry:' "$file"
}
has() { grep -qF "$2" "$1"; }
last_id() { grep '^id: ' "$1" | tail -1 | cut -d' ' -f2; }

say "a lead that comes in here is told at once, one that comes in elsewhere within a second"
start_serve
watch_events first.txt
post_json /api/v1/leads '{"phone":"+79000000001","consent":{"purposes":["processing"]}}'
check_eq "$status" 201 "a lead"
here=$(json "$body" id)
wait_until 5 "the lead of this process" has first.txt "$here"
check_contains "$(cat first.txt)" "event: lead.created" "the stream"
there=$(json "$(flead lead add --phone +79000000002 --consent processing --json)" id)
wait_until 5 "the lead of another process" has first.txt "$there"

say "whoever comes back is told what it missed"
id=$(last_id first.txt)
missed=$(json "$(flead lead add --phone +79000000003 --consent processing --json)" id)
watch_events second.txt -H "Last-Event-ID: $id"
wait_until 5 "the lead that was missed" has second.txt "$missed"
check_lacks "$(cat second.txt)" "$here" "what was told before"

say "a stream holds up no stop"
begin=$(date +%s%N)
stop_serve
took_ms=$((($(date +%s%N) - begin) / 1000000))
check_eq "$serve_exit" 0 "exit with streams open"
[ $took_ms -lt 5000 ] || fail "stopping with streams open took $took_ms ms"

say "after a new start, whoever comes back loads anew"
start_serve
watch_events third.txt -H "Last-Event-ID: $id"
wait_until 5 "the word to load anew" has third.txt "event: reset"
stop_serve

say "the server's limits are settings: of the store, or of one process"
fails_with 2 flead serve --workers 65
for bad in http.workers=0 http.workers=65 http.connections=1 http.idle_timeout=0s http.queue=x; do
  fails_with 6 flead serve --listen 127.0.0.1:0 --set "$bad"
  check_contains "$err" "${bad%%=*}" "what is wrong with $bad"
done
flead config set http.streams 1 >/dev/null
start_serve --set http.idle_timeout=1s --set http.workers=2
watch_events fourth.txt
get_as "$token" /api/v1/events
check_eq "$status" 503 "a reader too many"
exec 3<>"/dev/tcp/127.0.0.1/$port"
printf 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n' >&3
begin=$SECONDS
timeout 10 cat <&3 >/dev/null || fail "the idle connection stays"
exec 3>&-
[ $((SECONDS - begin)) -lt 8 ] || fail "the idle connection stayed $((SECONDS - begin)) s"
