"""Records with their secrets masked, for the screen and the clipboard: what breaks LV6xx is never shown whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from logview.record import Record


def without_secrets(record: Record) -> Record:
    """The record with every value that looks secret or personal replaced by its mask."""
    from logview.standard.mask import mask_text, mask_value

    def masked(text: Any) -> Any:
        return mask_text(text) if isinstance(text, str) else text

    error = record.error
    if error is not None:
        error = msgspec.structs.replace(
            error,
            message=masked(error.message),
            stack=masked(error.stack),
            value=mask_value(error.key or "error", error.value),
        )
    return msgspec.structs.replace(
        record,
        message=masked(record.message),
        message_value=mask_value(record.message_key or "message", record.message_value),
        fields={key: mask_value(key, value) for key, value in record.fields.items()},
        error=error,
        first=mask_text(record.first),
        rest=mask_text(record.rest),
    )
