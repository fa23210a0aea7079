"""A short soak, and the proof that it is strict: with any one safeguard removed it fails."""

from __future__ import annotations

import shutil

import pytest
from soak import STRICT, Outcome, Plan, carried_out, faults_of, soak
from soak_faults import KINDS
from soak_ledger import Verdict, judge, line, parse
from soak_readers import ObjectReader

from logview.sources import generation, recover, retire, rotation, siblings, take

SHORT = [
    "append only, split writes",
    "rename, writer keeps the old descriptor",
    "rename, then gzip",
    "copy + truncate, rapid",
    "copy + truncate, then gzip",
    "truncate and refill",
    "delete + recreate, fast",
    "replaced by a copy",
    "NUL block",
]


def objects(**options):
    return lambda paths, folder: [ObjectReader(paths, **options)]


@pytest.mark.slow
@pytest.mark.parametrize("kind", SHORT)
def test_c1_every_line_is_shown_once_in_order_or_announced(kind):
    outcome = soak(kind, lines=300, seed=7, every=50, make=objects())
    assert [] == faults_of([outcome], controls=False)
    assert outcome.written >= 600


@pytest.mark.slow
def test_c9_the_same_without_a_watcher_and_with_a_reader_that_stalls():
    outcome = soak("two to five renames between polls", lines=300, every=50, make=objects(watch=False, stall=0.4))
    assert [] == faults_of([outcome], controls=False)


def without_signatures(patch):
    patch.setattr(generation.Signature, "holds", lambda self, reader: True)


def without_siblings(patch):
    patch.setattr(siblings.Siblings, "unseen", lambda self: [])


def without_order(patch):
    patch.setattr(recover, "by_age", lambda found, latest: siblings.by_age(found, latest)[::-1])


def without_copies(patch):
    patch.setattr(siblings.Siblings, "copies", lambda self, taken: iter(()))


def without_grace(patch):
    patch.setattr(retire.Retired, "add", lambda self, generations, now: generations.__delitem__(slice(0, -1)))


def without_drain(patch):
    turn = rotation.FollowedFile._turn_to

    def forgetful(self, found):
        self.generations.clear()
        turn(self, found)

    patch.setattr(rotation.FollowedFile, "_turn_to", forgetful)


def without_holding_back(patch):
    patch.setattr(take, "HOLD_S", 0.0)


SAFEGUARDS = {
    without_signatures: "truncate and refill",
    without_siblings: "two to five renames between polls",
    without_order: "two to five renames between polls",
    without_copies: "copy + truncate, rapid",
    without_grace: "rename, writer keeps the old descriptor",
    without_drain: "rename + create",
    without_holding_back: "rename, the line finished in the old file",
}


@pytest.mark.slow
@pytest.mark.parametrize("remove", SAFEGUARDS, ids=lambda remove: remove.__name__)
def test_a_follower_without_one_safeguard_does_not_pass(remove, monkeypatch):
    remove(monkeypatch)
    for seed in range(4):
        outcome = soak(SAFEGUARDS[remove], lines=600, seed=seed, every=60, make=objects())
        if faults_of([outcome], controls=False):
            return
    pytest.fail("the soak did not notice")


def test_the_ledger_finds_what_is_missing_doubled_torn_and_out_of_order():
    import random

    rng = random.Random(1)
    lines = [line("a", n, rng, longest=64).rstrip(b"\n") for n in range(6)]
    assert [("a", n) for n in range(6)] == [parse(one) for one in lines]
    assert parse(lines[1][:-5]) is None
    assert parse(lines[1] + lines[2]) is None
    assert parse(lines[1].replace(b"x", b"y")) is None
    shown = [(n, lines[n]) for n in (0, 2, 1, 1)] + [(4, lines[4][:-3])]
    verdict = judge(shown, {"a": 6}, None)
    assert (3, 3, 1, 1, 1) == (
        verdict.missing,
        verdict.unannounced,
        verdict.duplicate,
        verdict.torn,
        verdict.disordered,
    )


def test_a_lost_line_counts_as_announced_only_where_the_notice_stands():
    import random

    rng = random.Random(1)
    lines = [line("a", n, rng, longest=64).rstrip(b"\n") for n in range(6)]
    shown, at = [], 0
    for number in (0, 1, 3, 5):
        shown.append((at, lines[number]))
        at += len(lines[number]) + 1
    gap = shown[2][0]
    verdict = judge(shown, {"a": 6}, [gap])
    assert (2, 1) == (verdict.missing, verdict.unannounced)


def test_every_kind_says_whether_it_may_lose():
    assert [kind for kind, fault in KINDS.items() if fault.may_lose] == [
        "copy + truncate, copy removed at once",
        "truncate and refill",
        "delete + recreate, fast",
        "directory removed and recreated",
        "link switched",
    ]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("tail") is None, reason="there is no tail to compare with")
@pytest.mark.parametrize("kind", STRICT)
def test_each_strict_kind_is_one_in_which_tail_loses_lines_and_logview_none(kind):
    plan = Plan(kind, seed=7, lines=400, longest=4096, levels=("object",), controls=True, stall=0)
    assert [] == faults_of(carried_out(plan), controls=True)


def test_a_strict_kind_in_which_tail_loses_nothing_is_a_fault_of_the_run():
    lost, clean = {"tail -F": Verdict(missing=3)}, {"tail -F": Verdict()}
    outcomes = [Outcome(kind, 100, lost) for kind in STRICT]
    assert [] == faults_of(outcomes, controls=True)
    for number, kind in enumerate(STRICT):
        gentle = [*outcomes[:number], Outcome(kind, 100, clean), *outcomes[number + 1 :]]
        (fault,) = faults_of(gentle, controls=True)
        assert kind in fault
        assert [] == faults_of([*gentle, outcomes[number]], controls=True)
        assert [] == faults_of(gentle, controls=False)
