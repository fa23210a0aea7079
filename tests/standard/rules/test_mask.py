"""What must not be shown is not shown, and the rest is left alone."""
# ruff: noqa: E501  log lines, whole

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logview.standard.mask import find_cards, is_sensitive_key, luhn, mask_text, mask_value

TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ('{"user":"a","password":"hunter2"}', '{"user":"a","password":"***"}'),
        ('{"password": "hun\\"ter2", "n": 1}', '{"password": "***", "n": 1}'),
        (r'{"log":"{\"level\":30,\"apiKey\":\"k-123\"}\n"}', r'{"log":"{\"level\":30,\"apiKey\":\"***\"}\n"}'),
        (r'"{\"token\":\"a\\\"b2\",\"n\":1}"', r'"{\"token\":\"***\",\"n\":1}"'),
        (f"sent {TOKEN} on", "sent *** on"),
        ("dsn postgres://svc:s3cretpw@db.internal:5432/jobs", "dsn postgres://svc:***@db.internal:5432/jobs"),
        ("GET /export?api_key=9f3ab2c77d01&n=1", "GET /export?api_key=***&n=1"),
        ("sent Authorization: Bearer 9f3ab2c77d01e45a88b2", "sent Authorization: Bearer ***"),
        ("user ann@example.com logged in", "user *** logged in"),
        ("paid with 4111-1111-1111-1111 today", "paid with *** today"),
        ("login password=hunter2 ok", "login password=*** ok"),
        ("{'password': 'hunter2', 'n': 1}", "{'password': '***', 'n': 1}"),
        ("token_count=512 secret_name=db", "token_count=512 secret_name=db"),
        ('{"password":"[Redacted]","token":null}', '{"password":"[Redacted]","token":null}'),
        ("pkg@1.2.3 at 1748938500009, id 6f1c2b3a-77aa-4000-8000-0000000000ff", None),
        ("git@github.com:team/app.git", None),
        ("plain words: nothing here", None),
    ],
)
def test_a_text_is_masked(text: str, masked: str | None) -> None:
    assert mask_text(text) == (text if masked is None else masked)


@given(st.text(max_size=200))
def test_masking_any_text_twice_changes_nothing_more(text: str) -> None:
    once = mask_text(text)
    assert mask_text(once) == once


def test_a_value_is_masked_by_key_and_by_form() -> None:
    value = {
        "user": {"password": "hunter2", "mail": "ann@example.com"},
        "ids": [1, "job-7f3a"],
        "card": 4111111111111111,
    }
    assert mask_value(None, value) == {
        "user": {"password": "***", "mail": "***"},
        "ids": [1, "job-7f3a"],
        "card": "***",
    }


@pytest.mark.parametrize(
    ("key", "sensitive"),
    [
        ("password", True), ("db_password", True), ("apiKey", True), ("Set-Cookie", True), ("sessionId", True),
        ("token_count", False), ("csrf_token_name", False), ("secretary", False), ("passwordless", False), ("tokens", False),
    ],
)  # fmt: skip
def test_a_key_names_a_secret(key: str, sensitive: bool) -> None:
    assert is_sensitive_key(key) is sensitive


@given(st.integers(3 * 10**12, 7 * 10**18))
def test_only_numbers_with_a_right_check_digit_are_cards(number: int) -> None:
    found = list(find_cards(f"ref {number} read"))
    assert bool(found) == (str(number)[0] in "3456" and luhn(str(number)) and 13 <= len(str(number)) <= 19)
