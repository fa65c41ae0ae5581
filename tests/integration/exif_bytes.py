"""EXIF as a camera writes it, byte by byte."""

import struct

ASCII, SHORT, LONG, RATIONAL = 2, 3, 4, 5
MAKE, MODEL, EXIF, GPS, TAKEN, OFFSET, LENS = 0x010F, 0x0110, 0x8769, 0x8825, 0x9003, 0x9011, 0xA434


def text(value):
    data = value.encode() + b"\0"
    return ASCII, len(data), data


def angle(degrees):
    """Degrees, minutes, thousandths of a second."""
    thousandths = round(abs(degrees) * 3_600_000)
    parts = (thousandths // 3_600_000, 1, thousandths // 60_000 % 60, 1, thousandths % 60_000, 1000)
    return RATIONAL, 3, struct.pack("<6I", *parts)


def directory(start, fields):
    """One TIFF directory that begins at `start`, little-endian, with the values behind it."""
    entries, values = b"", b""
    behind = start + 2 + 12 * len(fields) + 4
    for tag, (kind, count, data) in sorted(fields.items()):
        entries += struct.pack("<HHI", tag, kind, count)
        if len(data) <= 4:
            entries += data.ljust(4, b"\0")
        else:
            entries += struct.pack("<I", behind + len(values))
            values += data
    return struct.pack("<H", len(fields)) + entries + b"\0\0\0\0" + values


def exif(camera=None, taken=None, offset=None, lens=None, place=None):
    first, second, third = {}, {}, {}
    if camera:
        first[MAKE], first[MODEL] = text(camera[0]), text(camera[1])
    if taken:
        second[TAKEN] = text(taken)
    if offset:
        second[OFFSET] = text(offset)
    if lens:
        second[LENS] = text(lens)
    if place:
        third = {1: text("NS"[place[0] < 0]), 2: angle(place[0]), 3: text("EW"[place[1] < 0]), 4: angle(place[1])}
    first[EXIF] = first[GPS] = (LONG, 1, b"\0\0\0\0")
    second_at = 8 + len(directory(8, first))
    third_at = second_at + len(directory(second_at, second))
    first[EXIF] = (LONG, 1, struct.pack("<I", second_at))
    first[GPS] = (LONG, 1, struct.pack("<I", third_at))
    return (b"Exif\0\0II*\0\x08\0\0\0" + directory(8, first) + directory(second_at, second)
            + directory(third_at, third))


def with_exif(jpeg, **facts):
    block = exif(**facts)
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + jpeg[2:]
