"""A tiny Hamamatsu NDPI, which no library writes: a TIFF whose directories have 64-bit offsets."""

import io
import struct

import numpy as np
from PIL import Image as Picture

SHORT, LONG, RATIONAL, SIGNED, FLOAT, ASCII = 3, 4, 5, 9, 11, 2
FORMAT_FLAG, SOURCE_LENS, FOCAL_PLANE = 65420, 65421, 65424


def ndpi(path, levels, *, um_per_pixel=0.46, lens=20.0):
    """Write uint8 RGB `levels`, the finest first, each half as large as the one before; return the path."""
    out = bytearray(b"II*\0" + b"\0" * 8)
    link = 4
    for number, pixels in enumerate(levels):
        buffer = io.BytesIO()
        Picture.fromarray(pixels).save(buffer, "JPEG", quality=95)
        strip = len(out)
        out += buffer.getvalue() + b"\0" * (-len(buffer.getvalue()) % 2)
        per_cm = len(out)
        out += struct.pack("<II", round(1e4 / um_per_pixel * 100 / 2**number), 100)
        maker = len(out)
        out += b"Hamamatsu\0"
        entries = [
            (256, LONG, 1, pixels.shape[1]), (257, LONG, 1, pixels.shape[0]), (259, SHORT, 1, 7), (262, SHORT, 1, 6),
            (271, ASCII, 10, maker), (273, LONG, 1, strip), (277, SHORT, 1, 3), (278, LONG, 1, pixels.shape[0]),
            (279, LONG, 1, len(buffer.getvalue())), (282, RATIONAL, 1, per_cm), (283, RATIONAL, 1, per_cm),
            (296, SHORT, 1, 3), (FORMAT_FLAG, LONG, 1, 1), (SOURCE_LENS, FLOAT, 1, lens / 2**number),
            (FOCAL_PLANE, SIGNED, 1, 0),
        ]  # fmt: skip
        struct.pack_into("<Q", out, link, len(out))
        out += struct.pack("<H", len(entries))
        for tag, kind, count, value in entries:
            out += struct.pack("<HHI", tag, kind, count) + struct.pack("<f" if kind == FLOAT else "<I", value)
        link = len(out)
        out += struct.pack("<Q", 0) + b"\0" * (4 * len(entries))
    path.write_bytes(bytes(out))
    return path


def pyramid(size=256, levels=2):
    """Return smooth levels, whose JPEG is close to them."""
    rows, columns = np.mgrid[:size, :size]
    finest = np.stack([rows, columns, 255 - rows], axis=-1).astype(np.uint8)
    return [finest[:: 2**n, :: 2**n] for n in range(levels)]
