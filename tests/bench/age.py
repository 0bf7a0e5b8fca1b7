#!/usr/bin/env python3
"""Makes a store's rows a year old at the most, evenly: age.py DB. What the housekeeping looks at:
raw requests and jobs that ended, their times and the time that their ids begin with."""
import sqlite3
import sys
import time

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
YEAR_MS = 365 * 24 * 3600 * 1000


def id_at(old, ms):
    """The id with another time: its first ten characters are 48 bits and two zero ones."""
    prefix, _, suffix = old.partition("_")
    time_part = "".join(ALPHABET[ms >> shift & 31] for shift in range(45, -1, -5))
    return f"{prefix}_{time_part}{suffix[10:]}"


def main():
    db = sqlite3.connect(sys.argv[1])
    db.execute("PRAGMA synchronous = OFF")
    db.create_function("id_at", 2, id_at, deterministic=True)
    begin = int(time.time() * 1000) - YEAR_MS
    for table, column in (("intake_raw", "received_at_ms"), ("jobs", "finished_at_ms")):
        most = db.execute(f"SELECT max(rowid) FROM {table}").fetchone()[0]
        at = f"{begin} + CAST({YEAR_MS}.0 * rowid / {most} AS BIGINT)"
        db.execute(f"UPDATE {table} SET id = id_at(id, {at}), {column} = {at} "
                   f"WHERE {column} IS NOT NULL")
    db.commit()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


main()
