"""power.py FLEAD DB KEY ROUNDS PORT SHIM [LETTERS]: cuts the power of a busy server.

The disk's diary (recorded_io.cpp) has what was written and flushed, and what was answered when. For
each of ROUNDS moments the store is made as a disk may show it after a power cut then
(power_disk.py), opened and counted: what was answered before the cut is there, and whatever is
there is whole. Besides, no answer at all may stand in the diary before the flush of its lead.

A life begins with a store after such a cut; its server is ended in the middle, by SIGKILL or
orderly, and started again.

With LETTERS (see recorded_io.cpp) the disk lies, and the point is that a cut shows it: exit 3.
"""

import http.client
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time

from power_disk import ENDS, Cut, Disk, read_diary

flead, first_db, key, rounds, port, shim = sys.argv[1:7]
rounds, port = int(rounds), int(port)
lies = sys.argv[7] if len(sys.argv) > 7 else ""
CONNECTIONS = 6
LEADS = 300  # answered by each process, at most: several times what begins a copy of the log
CUTS_PER_LIFE = 20
NOTICED = 3
ANSWERED = re.compile(rb'"id":"(lead_[0-9a-z]{26})"')
STORED = re.compile(rb"lead_[0-9a-z]{26}")
folder = os.path.join(os.path.dirname(first_db), "power" + lies)
seed = int(os.environ.get("SEED", random.randrange(1 << 30)))
totals = dict.fromkeys(
    ["lives", "cuts", "bare", "answers", "entries", "logs", "known", "stored"], 0)


def fail(what):
    print(f"FAILED: {what} (seed {seed})")
    sys.exit(1)


class Lost(Exception):
    """A store that a power cut left has not what it must have."""


def new_folder(name, db):
    """A folder with the store's secrets; returns where the store goes."""
    target = os.path.join(folder, name)
    shutil.rmtree(target, ignore_errors=True)
    os.makedirs(target)
    shutil.copy(db + ".key", target)
    return os.path.join(target, os.path.basename(db))


def copy_store(db, name):
    target = new_folder(name, db)
    for end in ENDS.values():
        if os.path.exists(db + end):
            shutil.copyfile(db + end, target + end)
    return target


class Life:
    """Two processes over one store."""

    def __init__(self, number, db, known):
        self.number, self.db = number, db
        self.known = known  # leads that had been answered before
        self.before = copy_store(db, "before")
        self.random = random.Random(f"{seed} life {number}")
        self.diaries = []
        self.answers = {}  # id -> phone, as received
        self.unanswered = []  # requests of the first process, for the second one
        self.lock = threading.Lock()
        self.count = 0

    def start(self):
        self.diaries.append(os.path.join(os.path.dirname(self.db), f"diary{len(self.diaries)}"))
        environment = dict(os.environ, LD_PRELOAD=shim, FLEAD_RECORD_STORE=self.db,
                           FLEAD_RECORD_LOG=self.diaries[-1], FLEAD_RECORD_SWALLOW=lies)
        with open(os.path.join(os.path.dirname(first_db), "serve.log"), "ab") as log:
            self.process = subprocess.Popen(
                [flead, "--db", self.db, "serve", "--listen", f"127.0.0.1:{port}",
                 "--log-format", "json"], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                env=environment, cwd=os.path.dirname(self.db))
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                fail(f"serve ended by itself with {self.process.returncode}")
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
                connection.request("GET", "/healthz")
                connection.getresponse().read()
                return
            except OSError:
                time.sleep(0.005)
        fail("serve did not answer in 20 s")

    def new_request(self):
        with self.lock:
            self.count += 1
            count = self.count
        number = f"{self.number}-{count}"
        body = {"phone": f"+7916{self.number % 100:02d}{count:05d}", "name": f"n{number}",
                "message": "ы" * self.random.choice([0, 0, 10, 1000]),
                "consent": {"purposes": ["processing"]}}
        return (None if count % 3 == 0 else number), body

    def post(self, connection, request):
        idempotency_key, body = request
        headers = {"Authorization": "Bearer " + key, "Content-Type": "application/json"}
        if idempotency_key:
            headers["Idempotency-Key"] = idempotency_key
        connection.request("POST", "/api/v1/leads", json.dumps(body), headers)
        reply = connection.getresponse()
        answer = json.loads(reply.read())
        if reply.status in (200, 201):
            with self.lock:
                self.answers[answer["id"]] = body["phone"]
        elif reply.status != 503:
            fail(f"status {reply.status}: {answer}")

    def lane(self, stop):
        """Posts leads until the server goes away; first what an earlier one did not answer."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        while not stop.is_set():
            with self.lock:
                request = self.unanswered.pop() if self.unanswered else None
            request = request or self.new_request()
            try:
                self.post(connection, request)
            except (OSError, http.client.HTTPException, ValueError):
                if request[0]:
                    with self.lock:
                        self.unanswered.append(request)
                return

    def serve(self, last):
        self.start()
        stop = threading.Event()
        lanes = [threading.Thread(target=self.lane, args=(stop,)) for _ in range(CONNECTIONS)]
        for lane in lanes:
            lane.start()
        enough = len(self.answers) + LEADS * self.random.uniform(0.5, 1)
        deadline = time.monotonic() + 20
        while len(self.answers) < enough and time.monotonic() < deadline:
            time.sleep(0.005)
        killed = last or self.random.random() < 0.5
        self.process.send_signal(signal.SIGKILL if killed else signal.SIGTERM)
        ended = self.process.wait(timeout=20)
        stop.set()
        for lane in lanes:
            lane.join()
        if not killed and ended != 0:
            fail(f"serve ended with {ended}")
        return killed

    def play(self):
        """Serves twice; returns the diary as one."""
        entries, disk = [], Disk(self.before)
        for turn in (0, 1):
            killed = self.serve(last=turn == 1)
            written = read_diary(self.diaries[turn], len(entries))
            for entry in written:
                disk.feed(entry)
            # The last call of a killed process may be missing; more is a call that is not caught.
            missed = disk.follow(self.db)
            if len(missed) > (1 if killed else 0):
                fail(f"life {self.number}: the diary lacks {missed}")
            entries += written + missed
        return entries


def answered_ids(entry):
    return [match[1].decode() for match in ANSWERED.finditer(entry.data)]


def answered_early(entries):
    """Leads that were answered before a flush of the log that began after they were written."""
    first_written, flushed, early = {}, 0, []
    for number, entry in enumerate(entries):
        if entry.what == "w" and entry.file == "w":
            for match in STORED.finditer(entry.data):
                first_written.setdefault(match[0].decode(), number)
        elif entry.what == "s" and entry.file == "w":
            flushed = max(flushed, entry.at)
        elif entry.what == "a":
            # What an earlier life had written is in its store.
            early += [lead for lead in answered_ids(entry)
                      if first_written.get(lead, -1) >= flushed]
    return early


def choose(life, entries, count):
    """Moments as numbers of entries that have happened: after answers and among writes, and the
    seldom kinds of entries as often as the many."""
    kinds = {}
    for number, entry in enumerate(entries):
        kind = entry.what + entry.file
        kinds.setdefault("log begun" if kind == "ww" and entry.at == 0 else kind, []).append(number)
    writing = [kind for kind in sorted(kinds) if kind[0] in "wtfl"]
    moments = []
    for turn in range(count):
        kind = life.random.choice([["a-"], writing, sorted(kinds), writing][turn % 4])
        # Mostly right behind it: before the flush that follows a write, or while one is waited for.
        moments.append(life.random.choice(kinds[kind]) + life.random.choice([0, 1, 1, 1, 2]))
    return sorted(min(moment, len(entries)) for moment in moments)


def check(db, known):
    """Opens a store that a power cut left, and counts its leads."""
    checked = subprocess.run([flead, "--db", db, "db", "check", "--json"], capture_output=True)
    if checked.returncode != 0:
        raise Lost(f"db check ended with {checked.returncode}: {checked.stderr.decode()}")
    with sqlite3.connect(db) as store:
        def numbers(sql):
            return dict(store.execute(sql).fetchall())

        leads = numbers("SELECT id, phone FROM leads")
        parts = {
            "event": "SELECT lead_id, COUNT(*) FROM events WHERE kind = 'lead.created' GROUP BY 1",
            "consent": "SELECT lead_id, COUNT(*) FROM consents GROUP BY 1",
            "job": "SELECT subject_id, COUNT(*) FROM jobs WHERE kind = 'lead.greet' GROUP BY 1",
            "request": "SELECT lead_id, COUNT(*) FROM intake_raw GROUP BY 1"}
        counts = {part: numbers(sql) for part, sql in parts.items()}
    lost = [lead for lead, phone in known.items()
            if lead not in leads or phone not in (None, leads[lead])]
    if lost:
        raise Lost(f"{len(lost)} of {len(known)} answered leads are lost, {lost[0]} for one")
    if len(set(leads.values())) != len(leads):
        raise Lost("a lead is there twice")
    for part, count in counts.items():
        odd = [lead for lead in leads if count.get(lead, 0) != 1]
        if odd or len(count) != len(leads):
            raise Lost(f"{len(odd)} leads have not one {part}, {odd[:1]} for one")
    return len(leads)


def cut_often(life, entries, count):
    """Checks so many cuts of this life; returns a store for the next one, and what it must have."""
    disk, fed, known = Disk(life.before), 0, dict(life.known)
    moments = choose(life, entries, count)
    heir = life.random.randrange(len(moments))
    inherited = None
    for number, moment in enumerate(moments):
        for entry in entries[fed:moment]:
            disk.feed(entry)
            if entry.what == "a":
                known.update((lead, life.answers.get(lead)) for lead in answered_ids(entry))
        fed = moment
        db = new_folder("cut", life.db)
        cut = Cut(life.random)
        cut.make(disk, db)
        if number == heir:
            inherited = copy_store(db, f"life{life.number + 1}"), dict(known)
        totals["cuts"] += 1
        totals["bare"] += disk.unflushed() > 0
        totals["known"] += len(known)
        try:
            totals["stored"] += check(db, known)
        except Lost as lost:
            if lies:
                print(f"  a disk that lies of '{lies}' is noticed at cut {totals['cuts']}: {lost}")
                sys.exit(NOTICED)
            fail(f"life {life.number}, cut after {moment} of {len(entries)} entries, kept {cut}: "
                 f"{lost}")
    return inherited


def main():
    os.makedirs(folder)
    inherited = copy_store(first_db, "life0"), {}
    while totals["cuts"] < rounds:
        life = Life(totals["lives"], *inherited)
        entries = life.play()
        told = {lead for entry in entries if entry.what == "a" for lead in answered_ids(entry)}
        if not life.answers or not set(life.answers) <= told:
            fail(f"{len(set(life.answers) - told)} of {len(life.answers)} answers are not in the "
                 "diary")
        early = answered_early(entries)
        if early and not lies:
            fail(f"life {life.number}: {len(early)} of {len(told)} leads were answered before they "
                 f"were flushed, {early[0]} for one")
        inherited = cut_often(life, entries, min(CUTS_PER_LIFE, rounds - totals["cuts"]))
        totals["lives"] += 1
        totals["answers"] += len(told)
        totals["entries"] += len(entries)
        totals["logs"] += sum(1 for entry in entries
                              if entry.what + entry.file == "ww" and entry.at == 0)
        shutil.rmtree(os.path.dirname(life.db))
    print(f"  seed {seed}: {totals['lives']} lives, {totals['answers']} leads answered, none "
          f"before its flush; {totals['entries']} entries, the log begun {totals['logs']} times")
    print(f"  {totals['cuts']} cuts, {totals['bare']} of them with unflushed writes: "
          f"{totals['known']} answered leads looked for, {totals['stored']} found whole")


main()
