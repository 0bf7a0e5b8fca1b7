"""What a disk may hold after a power cut, made from the diary that recorded_io.cpp writes.

A file is what was flushed of it, plus the writes since, of which a real disk may have kept any, in
any order, each cut at the border of a sector. The names of files are flushed by their folder. The
-shm file is left out: whoever opens a store after a cut makes it anew.
"""

import os
import struct

ENTRY = struct.Struct("=cc6xqq")  # Entry in recorded_io.cpp
ENDS = {"d": "", "w": "-wal", "j": "-journal"}


class Entry:
    def __init__(self, what, file, at, data=b""):
        self.what, self.file, self.at, self.data = what, file, at, data

    def __repr__(self):
        return f"{self.what} of {self.file} at {self.at}, {len(self.data)} bytes"


def read_diary(path, count):
    """Its whole entries, to be numbered from `count` on. The last one may be cut short when its
    process was killed."""
    with open(path, "rb") as diary:
        memory = memoryview(diary.read())
    entries, position = [], 0
    while position + ENTRY.size <= len(memory):
        what, file, at, size = ENTRY.unpack_from(memory, position)
        data = memory[position + ENTRY.size:position + ENTRY.size + size]
        position += ENTRY.size + size
        if len(data) < size:
            break
        entries.append(Entry(what.decode(), file.decode(), at + (count if what == b"s" else 0),
                             data))
    return entries


def apply(content, change):
    what, at, data = change
    if what == "t":
        del content[at:]
        content.extend(bytes(at - len(content)))
        return
    content.extend(bytes(max(0, at - len(content))))
    content[at:at + len(data)] = data


def pieces(change, sector):
    """A write as what a disk writes at once."""
    what, at, data = change
    if what == "t":
        yield change
        return
    start = 0
    while start < len(data):
        end = min(len(data), start + sector - (at + start) % sector)
        yield what, at + start, data[start:end]
        start = end


def difference(old, new):
    """The changes that make `new` of `old`."""
    if len(new) < len(old):
        yield "t", len(new), b""
    common = min(len(old), len(new))
    start = next((at for at in range(common) if old[at] != new[at]), common)
    end = len(new) if len(new) > len(old) else \
        next((at for at in range(common, start, -1) if old[at - 1] != new[at - 1]), start)
    if start < end:
        yield "w", start, new[start:end]


class File:
    """One file, from the making of its name on."""

    def __init__(self, content=b""):
        self.flushed = bytearray(content)
        self.changes = []  # (number of the entry, change), not known to be flushed

    def flush(self, begun):
        kept = []
        for number, change in self.changes:
            if number < begun:
                apply(self.flushed, change)
            else:
                kept.append((number, change))
        self.changes = kept

    def content(self, changes):
        content = bytearray(self.flushed)
        for change in changes:
            apply(content, change)
        return content

    def whole(self):
        return self.content(change for _, change in self.changes)


class Disk:
    """The store's files, fed with entries: what is flushed, and what may be there besides."""

    def __init__(self, store):
        """All that is there at the beginning is flushed."""
        self.files = {}  # by their names now
        for letter, end in ENDS.items():
            if os.path.exists(store + end):
                with open(store + end, "rb") as content:
                    self.files[letter] = File(content.read())
        self.flushed_names = dict(self.files)
        self.named = []  # (number, letter, File or None), not known to be flushed
        self.flushes = {}  # number of the beginning -> the file
        self.count = 0

    def feed(self, entry):
        number = self.count
        self.count += 1
        if entry.what == "c":
            self.rename(number, entry.file, File())
        elif entry.what == "u":
            self.rename(number, entry.file, None)
        elif entry.what in "wt":
            self.files[entry.file].changes.append((number, (entry.what, entry.at, entry.data)))
        elif entry.what == "f":
            self.flushes[number] = self.files.get(entry.file)  # None: the names in the folder
        elif entry.what == "s":
            file = self.flushes.pop(entry.at)
            if entry.file == "n":
                self.flush_names(entry.at)
            else:
                file.flush(entry.at)

    def rename(self, number, letter, file):
        self.named.append((number, letter, file))
        self.set_name(self.files, letter, file)

    @staticmethod
    def set_name(names, letter, file):
        names.pop(letter, None)
        if file is not None:
            names[letter] = file

    def flush_names(self, begun):
        for number, letter, file in self.named:
            if number < begun:
                self.set_name(self.flushed_names, letter, file)
        self.named = [one for one in self.named if one[0] >= begun]

    def unflushed(self):
        return sum(len(file.changes) for file in self.files.values())

    def follow(self, store):
        """What is to be fed, and is, to have the files as they are."""
        entries = []
        for letter, end in ENDS.items():
            ours = self.files[letter].whole() if letter in self.files else None
            real = None
            if os.path.exists(store + end):
                with open(store + end, "rb") as content:
                    real = content.read()
            if real is None and ours is not None:
                entries.append(Entry("u", letter, 0))
            if real is not None and ours is None:
                entries.append(Entry("c", letter, 0))
            if real is not None and real != (ours or b""):
                entries += [Entry(what, letter, at, data)
                            for what, at, data in difference(ours or b"", real)]
        for entry in entries:
            self.feed(entry)
        return entries


class Cut:
    """How much of what was not flushed a disk kept."""

    def __init__(self, random):
        self.random = random
        self.kind = random.choice(["nothing", "all", "prefix", "writes", "pages", "sectors"])
        self.share = random.choice([0.1, 0.5, 0.9])

    def __str__(self):
        return f"{self.kind} {self.share}" if self.kind in ("writes", "pages", "sectors") \
            else self.kind

    def some(self, changes):
        if self.kind == "nothing":
            return []
        if self.kind == "all":
            return changes
        if self.kind == "prefix":
            small = [piece for change in changes for piece in pieces(change, 512)]
            return small[:self.random.randrange(len(small) + 1)]
        size = {"writes": 1 << 40, "pages": 4096, "sectors": 512}[self.kind]
        return [piece for change in changes for piece in pieces(change, size)
                if self.random.random() < self.share]

    def make(self, disk, store):
        """The store as it is after a power cut now."""
        names = dict(disk.flushed_names)
        # A journaling file system keeps the order of names.
        kept = 0 if self.kind == "nothing" else len(disk.named)
        if self.kind not in ("nothing", "all"):
            kept = self.random.randrange(kept + 1)
        for _, letter, file in disk.named[:kept]:
            disk.set_name(names, letter, file)
        for letter, end in ENDS.items():
            if os.path.exists(store + end):
                os.remove(store + end)
            if letter in names:
                file = names[letter]
                with open(store + end, "wb") as content:
                    content.write(file.content(self.some([one for _, one in file.changes])))
        # What an older life left in shared memory's file is of no meaning to the next one.
        with open(store + "-shm", "wb") as content:
            content.write(self.random.randbytes(self.random.choice([0, 1000, 32768])))
