#!/usr/bin/env python3
"""Servers against each other in one run: A B C A B C ..., so that a busy machine hurts all alike.

versus.py LOADGEN ROUNDS SECONDS CONNECTIONS RATE OUT TARGET_FILE...
RATE 0 is a closed loop, else so many requests a second are due, and their wait counts.

A target file has lines KEY=VALUE: url, body (a file), header, pids (roots of its process trees) and
count (a shell command that prints how many leads are stored; nothing: it is not checked).
Of each figure one line goes to OUT, tab separated: NAME KEY MEDIAN RATIO, where the ratio is the
first target's figure to this one's, the median of the rounds' own ratios.
"""
import json
import os
import statistics
import subprocess
import sys
import time

TICKS = os.sysconf("SC_CLK_TCK")
FIGURES = ("rps", "p50", "p99", "max", "cpu_us", "other")


def read_target(path):
    target = {"name": os.path.basename(path)}
    with open(path, encoding="utf-8") as lines:
        target.update(line.rstrip("\n").split("=", 1) for line in lines if "=" in line)
    return target


def tree(pids):
    for pid in pids:
        yield pid
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as children:
                    yield from tree(children.read().split())
        except OSError:
            pass


def cpu_ticks(pids):
    """User and system, of children that have ended too."""
    ticks = 0
    for pid in tree(pids):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
                ticks += sum(int(part) for part in stat.read().rsplit(")", 1)[1].split()[11:15])
        except OSError:
            pass
    return ticks


def machine_ticks():
    with open("/proc/stat", encoding="ascii") as stat:
        user, nice, system, _, _, _, _, steal = stat.readline().split()[1:9]
    return int(user) + int(nice) + int(system) + int(steal)


def stored(target):
    if not target.get("count"):
        return None
    return int(subprocess.check_output(target["count"], shell=True, text=True))


def settled(target, wanted):
    """Commits that were answered are there at once; a replica of a count may need a moment."""
    for _ in range(20):
        now = stored(target)
        if now is None or now == wanted:
            break
        time.sleep(0.1)
    return now


def drive(loadgen, target, seconds, connections, rate):
    words = [loadgen, "--url", target["url"], "-c", str(connections), "-d", str(seconds),
             "--body", target["body"]]
    if rate:
        words += ["--rate", str(rate)]
    if target.get("header"):
        words += ["--header", target["header"]]
    pids = target["pids"].split()
    before = stored(target)
    cpu, machine, own = cpu_ticks(pids), machine_ticks(), os.times()
    seen = json.loads(subprocess.check_output(words, text=True))
    cpu, machine = cpu_ticks(pids) - cpu, machine_ticks() - machine
    after = os.times()
    generator = after.children_user - own.children_user + after.children_system - own.children_system
    seen["cpu_us"] = cpu * 1e6 / TICKS / max(1, seen["ok"])
    # What else the machine was busy with, in percent of one core.
    seen["other"] = max(0.0, (machine - cpu) / TICKS - generator) * 100 / max(0.01, seen["secs"])
    seen["failed"] = sum(seen[key] for key in ("non2xx", "err_connect", "err_reset", "unfinished"))
    if before is not None:
        seen["lost"] = before + seen["ok"] - settled(target, before + seen["ok"])
    return seen


def main():
    loadgen, rounds, seconds, connections, rate, out = sys.argv[1:7]
    targets = [read_target(path) for path in sys.argv[7:]]
    runs = {target["name"]: [] for target in targets}
    for _ in range(int(rounds)):
        for target in targets:
            runs[target["name"]].append(drive(loadgen, target, seconds, connections, int(rate)))
    first = runs[targets[0]["name"]]
    with open(out, "w", encoding="utf-8") as lines:
        for name, seen in runs.items():
            for key in FIGURES:
                ratios = [a[key] / b[key] for a, b in zip(first, seen) if b[key]] or [0]
                median = statistics.median(run[key] for run in seen)
                lines.write(f"{name}\t{key}\t{median:.3f}\t{statistics.median(ratios):.3f}\n")
            for key in ("failed", "lost", "starved", "connects"):
                lines.write(f"{name}\t{key}\t{sum(run.get(key, 0) for run in seen)}\t0\n")
    with open(out + ".json", "w", encoding="utf-8") as kept:
        json.dump(runs, kept, indent=1)


main()
