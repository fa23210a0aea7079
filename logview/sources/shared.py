"""What all followed paths of one follower have in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from logview.sources.file import Descriptors, FileSource, Identity
from logview.sources.generation import Generation, Signature
from logview.sources.recover import SURE
from logview.sources.siblings import Directories
from logview.sources.stream import Recent

if TYPE_CHECKING:
    from collections.abc import Callable

    from logview.sources.rotation import FollowedFile


@dataclass(slots=True)
class Shared:
    """What all followed paths of one follower have in common.

    claims  which file was read by whom: a rotated file that another path names now is not read again
    """

    clock: Callable[[], float]
    recent: Recent = field(default_factory=Recent)
    directories: Directories = field(default_factory=Directories)
    descriptors: Descriptors = field(default_factory=lambda: Descriptors(512))
    claims: dict[Identity, tuple[FollowedFile, Generation]] = field(default_factory=dict)

    def claimant(self, file: FileSource) -> tuple[FollowedFile, Generation] | None:
        """Who reads or has read this very file; None when nobody, or when only its inode is an old one."""
        claim = self.claims.get(file.identity)
        if claim is None:
            return None
        generation = claim[1]
        reader, head = generation.reader, generation.signature.head
        is_held = isinstance(reader, FileSource) and reader.is_open and reader.identity == file.identity
        if is_held or (len(head) >= SURE and Signature(0, head, b"").holds(file)):
            return claim
        return None
