#!/usr/bin/env python3
"""Time from starting `flead serve` to its first answer: ready.py RUNS FLEAD DB; median in ms.

Asks /healthz again as soon as a connection is refused, so the answer is late by a fraction of a
millisecond at most. Then, of the last one, the PSS in KiB after 50 requests and 2 s of quiet.
"""
import os
import signal
import socket
import statistics
import subprocess
import sys
import time


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(port, path):
    with socket.create_connection(("127.0.0.1", port), timeout=5) as link:
        link.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        return link.recv(65536)


def start(flead, db):
    port = free_port()
    begin = time.perf_counter()
    child = subprocess.Popen([flead, "--db", db, "serve", "--listen", f"127.0.0.1:{port}"],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             stdin=subprocess.DEVNULL)
    while time.perf_counter() - begin < 10:
        try:
            if ask(port, "/healthz").startswith(b"HTTP/1.1 200"):
                return child, port, (time.perf_counter() - begin) * 1000
        except OSError:
            time.sleep(0.0002)
    child.kill()
    sys.exit("serve did not answer within 10 s")


def stop(child):
    child.send_signal(signal.SIGTERM)
    child.wait(timeout=15)


def main():
    runs, flead, db = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    times = []
    for _ in range(runs):
        child, _, elapsed = start(flead, db)
        times.append(elapsed)
        stop(child)
    child, port, _ = start(flead, db)
    for _ in range(50):
        ask(port, "/healthz")
        ask(port, "/readyz")
    time.sleep(2)
    with open(f"/proc/{child.pid}/smaps_rollup", encoding="ascii") as rollup:
        pss = next(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
    stop(child)
    print(f"{statistics.median(times):.2f}\t{min(times):.2f}\t{pss}")


main()
