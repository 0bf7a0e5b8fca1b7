"""kill.py FLEAD DB KEY ROUNDS PORT: kills a busy server again and again, then counts.

Each round starts `flead serve` on the store, posts leads over several connections, copies the store
with its log in the middle ("power off": what the disk has at that moment), and kills the process at
a random moment. What was answered 2xx is remembered; the rest may or may not be there.
"""

import http.client
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time

flead, db, key, rounds, port = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
CONNECTIONS = 6
accepted = {}  # lead id -> (round, phone)
accepted_lock = threading.Lock()
folder = os.path.dirname(db)
seed = int(os.environ.get("SEED", random.randrange(1 << 30)))
random.seed(seed)
print(f"  seed {seed}, {rounds} rounds", flush=True)


def fail(what):
    print(f"FAILED: {what} (seed {seed})")
    sys.exit(1)


def start():
    log = open(os.path.join(folder, "serve.log"), "ab")
    process = subprocess.Popen(
        [flead, "--db", db, "serve", "--listen", f"127.0.0.1:{port}", "--log-format", "json"],
        stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if process.poll() is not None:
            fail(f"serve ended by itself with {process.returncode}")
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            return process
        except OSError:
            time.sleep(0.02)
    fail("serve did not answer in 20 s")


def post_until_dead(number, lane, stop):
    """Posts leads until the server goes away."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    count = 0
    while not stop.is_set():
        phone = f"+7916{number % 1000:03d}{lane}{count:03d}"
        count += 1
        body = {"phone": phone, "name": f"r{number} l{lane} c{count}",
                "consent": {"purposes": ["processing"]}}
        headers = {"Authorization": "Bearer " + key, "Content-Type": "application/json"}
        if count % 3 == 0:
            headers["Idempotency-Key"] = f"{number}-{lane}-{count}"
        try:
            connection.request("POST", "/api/v1/leads", json.dumps(body), headers)
            reply = connection.getresponse()
            answer = json.loads(reply.read())
        except (OSError, http.client.HTTPException, ValueError):
            return
        if reply.status in (200, 201):
            with accepted_lock:
                accepted[answer["id"]] = (number, phone)
        elif reply.status != 503:
            fail(f"status {reply.status}: {answer}")


def check_whole(path, what):
    done = subprocess.run([flead, "--db", path, "db", "check", "--json"], capture_output=True)
    if done.returncode != 0:
        fail(f"{what}: db check ended with {done.returncode}: {done.stderr.decode()}")


def check_copy(copy, known):
    """A copy of one moment has what had been answered before that moment."""
    check_whole(copy, "a copy of a moment")
    with sqlite3.connect(copy) as store:
        there = {row[0] for row in store.execute("SELECT id FROM leads")}
    lost = [one for one in known if one not in there]
    if lost:
        fail(f"a copy lacks {len(lost)} leads that had been answered, {lost[0]} for one")


def copy_store(name):
    # The log first in time would miss what is moved into the store meanwhile; so: store, then log.
    # A checkpoint in between is told by the store's own time stamp, and such a copy is no moment.
    target = os.path.join(folder, name)
    for end in ("", "-wal", "-shm"):
        if os.path.exists(target + end):
            os.remove(target + end)
    before = os.stat(db).st_mtime_ns
    with accepted_lock:
        known = list(accepted)
    shutil.copyfile(db, target)
    if os.path.exists(db + "-wal"):
        shutil.copyfile(db + "-wal", target + "-wal")
    return (target, known) if os.stat(db).st_mtime_ns == before else None


copies = 0
for number in range(rounds):
    process = start()
    stop = threading.Event()
    lanes = [threading.Thread(target=post_until_dead, args=(number, lane, stop))
             for lane in range(CONNECTIONS)]
    for lane in lanes:
        lane.start()
    life = random.uniform(0.05, 0.6)
    time.sleep(life * random.random())
    copy = copy_store("moment.db") if number % 4 == 0 else None
    time.sleep(life * random.random())
    process.send_signal(signal.SIGKILL)
    process.wait()
    stop.set()
    for lane in lanes:
        lane.join()
    if copy:
        check_copy(*copy)
        copies += 1
    if number % 10 == 0 or number == rounds - 1:
        check_whole(db, f"round {number}")

def waiting_jobs(attempts=0):
    with sqlite3.connect(f"file:{db}?mode=ro", uri=True) as store:
        return [row[0] for row in store.execute(
            "SELECT id FROM jobs WHERE state IN ('ready', 'running') "
            "AND kind <> 'store.housekeep' AND attempt >= ? LIMIT 1000", (attempts,))]


# Whatever is left to do is done now; who crashed often waits for a pause, which `retry` ends.
for job in waiting_jobs(attempts=2):
    subprocess.run([flead, "--db", db, "job", "retry", job], capture_output=True)
for _ in range(200):
    done = subprocess.run([flead, "--db", db, "work", "--once", "--json"], capture_output=True)
    if done.returncode != 0:
        fail(f"work --once ended with {done.returncode}: {done.stderr.decode()[-500:]}")
    if not waiting_jobs():
        break
    time.sleep(0.2)

with sqlite3.connect(f"file:{db}?mode=ro", uri=True) as store:
    def numbers(sql):
        return dict(store.execute(sql).fetchall())

    leads = numbers("SELECT id, 1 FROM leads")
    created = numbers("SELECT lead_id, COUNT(*) FROM events WHERE kind = 'lead.created' GROUP BY 1")
    consents = numbers("SELECT lead_id, COUNT(*) FROM consents GROUP BY 1")
    jobs = numbers("SELECT subject_id, COUNT(*) FROM jobs WHERE kind = 'lead.greet' GROUP BY 1")
    raw = numbers("SELECT lead_id, COUNT(*) FROM intake_raw GROUP BY 1")
    states = numbers("SELECT lead_id, state FROM messages")
    phones = store.execute("SELECT COUNT(*) - COUNT(DISTINCT phone) FROM leads").fetchone()[0]

for lead, (number, phone) in accepted.items():
    if lead not in leads:
        fail(f"lead {lead} of round {number} was answered and is lost")
for lead in leads:
    for what, counts in (("event", created), ("consent", consents), ("job", jobs), ("request", raw)):
        if counts.get(lead, 0) != 1:
            fail(f"lead {lead} has {counts.get(lead, 0)} of its {what}")
if phones:
    fail(f"{phones} leads are there twice")

sent = {}
with open(os.path.join(folder, "outbox.jsonl"), encoding="utf-8") as outbox:
    for line in outbox:
        try:
            message = json.loads(line)["id"]
        except ValueError:
            continue  # the line that was being written when the process died
        sent[message] = sent.get(message, 0) + 1
twice = [one for one, count in sent.items() if count > 1]
if twice:
    fail(f"{len(twice)} messages went out twice")
unclear = sum(1 for state in states.values() if state == "ambiguous")
missing = [lead for lead in leads if lead not in states]
if missing:
    fail(f"{len(missing)} leads were never greeted")
bad = [state for state in states.values() if state not in ("sent", "delivered", "ambiguous")]
if bad:
    fail(f"messages ended as {set(bad)}")
print(f"  {len(accepted)} answered, {len(leads)} stored, {copies} copies checked, "
      f"{unclear} of {len(states)} messages unclear, none twice")
