#!/usr/bin/env bash
# SIGTERM: no more connections, what is in hand is finished, exit 0 within 10 s; jobs go back.
source "$(dirname "$0")/lib.sh"
init_store
lead='{"phone":"+79000000001","consent":{"purposes":["processing"]}}'

say "a request that has begun is answered after SIGTERM"
start_serve
# Head and half of the body; the rest comes after the signal.
exec 3<>"/dev/tcp/127.0.0.1/$port"
printf 'POST /api/v1/leads HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n' "$pk" >&3
printf 'Content-Type: application/json\r\nContent-Length: %s\r\n\r\n%s' "${#lead}" \
  "${lead:0:20}" >&3
request GET /healthz  # the server has read what was sent before this answer
begin=$(date +%s%N)
kill -TERM "$serve_pid"
printf '%s' "${lead:20}" >&3
answer=$(timeout 10 cat <&3 || true)
exec 3>&-
check_contains "$answer" "201" "answer to the request in hand"
serve_exit=0
wait "$serve_pid" || serve_exit=$?
took_ms=$((($(date +%s%N) - begin) / 1000000))
check_eq "$serve_exit" 0 "exit after SIGTERM"
[ $took_ms -lt 10000 ] || fail "stopping took $took_ms ms"
say "stopped in $took_ms ms"
fails_with 0 flead lead list --json
check_eq "$(json_length "$out")" 1 "leads"

say "idle connections do not hold it up; SIGINT is the same"
start_serve
exec 4<>"/dev/tcp/127.0.0.1/$port" 5<>"/dev/tcp/127.0.0.1/$port"
begin=$(date +%s%N)
stop_serve INT
took_ms=$((($(date +%s%N) - begin) / 1000000))
exec 4>&- 5>&-
check_eq "$serve_exit" 0 "exit after SIGINT"
[ $took_ms -lt 5000 ] || fail "stopping with idle connections took $took_ms ms"

say "no job is left leased by a process that is gone"
left=$(sqlite3 -readonly flead.db "SELECT COUNT(*) FROM jobs WHERE state = 'running'")
check_eq "$left" 0 "running jobs"

# A double that takes its time, and a lead whose short message is on its way there.
slow_sms() {  # slow_sms MILLISECONDS PHONE
  request POST "$mock/_mock/sms/script" -H 'Content-Type: application/json' --data-binary \
    "{\"then\":[{\"status\":200,\"body\":{\"id\":1,\"cnt\":1},\"delay_ms\":$1}]}"
  [[ $status == 2* ]] || fail "scripting the double: $status $body"
  start_serve
  post_json /api/v1/leads "{\"phone\":\"$2\",\"consent\":{\"purposes\":[\"processing\"]}}"
  check_eq "$status" 201 "a lead"
  wait_until 10 "a job in flight" in_flight "$2"
}
in_flight() {  # in_flight PHONE
  [ "$(sqlite3 -readonly flead.db "SELECT COUNT(*) FROM messages
    WHERE state = 'sending' AND address = '$1'")" = 1 ]
}
leased() { sqlite3 -readonly flead.db "SELECT COUNT(*) FROM jobs WHERE state = 'running'"; }

mock_port=$(free_port)
start_background mock "$flead_bin" mock serve sms --listen "127.0.0.1:$mock_port"
wait_until 15 "the double" port_answers "$mock_port"
mock="http://127.0.0.1:$mock_port"
echo 'a-key-of-the-double' >sms.key
flead channel add sms --base-url "$mock/sms" --secret-file sms.key --json >channel.json

say "a job in flight is finished: its message is known to be out, its lease is gone"
slow_sms 2000 +79000000011
begin=$(date +%s%N)
stop_serve
took_ms=$((($(date +%s%N) - begin) / 1000000))
check_eq "$serve_exit" 0 "exit with a job in flight"
[ $took_ms -lt 10000 ] || fail "stopping with a job in flight took $took_ms ms"
check_eq "$(leased)" 0 "leased jobs"
if in_flight +79000000011; then fail "the message is still on its way"; fi

say "a job that does not end in time is handed back, and the process ends all the same"
slow_sms 14000 +79000000012
begin=$(date +%s%N)
stop_serve
took_ms=$((($(date +%s%N) - begin) / 1000000))
check_eq "$serve_exit" 0 "exit with a job that hangs"
[ $took_ms -lt 11000 ] || fail "stopping with a job that hangs took $took_ms ms"
check_eq "$(leased)" 0 "leased jobs"

say "a second SIGTERM ends it at once"
slow_sms 14000 +79000000013
begin=$(date +%s%N)
stops=$(grep -c serve.stopping serve.log)
kill -TERM "$serve_pid"
stop_was_taken() { [ "$(grep -c serve.stopping serve.log)" -gt "$stops" ]; }
wait_until 5 "the first signal to be taken" stop_was_taken
stop_serve
took_ms=$((($(date +%s%N) - begin) / 1000000))
check_eq "$serve_exit" 143 "exit after the second SIGTERM"
[ $took_ms -lt 5000 ] || fail "the second SIGTERM took $took_ms ms"
fails_with 0 flead channel remove sms --yes --json

say "work --once does what is left, and a second one finds nothing"
flead lead add --phone +79000000005 --consent processing --json >/dev/null
fails_with 0 flead work --once
check_eq "$(sqlite3 -readonly flead.db "SELECT COUNT(*) FROM jobs WHERE state = 'ready'
  AND run_at_ms <= strftime('%s','now') * 1000")" 0 "due jobs"
fails_with 0 flead work --once
