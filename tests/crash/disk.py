"""A disk that loses power: replays what crash_shim.cc recorded, and makes the files that a cut could have left.

What was flushed is there. Of what was not, any part may be: each write whole, lost, or torn between sectors; names in
the order in which they were changed, up to any point (as a journaling file system keeps them), data independent of names.
"""

import os
import pathlib
import shutil
import struct

SECTOR = 512
HEADER = struct.Struct("<cQQII")


def read_log(path):
    """The records: (kind, inode, offset, name, data)."""
    data = pathlib.Path(path).read_bytes()
    at, records = 0, []
    while at < len(data):
        kind, inode, offset, name_size, data_size = HEADER.unpack_from(data, at)
        at += HEADER.size
        name, content = data[at:at + name_size], data[at + name_size:at + name_size + data_size]
        at += name_size + data_size
        records.append((kind.decode(), inode, offset, os.fsdecode(name), content))
    return records


class File:
    def __init__(self):
        self.durable = bytearray()
        self.pending = []  # ("W", offset, data) or ("T", size, b"")


def apply(content, kind, offset, data):
    if kind == "T":
        if offset < len(content):
            del content[offset:]
        else:
            content.extend(bytes(offset - len(content)))
        return
    if offset + len(data) > len(content):
        content.extend(bytes(offset + len(data) - len(content)))
    content[offset:offset + len(data)] = data


class Disk:
    """Starts empty. Records are played one after the other; image() may be called at any time."""

    def __init__(self):
        self.by_inode = {}
        self.names = {}            # durable: path to File, or None for a directory
        self.pending_names = []    # in order

    def play(self, record):
        kind, inode, offset, name, data = record
        if kind == "C":
            self.by_inode[inode] = File()
            self.pending_names.append(("C", name, self.by_inode[inode]))
        elif kind in "WT" and inode in self.by_inode:
            self.by_inode[inode].pending.append((kind, offset, data))
        elif kind == "S" and inode in self.by_inode:
            file = self.by_inode[inode]
            for change in file.pending:
                apply(file.durable, *change)
            file.pending = []
        elif kind == "D":
            self.flush_names(name)
        elif kind in "RL":
            self.pending_names.append((kind, name, os.fsdecode(data)))
        elif kind in "UM":
            self.pending_names.append((kind, name, None))

    def flush_names(self, directory):
        """Makes the changes within a directory durable, and with them, for names have one order, all before the last."""
        touched = [i for i, (_, name, other) in enumerate(self.pending_names)
                   if os.path.dirname(name) == directory
                   or (isinstance(other, str) and os.path.dirname(other) == directory)]
        if touched:
            self.change_names(self.names, self.pending_names[:touched[-1] + 1])
            del self.pending_names[:touched[-1] + 1]

    @staticmethod
    def change_names(names, changes):
        for kind, name, other in changes:
            if kind == "C":
                names[name] = other
            elif kind == "M":
                names[name] = None
            elif kind == "U":
                names.pop(name, None)
            elif kind == "L" and name in names:
                names[other] = names[name]
            elif kind == "R":
                for path in [p for p in names if p == name or p.startswith(name + "/")]:
                    names[other + path[len(name):]] = names.pop(path)

    def image(self, random, root, target):
        """Writes into `target` what the cut leaves of `root`."""
        names = dict(self.names)
        self.change_names(names, self.pending_names[:random.randint(0, len(self.pending_names))])
        habit = random.choice(("all", "none", "some", "some", "torn"))
        contents = {}
        for path, file in sorted(names.items()):
            place = pathlib.Path(target, os.path.relpath(path, root))
            if not path.startswith(str(root)):
                continue
            if file is None:
                place.mkdir(parents=True, exist_ok=True)
                continue
            if id(file) not in contents:
                contents[id(file)] = self.survivors(random, file, habit)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(contents[id(file)])

    @staticmethod
    def survivors(random, file, habit):
        content = bytearray(file.durable)
        for kind, offset, data in file.pending:
            if habit == "none" or (habit in ("some", "torn") and random.random() < 0.5):
                continue
            if kind == "T" or habit != "torn":
                apply(content, kind, offset, data)
                continue
            for begin in range(0, len(data), SECTOR):  # each sector by itself
                if random.random() < 0.5:
                    apply(content, kind, offset + begin, data[begin:begin + SECTOR])
        return bytes(content)


def images(records, cuts, random, root, target, plays=lambda record: True):
    """What cuts behind so many records (rising) leave of `root`, one after the other in the directory `target`:
    (cut, target). plays: which records count; the others might as well not have been."""
    state, played = Disk(), 0
    for cut in cuts:
        for record in records[played:cut]:
            if plays(record):
                state.play(record)
        played = cut
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        state.image(random, root, target)
        yield cut, target
