"""What one record says: bytes in, Records out.

    decode_bytes(data)          all records of an input
    decode_blocks(blocks)       the same from a stream, in bounded memory
    StreamDecoder               finds records first (Frames), decodes them when asked

Knows every format of docs/formats.md and decides line by line. Never raises on input: what no format explains is a
record with format "plain" and a mark (marks.py). Opens no file, knows no rule.
"""

from __future__ import annotations

from logview.decode.frame import Frame
from logview.decode.hints import Hints, IdAliases
from logview.decode.stream import StreamDecoder, decode_blocks, decode_bytes

__all__ = ["Frame", "Hints", "IdAliases", "StreamDecoder", "decode_blocks", "decode_bytes"]
