#!/usr/bin/env python3
"""Times whole commands against each other in one run: A B A B ..., so that a busy machine hurts both.

times.py RUNS NAME COMMAND [-- NAME COMMAND ...]: one line each, tab separated:
name, median ms, fastest ms, peak RSS in KiB, ratio of the medians to the first command's.
A COMMAND is one shell word list (shlex); its output goes to /dev/null unless it says "> FILE".
"""
import os
import shlex
import statistics
import subprocess
import sys
import time


def once(words, out):
    with open(out, "wb") as sink:
        begin = time.perf_counter()
        child = subprocess.Popen(words, stdout=sink, stderr=subprocess.DEVNULL,
                                 stdin=subprocess.DEVNULL, close_fds=False)
        _, status, usage = os.wait4(child.pid, 0)
        elapsed = time.perf_counter() - begin
    child.returncode = status
    if status != 0:
        sys.exit(f"failed with {status}: {shlex.join(words)}")
    return elapsed * 1000, usage.ru_maxrss


def main():
    runs = int(sys.argv[1])
    commands = []
    for part in "\0".join(sys.argv[2:]).split("\0--\0"):
        name, line = part.split("\0", 1)
        words = shlex.split(line.replace("\0", " "))
        out = "/dev/null"
        if ">" in words:
            at = words.index(">")
            out = words[at + 1]
            words = words[:at]
        commands.append((name, words, out, [], []))
    for _ in range(runs):
        for _, words, out, times, peaks in commands:
            elapsed, peak = once(words, out)
            times.append(elapsed)
            peaks.append(peak)
    base = statistics.median(commands[0][3])
    for name, _, _, times, peaks in commands:
        median = statistics.median(times)
        print(f"{name}\t{median:.2f}\t{min(times):.2f}\t{max(peaks)}\t{median / base:.2f}")


main()
