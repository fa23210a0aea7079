"""What each form of the query language means for one record."""

from __future__ import annotations

from datetime import UTC

import pytest

from logview.decode import Hints, decode_bytes
from logview.query import matches, parse

LINE = (
    b'{"level":40,"time":1795424047410,"service":"gateway","jobId":"job-7f3a","tenantId":42,"ratio":0.5,"ok":true,'
    b'"none":null,"tags":["a","b"],"req":{"headers":{"host":"h"}},"err":{"type":"TypeError"},"duration_ms":1500,'
    b'"elapsed_s":2,"wait":"250ms","id.x":"dotted","msg":"Retrying optimizer call"}\n'
)
RECORD = decode_bytes(LINE, Hints(zone=UTC))[0]


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("job=job-7f3a", True),
        ("jobId=job-7f3a,x", True),
        ("job=JOB-7f3a", False),
        ("job:JOB-7?3*", True),
        ("job!=job-7f3a", False),
        ("request_id!=x", False),
        ("-request_id=x", True),
        ("level=warn", True),
        ("level>=WARNING", True),
        ("level>warn", False),
        ("level=40", True),
        ("level<50", True),
        ("tenantId=42.0", True),
        ('tenantId="42"', True),
        ("tenantId>41.9", True),
        ("ratio<=0.5", True),
        ("ok=true", True),
        ("ok=1", False),
        ("none=null", False),
        ("has:none", False),
        ("missing:none", True),
        ("missing:tenantId", False),
        ("tags=b", True),
        ("tags.0=a", True),
        ("tags!=a", False),
        ("req.headers.host=h", True),
        ("err.type=TypeError", True),
        ("error.type:type*", True),
        ("id.x=dotted", True),
        ("duration_ms>1s", True),
        ("duration_ms>1.5s", False),
        ("elapsed_s>=2000ms", True),
        ("wait<0.3s", True),
        ("time>=2026-11-23T08:54:07.410Z", True),
        ("time>2026-11-23T08:54:07.410Z", False),
        ("time=2026-11-23T08:54", True),
        ("time<-15m", True),
        ("service=gateway", False),
        ("service=edge", True),
        ("retrying", True),
        ("RETRYING", False),
        ('"Retrying opt"', True),
        ("/Retry.*call/", True),
        ("/^call/", False),
        ("msg~^Retrying", True),
        ("msg!~^Retrying", False),
        ("nothing!~x", False),
        ("rule:LV303", True),
        ("rule:lv3*", True),
        ("rule:LV1*", False),
        ("is:violation", True),
        ("(job=x or level=warn) -retried", True),
        ("", True),
    ],
)
def test_a_record_passes_or_not(text: str, passes: bool) -> None:
    query = parse(text, now_ns=1_795_427_647_410_000_000, zone=UTC)
    assert passes is matches(query, RECORD, service="edge", rules=("LV303",))


def test_a_pattern_that_backtracks_for_ever_ends() -> None:
    line = b'{"level":30,"time":1795424047410,"msg":"' + b"a" * 5000 + b'"}\n'
    record = decode_bytes(line)[0]
    assert not matches(parse("msg~(a+)+$x"), record, service=None, rules=())
    assert not matches(parse(r"msg~(a|aa)+(?=b)"), record, service=None, rules=())
