#!/usr/bin/env python3
"""A channel's far end: sink.py PORT FILE. Answers each message as an SMS gateway does (which any
other sender takes too). On SIGUSR1 it writes to FILE how many came and p50, p99 and the longest of the
milliseconds from `t0=MICROSECONDS` in their text (when the lead was sent) to here; on SIGUSR2 it
starts over."""
import asyncio
import os
import re
import signal
import sys
import time

T0 = re.compile(rb"t0(?:=|%3D)(\d+)")
OK = b'{"id":1,"cnt":1,"cost":"1.0","balance":"100","status":1}'
REPLY = (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
         + str(len(OK)).encode() + b"\r\n\r\n" + OK)
waits = []
received = 0


class Link(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        self.bytes = b""

    def data_received(self, data):
        now = time.time_ns() // 1000
        self.bytes += data
        while self.take(now):
            pass

    def take(self, now):
        global received
        head, split, rest = self.bytes.partition(b"\r\n\r\n")
        if not split:
            return False
        found = re.search(rb"content-length: *(\d+)", head, re.I)
        length = int(found.group(1)) if found else 0
        if len(rest) < length:
            return False
        self.bytes = rest[length:]
        if sent := T0.search(rest[:length]):
            received += 1
            waits.append((now - int(sent.group(1))) / 1000)
        self.transport.write(REPLY)
        return True


def start_over():
    global received
    received = 0
    waits.clear()


def report():
    waits.sort()
    at = lambda share: waits[min(len(waits) - 1, int(share * len(waits)))] if waits else 0
    with open(sys.argv[2] + ".part", "w", encoding="ascii") as out:
        out.write(f"{received} {at(.5):.2f} {at(.99):.2f} {at(1):.2f}\n")
    os.rename(sys.argv[2] + ".part", sys.argv[2])


async def main():
    loop = asyncio.get_running_loop()
    stop = loop.create_future()
    loop.add_signal_handler(signal.SIGTERM, stop.set_result, None)
    loop.add_signal_handler(signal.SIGUSR1, report)
    loop.add_signal_handler(signal.SIGUSR2, start_over)
    await loop.create_server(Link, "127.0.0.1", int(sys.argv[1]))
    await stop


asyncio.run(main())
