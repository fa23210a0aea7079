"""Writes the pages that are made from the code: `make docs`. tests/test_docs.py holds them current."""

from __future__ import annotations

from pathlib import Path

DOCS = Path(__file__).parent


def pages() -> dict[str, str]:
    """Path below docs/ → what the code says it holds."""
    from docs.from_samples import pages as from_samples
    from logview.config import schema
    from logview.decode.catalogue import markdown as formats
    from logview.standard.decisions import schema as decisions
    from logview.standard.pages import files
    from logview.standard.review import json_text
    from logview.tui.keymap import page as keys

    return {
        "formats.md": formats(),
        "keys.md": keys(),
        "logview.schema.json": json_text(schema()),
        "decisions.schema.json": json_text(decisions()),
        **from_samples(),
        **{f"rules/{name}": text for name, text in files().items()},
    }


def main() -> None:
    for name, text in pages().items():
        page = DOCS / name
        page.parent.mkdir(parents=True, exist_ok=True)
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")
            print(f"wrote docs/{name}")


if __name__ == "__main__":
    main()
