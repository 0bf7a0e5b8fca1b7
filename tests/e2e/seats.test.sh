#!/usr/bin/env bash
# Many who want few seats: 8 processes, half of them commands and half of them HTTP clients, try to
# book 500 seats (ten slots of fifty) ATTEMPTS times. Exactly 500 get one, and slot check is silent.
source "$(dirname "$0")/lib.sh"
attempts=${ATTEMPTS:-1200}
cli_each=${CLI_EACH:-20}
slots=10 seats=50 wanted=500

init_store --tz UTC
flead slot rule add --host hall --weekly "daily 00:00-24:00" --len 30m --seats $seats --json \
  >/dev/null 2>&1
start_serve --no-jobs
list=$(flead slot list --from "$(date -u -d '+1 day' +%Y-%m-%d)" --json 2>/dev/null)
starts=()
for ((i = 0; i < slots; i++)); do starts+=("$(json "$list" "$i.starts_at")"); done

commands() {  # commands NUMBER: books by command, a person each
  local i code
  for ((i = 0; i < cli_each; i++)); do
    code=0
    "$flead_bin" --timeout 60s booking create --at "${starts[$(((i + $1) % slots))]}" \
      --name "C$1-$i" \
      --email "c$1-$i@example.com" --consent processing --json >/dev/null 2>&1 </dev/null || code=$?
    echo "$code"
  done >"commands.$1"
}
for number in 1 2 3 4; do commands $number & pids+=("$!"); done
http_each=$(((attempts - 4 * cli_each) / 4))
for number in 1 2 3 4; do
  "$python" - "$base" "$pk" "$number" "$http_each" "${starts[@]}" >"clients.$number" <<'PY' &
import http.client, json, sys
from urllib.parse import urlsplit
base, key, number, count, *starts = sys.argv[1:]
connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=60)
headers = {"Authorization": "Bearer " + key, "Content-Type": "application/json"}
seen = {}
for i in range(int(count)):
    body = {"starts_at": starts[(i + int(number)) % len(starts)],
            "contact": {"email": f"h{number}-{i}@example.com",
                        "consent": {"purposes": ["processing"]}}}
    for _ in range(100):
        connection.request("POST", "/api/v1/bookings", json.dumps(body), headers)
        reply = connection.getresponse()
        reply.read()
        if reply.status != 503:  # busy: asked again, as it says
            break
    seen[reply.status] = seen.get(reply.status, 0) + 1
print(json.dumps(seen))
PY
  pids+=("$!")
done
for pid in "${pids[@]}"; do wait "$pid" || fail "a process ended badly"; done

by_command=$(cat commands.* | grep -c '^0$' || true)
refused=$(cat commands.* | grep -c '^5$' || true)
check_eq "$((by_command + refused))" "$((4 * cli_each))" "commands that ended with 0 or 5"
by_http=$("$python" -c '
import json, sys
total = {}
for path in sys.argv[1:]:
    for status, count in json.load(open(path)).items():
        total[status] = total.get(status, 0) + count
assert set(total) <= {"201", "409"}, total
print(total.get("201", 0))' clients.*)
check_eq "$((by_command + by_http))" $wanted "seats that were given"
check_eq "$(sqlite3 -readonly flead.db \
  "SELECT COUNT(*) FROM bookings WHERE status = 'confirmed'")" $wanted "bookings in the store"
flead slot check >/dev/null || fail "slot check found something"
echo "$wanted seats for $attempts attempts: $by_command by command, $by_http over HTTP"
