"""Every line of the catalogue is read under the name it stands under."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from logview.cli.formats import command
from logview.decode import decode_bytes
from logview.decode.catalogue import GROUPS, WRAPPERS, Format

INNER = [entry for _, formats in GROUPS for entry in formats if formats is not WRAPPERS]


@pytest.mark.parametrize("entry", INNER, ids=lambda entry: entry.writer)
def test_a_sample_is_one_record_of_its_format(entry: Format) -> None:
    records = decode_bytes(entry.sample.encode() + b"\n")
    assert [entry.name] == [record.format for record in records]


@pytest.mark.parametrize("entry", WRAPPERS, ids=lambda entry: entry.writer)
def test_a_wrapped_sample_is_one_record_without_its_wrapper(entry: Format) -> None:
    (record,) = decode_bytes(entry.sample.encode() + b"\n")
    assert record.wrapper is not None
    assert entry.name == record.wrapper.name


def test_the_list_names_every_format_with_its_line() -> None:
    listed = CliRunner().invoke(command, []).output
    assert all(entry.writer in listed for _, formats in GROUPS for entry in formats)


def test_a_line_is_explained_with_what_took_it_and_what_refused(tmp_path) -> None:
    log = tmp_path / "app.log"
    log.write_bytes(b'INFO:     ready \x1b]0;owned\x07\n{"level":30,"time":1795424047410,"msg":"ok"}\n')
    told = CliRunner().invoke(command, ["test", str(log)]).output
    assert "1: uvicorn" in told
    assert "not basic" in told
    assert "2: pino" in told
    assert "\x1b]" not in told
