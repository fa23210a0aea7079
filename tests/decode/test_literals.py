"""Python's parser from several threads."""

from __future__ import annotations

import ast
import os
import threading

import pytest

from logview.decode import literals

DEEP = "[" * 60 + "1" + "]" * 60


def test_threads_parse_without_disturbing_one_another() -> None:
    faults: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(300):
                assert literals.literal(DEEP) is not None
                assert isinstance(literals.parse("def f():\n    return {'a': [1, 2, (3, 4)]}\n"), ast.Module)
        except BaseException as fault:  # noqa: BLE001  kept for the test's thread
            faults.append(fault)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


@pytest.mark.parametrize("text", ["", "f()", "1 +", "\0", "(" * 5_000])
def test_what_is_no_literal_is_told(text: str) -> None:
    with pytest.raises(literals.BAD_LITERAL):
        literals.literal(text)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_finds_the_lock_free() -> None:
    with literals._lock:
        child = os.fork()
        if child == 0:
            os._exit(literals.literal("7"))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_nobody_parses_past_it() -> None:
    folder = os.path.dirname(os.path.dirname(literals.__file__))
    for base, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(base, name)
            if name.endswith(".py") and path not in {literals.__file__, os.path.join(folder, "standard", "schema.py")}:
                with open(path, encoding="utf-8") as file:
                    text = file.read()
                assert "ast.parse(" not in text, path
                assert "ast.literal_eval(" not in text, path
