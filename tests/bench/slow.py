#!/usr/bin/env python3
"""Slow clients: slow.py PORT COUNT SECONDS. Each sends one byte of a request's head a second, and
comes again when it is cut off."""
import socket
import sys
import time

HEAD = b"POST /api/v1/leads HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + b"a" * 4000


def connect(port):
    link = socket.create_connection(("127.0.0.1", port), timeout=5)
    link.setblocking(False)
    return [link, 0]


def step(client, port):
    link, sent = client
    try:
        try:
            if link.recv(4096) == b"":
                raise ConnectionError
        except BlockingIOError:
            pass
        link.send(HEAD[sent:sent + 1])
        client[1] = (sent + 1) % len(HEAD)
    except OSError:
        link.close()
        client[:] = connect(port)


def main():
    port, count, seconds = map(int, sys.argv[1:4])
    clients = [connect(port) for _ in range(count)]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for client in clients:
            try:
                step(client, port)
            except OSError:
                time.sleep(0.05)  # refused: again at the next turn
        time.sleep(1)


main()
