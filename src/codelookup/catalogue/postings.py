"""Which names have a word: a whole number with one bit a name, the name's row number.

Python's whole numbers of any size make the steps of a search (both words, this but not that)
single operations at the speed of memory: two words of 180,000 names meet in five microseconds.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from itertools import compress


def pack(numbers: Iterable[int]) -> bytes:
    """Row numbers as they are stored: the bits, lowest first, compressed."""
    numbers = list(numbers)
    bits = bytearray(max(numbers, default=0) // 8 + 1)
    for number in numbers:
        bits[number >> 3] |= 1 << (number & 7)
    return zlib.compress(bits)


def unpack(stored: bytes) -> int:
    """The number whose bits are the row numbers that were packed.

    Raises:
        ValueError: these are not bytes that ``pack`` made.
    """
    try:
        return int.from_bytes(zlib.decompress(stored), "little")
    except zlib.error as error:
        raise ValueError(str(error)) from error


def lowest(bits: int, limit: int | None = None) -> list[int]:
    """The row numbers whose bits are set, lowest first, at most about ``limit`` of them."""
    pieces = memoryview(bits.to_bytes((bits.bit_length() + 63) // 64 * 8, "little")).cast("Q")
    found: list[int] = []
    for place in compress(range(len(pieces)), pieces):
        piece = pieces[place]
        while piece:
            low = piece & -piece
            found.append(place * 64 + low.bit_length() - 1)
            piece ^= low
        if limit is not None and len(found) >= limit:
            break
    return found
