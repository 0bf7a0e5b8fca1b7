#!/usr/bin/env bash
# Two servers on one store: for each slot two requests at the same moment, one to each. One of them
# is told 201, the other 409; the store then holds as many bookings as there were seats. First slots
# of one seat, then the last of three.
source "$(dirname "$0")/lib.sh"
rounds=${ROUNDS:-800}
group_rounds=$((rounds / 20 + 1))
seats=3

init_store --tz UTC
flead slot rule add --host me --weekly "daily 00:00-24:00" --len 30m --json >/dev/null 2>&1
flead slot rule add --host hall --weekly "daily 00:00-24:00" --len 30m --seats $seats \
  --json >/dev/null 2>&1
start_serve
first_base=$base
start_serve --no-jobs
second_base=$base

"$python" - "$first_base" "$second_base" "$pk" "$rounds" "$group_rounds" "$seats" <<'PY'
import http.client, json, sys, threading
from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode, urlsplit

bases, key = sys.argv[1:3], sys.argv[3]
rounds, group_rounds, seats = map(int, sys.argv[4:])
headers = {"Authorization": "Bearer " + key, "Content-Type": "application/json"}

def connect(base):
    return http.client.HTTPConnection(urlsplit(base).netloc, timeout=30)

def call(connection, method, path, body=None):
    connection.request(method, path, json.dumps(body) if body else None, headers)
    reply = connection.getresponse()
    return reply.status, json.loads(reply.read())

connections = [connect(base) for base in bases]
leads = []
for number, connection in enumerate(connections):
    status, lead = call(connection, "POST", "/api/v1/leads",
                        {"email": f"racer{number}@example.com",
                         "consent": {"purposes": ["processing"]}})
    assert status == 201, (status, lead)
    leads.append(lead["id"])

# Page by page, as any client has to read more than it gets at once.
def free_slots(offer, wanted):
    end = datetime.now(timezone.utc) + timedelta(days=60)
    query = {"offer": offer, "to": end.isoformat(timespec="seconds"), "limit": 200}
    found = []
    while len(found) < wanted:
        status, page = call(connections[0], "GET", "/api/v1/slots?" + urlencode(query))
        assert status == 200, (status, page)
        found += [slot["starts_at"] for slot in page["data"]]
        assert page["has_more"] or len(found) >= wanted, len(found)
        query["cursor"] = page["next_cursor"]
    assert len(set(found)) == len(found)
    return found[:wanted]

def book(number, offer, starts_at):
    status, body = call(connections[number], "POST", "/api/v1/bookings",
                        {"offer": offer, "lead": leads[number], "starts_at": starts_at})
    return status, body.get("code", "")

def race(offer, slots):
    start, seen = threading.Barrier(2), [[], []]
    def run(number):
        for starts_at in slots:
            start.wait(60)
            seen[number].append(book(number, offer, starts_at))
    threads = [threading.Thread(target=run, args=(number,)) for number in range(2)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    for number in range(len(slots)):
        pair = {row[number] for row in seen if len(row) > number}
        assert pair == {(201, ""), (409, "slot_taken")}, (offer, number, pair)
    wins = [sum(status == 201 for status, _ in row) for row in seen]
    assert sum(wins) == len(slots), wins
    print(f"  {offer}: {len(slots)} last seats, won {wins[0]} to {wins[1]}", flush=True)

race("me", free_slots("me", rounds))
group = free_slots("hall", group_rounds)
for starts_at in group:
    for _ in range(seats - 1):
        assert book(0, "hall", starts_at) == (201, "")
race("hall", group)
PY

counted=$(sqlite3 -readonly flead.db "SELECT COUNT(*) FROM bookings WHERE status = 'confirmed'")
check_eq "$counted" $((rounds + seats * group_rounds)) "bookings in the store"
checked=$(flead slot check --json 2>/dev/null)
check_eq "$(json "$checked" problems)" 0 "problems that slot check sees"
