"""The logging standard in tests: `assert_conforming`, and a pytest fixture `logview`.

    from logview.testing import assert_conforming
    assert_conforming("logs/optimizer.log")            # or lines, or one text

    def test_solving_logs_as_agreed(logview):          # what the test writes to stdout and stderr is checked at its end
        solve("job-7f3a")

The fixture reads logview.toml from the test's directory upwards. `@pytest.mark.logview(fail_on="warn", rules="LV3*")`
sets what fails one test. Loaded by every pytest run of an environment that has logview: imports nothing until used.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from logview.config import Config
    from logview.standard.model import Finding

FailOn = Literal["error", "warn", "info"]
SHOWN = 20
"""Findings that a failure's text lists."""


def assert_conforming(
    logs: str | os.PathLike[str] | Iterable[str],
    *,
    fail_on: FailOn | None = None,
    rules: str | None = None,
    config: str | None = None,
    service: str | None = None,
) -> None:
    """Fail where logs break the standard.

    logs     a file, directory or glob; a text of more than one line or one that starts with `{`; or lines
    fail_on  lowest severity that fails; None: what the configuration says
    rules    codes, names or globs, separated by commas; None: the standard's
    config   logview.toml; None: the nearest one from here upwards
    service  the service that wrote the lines; None: what the configuration or the file's name says
    raises AssertionError  with the findings; UsageError where a path or the configuration does not hold
    """
    from logview.config import load

    settings = load(config)
    if isinstance(logs, os.PathLike) or (isinstance(logs, str) and not _is_text(logs)):
        found = list(_of_paths(os.fspath(logs), settings, rules))
    else:
        text = logs if isinstance(logs, str) else "".join(line if line.endswith("\n") else f"{line}\n" for line in logs)
        found = _of_text(text, settings, rules, service)
    _judge(found, fail_on or _floor(settings))


def _is_text(logs: str) -> bool:
    return "\n" in logs or logs.lstrip().startswith("{")


def _floor(config: Config) -> FailOn:
    chosen = config.standard.check.fail_on
    return "error" if chosen == "never" else chosen


def _of_paths(path: str, config: Config, rules: str | None) -> Iterator[Finding]:
    from logview.cli.checking import narrowed, source_index
    from logview.sources import expand
    from logview.standard.files import check_paths

    yield from check_paths(
        narrowed(config.standard, rules),
        expand([path]),
        index=source_index(config),
        service_of=config.service_of,
        hints_of=config.hints_of,
    )


def _of_text(text: str, config: Config, rules: str | None, service: str | None) -> list[Finding]:
    from logview.cli.checking import narrowed
    from logview.standard.lines import check_lines

    return check_lines(narrowed(config.standard, rules), text, service=service)


def _judge(found: list[Finding], fail_on: str) -> None:
    __tracebackhide__ = True
    from logview.standard.model import Severity
    from logview.standard.report.text import finding_line

    floor = Severity(fail_on).rank
    failing = [finding for finding in found if finding.violation.severity.rank >= floor]
    if not failing:
        return
    lines = [f"{finding_line(finding)}\n    {finding.violation.want}" for finding in failing[:SHOWN]]
    if len(failing) > SHOWN:
        lines.append(f"and {len(failing) - SHOWN} more")
    count = f"{len(failing)} violation{'s' if len(failing) > 1 else ''}"
    raise AssertionError(f"{count} of the logging standard\n" + "\n".join(lines))


class CapturedLogs:
    """What a test has logged so far.

    text     captured from stdout and stderr, as far as it was taken
    service  the name under which lines without one are judged
    """

    def __init__(self, *, fail_on: FailOn | None, rules: str | None, config: str | None) -> None:
        self.text = ""
        self.service: str | None = None
        self.enabled = True
        self._fail_on = fail_on
        self._rules = rules
        self._config = config
        self._files: list[tuple[str, int]] = []
        self._take: Callable[[], str] = str

    def take_from(self, capture: Callable[[], str]) -> None:
        """Where captured output comes from."""
        self._take = capture

    def watch(self, path: str | os.PathLike[str]) -> None:
        """Check what is appended to a log file from now on, too."""
        name = os.fspath(path)
        self._files.append((name, os.path.getsize(name) if os.path.exists(name) else 0))

    def add(self, text: str) -> None:
        """Check this text, too."""
        self.text += text if text.endswith("\n") or not text else f"{text}\n"

    def check(self) -> None:
        """Fail where something that was logged so far breaks the standard."""
        __tracebackhide__ = True
        self.add(self._take())
        assert_conforming(
            [self.text.removesuffix("\n")] if self.text else [],
            fail_on=self._fail_on,
            rules=self._rules,
            config=self._config,
            service=self.service,
        )
        for name, start in self._files:
            with open(name, "rb") as stream:
                stream.seek(start)
                appended = stream.read().decode("utf-8", "surrogateescape")
            lines = [appended.removesuffix("\n")] if appended else []
            assert_conforming(
                lines, fail_on=self._fail_on, rules=self._rules, config=self._config, service=self.service
            )


try:
    import pytest
except ImportError:  # assert_conforming works without pytest
    pass
else:

    def pytest_configure(config: pytest.Config) -> None:
        """Make the mark known to --strict-markers."""
        config.addinivalue_line("markers", "logview(fail_on, rules, config): what of the standard fails this test")

    @pytest.fixture
    def logview(request: pytest.FixtureRequest) -> CapturedLogs:
        """What the test writes to stdout and stderr is checked against the logging standard when it has ended."""
        from logview.config import find

        # File descriptors, because handlers keep the stream they were made with; but one test has one capture.
        name = "capsys" if "capsys" in request.fixturenames else "capfd"
        capture = request.getfixturevalue(name)
        mark = request.node.get_closest_marker("logview")
        options = dict(mark.kwargs) if mark else {}
        found = options.pop("config", None) or find(os.path.dirname(str(request.node.path)))
        logs = CapturedLogs(fail_on=options.pop("fail_on", None), rules=options.pop("rules", None), config=found)
        if options:
            raise pytest.UsageError(f"@pytest.mark.logview knows fail_on, rules and config, not {', '.join(options)}")
        logs.take_from(lambda: _taken(capture))
        return logs

    def _taken(capture: pytest.CaptureFixture[str]) -> str:
        out, err = capture.readouterr()
        # Put back, so that a failing test still shows what was captured.
        import sys

        sys.stdout.write(out)
        sys.stderr.write(err)
        return "".join(part if part.endswith("\n") or not part else f"{part}\n" for part in (out, err))

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
        """Check before the test has ended, so that it is the test that fails and not its teardown."""
        __tracebackhide__ = True
        outcome = yield
        logs = pyfuncitem.funcargs.get("logview")
        if isinstance(logs, CapturedLogs) and logs.enabled:
            logs.check()
        return outcome
