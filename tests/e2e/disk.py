"""disk.py FLEAD DB KEY PORT SHIM: a server whose disk fails at the n-th call, for every n."""

import errno
import http.client
import json
import mmap
import os
import signal
import sqlite3
import struct
import subprocess
import sys
import time

flead, db, key, port, shim = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5]
folder = os.path.dirname(db)
control_path = os.path.join(folder, "control")
with open(control_path, "wb") as control_file:
    control_file.write(struct.pack("qqq", -1, 0, 0))
control_file = open(control_path, "r+b")
control = mmap.mmap(control_file.fileno(), 24)
accepted = set()
count = 0


def fail(what):
    print("FAILED:", what)
    sys.exit(1)


def arm(before, error, sticky=0):
    control[8:24] = struct.pack("qq", error, sticky)
    control[0:8] = struct.pack("q", before)


def left():
    return struct.unpack("q", control[0:8])[0]


def start():
    log = open(os.path.join(folder, "serve.log"), "ab")
    environment = dict(os.environ, LD_PRELOAD=shim, FLEAD_FAIL_CONTROL=control_path,
                       FLEAD_FAIL_PATH=os.path.basename(db))
    process = subprocess.Popen(
        [flead, "--db", db, "serve", "--no-jobs", "--listen", f"127.0.0.1:{port}",
         "--log-format", "json"], stdout=log, stderr=log, env=environment)
    for _ in range(400):
        try:
            if ask("GET", "/healthz")[0] == 200:
                return process
        except OSError:
            time.sleep(0.05)
    fail("serve did not answer")


def ask(method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Authorization": "Bearer " + key, "Content-Type": "application/json"}
    connection.request(method, path, json.dumps(body) if body else None, headers)
    reply = connection.getresponse()
    text = reply.read()
    return reply.status, json.loads(text), {name.lower() for name, _ in reply.getheaders()}


def post():
    global count
    count += 1
    status, answer, headers = ask("POST", "/api/v1/leads",
                                  {"email": f"disk{count}@example.org",
                                   "consent": {"purposes": ["processing"]}})
    if status == 201:
        accepted.add(answer["id"])
    elif status != 503:
        fail(f"a failing disk was answered with {status}: {answer}")
    elif "retry-after" not in headers or not answer["code"].startswith("store_"):
        fail(f"the 503 is not clear: {answer} {headers}")
    return status


process = start()
if post() != 201:
    fail("the first lead")
refused = {}
for error in (errno.EIO, errno.ENOSPC):
    for before in range(100):
        arm(before, error)
        status = post()
        touched = left() == -1  # the failing call came
        arm(-1, 0)
        if not touched:
            break
        if status == 503:
            refused[error] = refused.get(error, 0) + 1
        if post() != 201:
            fail(f"no recovery after errno {error} at call {before}")
    else:
        fail("a request makes 100 calls?")
    print(f"  errno {error}: a request makes {before} calls, "
          f"{refused.get(error, 0)} failures were told with 503")
    if before < 2 or refused.get(error, 0) < 1:
        fail("the failing disk was not felt")

# Full for a while: nothing is accepted, health is still told, and it goes on by itself.
arm(0, errno.ENOSPC, 1)
for _ in range(5):
    if post() != 503:
        fail("a lead was accepted on a full disk")
if ask("GET", "/healthz")[0] != 200:
    fail("health on a full disk")
if ask("GET", "/readyz")[0] != 503:
    fail("ready on a full disk")
arm(-1, 0)
time.sleep(1.1)  # the probe's answer is kept for a second
if post() != 201:
    fail("no recovery when the disk is back")

process.send_signal(signal.SIGTERM)
if process.wait(timeout=20) != 0:
    fail(f"serve ended with {process.returncode}")
checked = subprocess.run([flead, "--db", db, "db", "check"], capture_output=True)
if checked.returncode != 0:
    fail(f"db check: {checked.stderr.decode()}")
with sqlite3.connect(db) as store:
    there = {row[0] for row in store.execute("SELECT id FROM leads")}
    for table in ("events", "consents", "jobs", "intake_raw"):
        rows = store.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]
        if rows != len(there):
            fail(f"{rows} rows in {table} for {len(there)} leads")
if not accepted <= there:
    fail(f"{len(accepted - there)} answered leads are lost")
print(f"  {len(accepted)} answered, {len(there)} stored")
