#!/usr/bin/env bash
# `work --once` and a signal: the job at hand is finished, or handed back within 10 s; exit 0.
source "$(dirname "$0")/lib.sh"
init_store
mock_port=$(free_port)
start_background mock "$flead_bin" mock serve smsc --listen "127.0.0.1:$mock_port"
wait_until 15 "the SMS double" port_answers "$mock_port"
echo secret >sms.pass
flead channel add sms --login acme --base-url "http://127.0.0.1:$mock_port/sms" \
  --secret-file sms.pass >/dev/null 2>&1

script() {  # script JSON: the double's next answers
  curl -sf -o /dev/null -H 'Content-Type: application/json' -d "{\"then\":[$1]}" \
    "http://127.0.0.1:$mock_port/_mock/sms/script"
}
received() {  # received N: the double has that many requests to send
  [ "$(curl -sf "http://127.0.0.1:$mock_port/_mock/sms/requests" | grep -o '/send' | wc -l)" -ge "$1" ]
}
add_lead() {
  flead lead add --phone "$1" --consent processing --json >/dev/null 2>&1
  # The greeting becomes a message, and its sending is what is due next.
  sqlite3 flead.db "UPDATE jobs SET run_at_ms = 0 WHERE state = 'ready'"
}
state_of() {  # the message to this number
  sqlite3 -readonly flead.db "SELECT state FROM messages WHERE address = '$1'"
}
running() { sqlite3 -readonly flead.db "SELECT COUNT(*) FROM jobs WHERE state = 'running'"; }
start_once() {
  "$flead_bin" work --once >once.out.log 2>once.log </dev/null &
  once_pid=$!
  started_pids+=("$once_pid")
}
end_once() {  # waits; sets once_exit and took_ms since `begin`
  once_exit=0
  wait "$once_pid" || once_exit=$?
  took_ms=$((($(date +%s%N) - begin) / 1000000))
}

say "the job at hand is finished, the next is not begun"
script '{"delay_ms":1500}'
add_lead +79160000101
start_once
wait_until 20 "the first request" received 1
flead lead add --phone +79160000102 --consent processing --json >/dev/null 2>&1
begin=$(date +%s%N)
kill -TERM "$once_pid"
end_once
check_eq "$once_exit" 0 "exit after SIGTERM"
[ $took_ms -lt 9000 ] || fail "stopping took $took_ms ms"
check_eq "$(state_of +79160000101)" sent "the message at hand"
check_eq "$(state_of +79160000102)" "" "the next lead's message"
check_eq "$(running)" 0 "running jobs"

say "what hangs is handed back within 10 s"
script '{"delay_ms":60000}'
start_once
wait_until 20 "the second request" received 2
begin=$(date +%s%N)
kill -INT "$once_pid"
end_once
check_eq "$once_exit" 0 "exit when the provider hangs"
[ $took_ms -lt 12000 ] || fail "handing back took $took_ms ms"
check_eq "$(running)" 0 "running jobs"

say "a second signal stops it at once"
sqlite3 flead.db "DELETE FROM jobs"  # what was handed back would be asked about first
script '{"delay_ms":60000}'
add_lead +79160000103
start_once
wait_until 30 "the third request" received 3
begin=$(date +%s%N)
signalled_to_death() {  # the first signal is taken, one of the next ends it
  kill -TERM "$once_pid" 2>/dev/null
  [ ! -e "/proc/$once_pid" ] || grep -q ') Z ' "/proc/$once_pid/stat"
}
wait_until 5 "the end" signalled_to_death
end_once
check_eq "$once_exit" 143 "exit after the second signal"
[ $took_ms -lt 5000 ] || fail "the second signal took $took_ms ms"
