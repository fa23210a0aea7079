"""LV801–LV811, LV820, LV823, LV824: logging calls in source code. Pages only: `logview.inventory` runs these rules.

The rules about set-ups and servers, LV812–LV819, LV821 and LV822, are in `source_setup`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from logview.standard.model import Options, Rule, Severity
from logview.standard.rules.registry import ENTRIES, Entry, page

if TYPE_CHECKING:
    from collections.abc import Callable


class Source(Options, frozen=True):
    """Options of every source rule."""

    equivalent: Annotated[str, Meta(pattern=r"^(ruff|pylint|flake8|eslint|biome|oxlint):\S+$")] | None = None
    """Another tool's rule that reports the same; findings in that tool's language are left to it."""


EQUIVALENT = 'another linter\'s rule that already reports this in its language, which is then left out: "ruff:G004"'


def source_rule(code: str, name: str, severity: Severity) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Register the decorated function's docstring as the page of a rule of scope C."""

    def add(target: Callable[[], None]) -> Callable[[], None]:
        doc = page(target.__doc__ or "")
        doc.options.setdefault("equivalent", EQUIVALENT)
        made = Rule(code=code, name=name, family="source", scope="C", severity=severity, doc=doc, options=Source)
        ENTRIES[code] = Entry(made, "values", None, None)
        return target

    return add


@source_rule("LV801", "no-console", Severity.WARN)
def no_console() -> None:
    """Direct output to the console instead of a logger: `console.*`, `print()`.

    Why: Such lines have no time, level or service, and break a stream of JSON (ruff T201, eslint no-console).

    Bad:
        == api.ts ==
        export const handle = (n: number) => console.log('request in', n)

    Bad:
        == solve.py ==
        def solve(job):
            print("solving", job)

    Good:
        == solve.py ==
        import logging
        log = logging.getLogger(__name__)
        def solve(job):
            log.info("solve started", extra={"job": job})

    Pino: `log.info({ n }, 'request received')`
    Python: `log.info("…", extra={…})` on a logger of the module
    """


@source_rule("LV802", "root-logger-call", Severity.WARN)
def root_logger_call() -> None:
    """A logging function called on the `logging` module itself.

    Why: It logs as `root`, and adds a handler of its own when none is configured yet (Python documentation,
    `logging.info`: "calls basicConfig() if no handlers"; ruff LOG015).

    Bad:
        == solve.py ==
        import logging
        logging.info("solve started")

    Good:
        == solve.py ==
        import logging
        log = logging.getLogger(__name__)
        log.info("solve started")

    Pino: does not apply
    Python: `log = logging.getLogger(__name__)` at the top of the module, then `log.info(…)`
    """


@source_rule("LV803", "dynamic-message", Severity.WARN)
def dynamic_message() -> None:
    """A message put together before the call: a template literal or f-string with holes, `+`, `%`, `.format()`.

    Why: Every value makes another message: nothing can be counted or grouped, and the value is no field (ruff
    G001–G004, sloglint static-msg).

    Bad:
        == api.ts ==
        import pino from 'pino'
        const log = pino()
        export const login = (user: string) => log.info(`user ${user} logged in`)

    Bad:
        == solve.py ==
        import logging
        log = logging.getLogger(__name__)
        def solve(job):
            log.info(f"solving {job}")

    Good:
        == solve.py ==
        import logging
        log = logging.getLogger(__name__)
        def solve(job):
            log.info("solve started", extra={"job": job})

    Pino: `log.info({ user }, 'user logged in')`
    Python: `log.info("solve started", extra={"job": job})`
    """


@source_rule("LV804", "object-after-message", Severity.ERROR)
def object_after_message() -> None:
    """An object after the message in a pino call: it is dropped.

    Why: pino formats further arguments into the message; without a conversion for it the object is lost without a word
    (pino 10, measured; eslint-plugin-pino correct-args-position).

    Bad:
        == api.ts ==
        import pino from 'pino'
        const log = pino()
        export const plan = (jobId: string) => log.info('job scheduled', { jobId })

    Good:
        == api.ts ==
        import pino from 'pino'
        const log = pino()
        export const plan = (jobId: string) => log.info({ jobId }, 'job scheduled')

    Pino: put the object first: `log.info({ jobId }, 'job scheduled')`
    Python: does not apply
    """


@source_rule("LV805", "error-after-message", Severity.ERROR)
def error_after_message() -> None:
    """An error after the message in a pino call: it is dropped.

    Why: The record says that something failed and not what; type, message and stack are lost (pino 10, measured).

    Bad:
        == worker.ts ==
        import pino from 'pino'
        const log = pino()
        export function run(step: () => void) {
          try { step() } catch (err) { log.error('step failed', err) }
        }

    Good:
        == worker.ts ==
        import pino from 'pino'
        const log = pino()
        export function run(step: () => void) {
          try { step() } catch (err) { log.error({ err }, 'step failed') }
        }

    Pino: `log.error({ err }, 'step failed')`
    Python: does not apply
    """


@source_rule("LV806", "error-wrong-key", Severity.ERROR)
def error_wrong_key() -> None:
    """A caught error under `error`, `e`, `ex` or `exception` in a pino call, without a serializer of that name.

    Why: Only `err` has a serializer; any other key is written as its own enumerable properties: `{}` (pino 10,
    measured).

    Bad:
        == worker.ts ==
        import pino from 'pino'
        const log = pino()
        export function run(step: () => void) {
          try { step() } catch (error) { log.error({ error }, 'step failed') }
        }

    Good:
        == worker.ts ==
        import pino from 'pino'
        const log = pino()
        export function run(step: () => void) {
          try { step() } catch (error) { log.error({ err: error }, 'step failed') }
        }

    Pino: `{ err: error }`, or `serializers: { error: pino.stdSerializers.err }` in the set-up
    Python: does not apply
    """


@source_rule("LV807", "catch-without-error", Severity.WARN)
def catch_without_error() -> None:
    """A logging call in a catch or except block that does not pass the error.

    Why: The record tells that it failed; why, only the error knows (ruff TRY400).

    Bad:
        == worker.py ==
        import logging
        log = logging.getLogger(__name__)
        def run(step):
            try:
                step()
            except ValueError:
                log.error("step failed")

    Good:
        == worker.py ==
        import logging
        log = logging.getLogger(__name__)
        def run(step):
            try:
                step()
            except ValueError:
                log.exception("step failed")

    Pino: `log.error({ err }, 'step failed')`
    Python: `log.exception("step failed")`, or `exc_info=True` below error
    """


@source_rule("LV808", "log-and-rethrow", Severity.INFO)
def log_and_rethrow() -> None:
    """An error that is logged and thrown again in the same block.

    Why: Whoever catches it logs it again: one failure is counted twice (LV507 sees the records).

    Bad:
        == worker.ts ==
        import pino from 'pino'
        const log = pino()
        export function run(step: () => void) {
          try { step() } catch (err) {
            log.error({ err }, 'step failed')
            throw err
          }
        }

    Good:
        == worker.ts ==
        export function run(step: () => void) {
          try { step() } catch (err) {
            throw new Error('step failed', { cause: err })
          }
        }

    Pino: throw with `{ cause: err }` and log where the error is handled
    Python: `raise … from error` and log where it is handled
    """


@source_rule("LV809", "context-not-passed", Severity.WARN)
def context_not_passed() -> None:
    """A call in a function that has `jobId` or `job_id` as parameter, and neither passes it nor has it bound.

    Why: The record of a job cannot be found by the job's id, although the id is at hand (LV303 sees the records).

    Bad:
        == jobs.py ==
        import logging
        log = logging.getLogger(__name__)
        def start(job_id):
            log.info("job started")

    Good:
        == jobs.py ==
        import logging
        log = logging.getLogger(__name__)
        def start(job_id):
            log.info("job started", extra={"job_id": job_id})

    Good:
        == jobs.ts ==
        import pino from 'pino'
        const log = pino()
        export function start(jobId: string) {
          const jobLog = log.child({ job_id: jobId })
          jobLog.info('job started')
        }

    Pino: `const jobLog = log.child({ job_id: jobId })` once, then log with it
    Python: a contextvar and a Filter, a LoggerAdapter, or `extra={"job_id": job_id}`
    """


@source_rule("LV810", "reserved-extra", Severity.ERROR)
def reserved_extra() -> None:
    """A field named like one the logger writes itself: LogRecord's attributes in `extra`, pino's own keys.

    Why: Python raises KeyError ("Attempt to overwrite 'message' in LogRecord"; ruff G101); pino writes the key twice
    and parsers keep the last.

    Bad:
        == worker.py ==
        import logging
        log = logging.getLogger(__name__)
        log.info("model stored", extra={"name": "x"})

    Good:
        == worker.py ==
        import logging
        log = logging.getLogger(__name__)
        log.info("model stored", extra={"model_name": "x"})

    Pino: rename the key: `level`, `time`, `pid`, `hostname` and the message key are pino's
    Python: rename the key: `name`, `message`, `args`, `module`, `created` … belong to LogRecord
    """


@source_rule("LV811", "arg-count", Severity.ERROR)
def arg_count() -> None:
    """The number of arguments differs from the conversions in the message.

    Why: Python prints a traceback instead of the record; pino leaves `%s` in the text or drops the value (ruff
    PLE1205, PLE1206).

    Bad:
        == solve.py ==
        import logging
        log = logging.getLogger(__name__)
        def solve(n):
            log.info("routes %s of %s", n)

    Good:
        == solve.py ==
        import logging
        log = logging.getLogger(__name__)
        def solve(n, total):
            log.info("routes %s of %s", n, total)

    Pino: one argument for each conversion, or fields: `log.info({ n, total }, 'routes counted')`
    Python: one argument for each conversion, or fields: `extra={"n": n}`
    """


@source_rule("LV820", "sensitive-argument", Severity.ERROR)
def sensitive_argument() -> None:
    """A key, variable or property named like a secret is passed to a logging call.

    Why: Logs are read by more people and kept longer than the secret should be (OWASP Logging Cheat Sheet, "Data to
    exclude"; CodeQL py/clear-text-logging-sensitive-data).

    Bad:
        == api.ts ==
        import pino from 'pino'
        const log = pino()
        export const login = (user: { password: string }) => log.info({ password: user.password }, 'login')

    Good:
        == api.ts ==
        import pino from 'pino'
        const log = pino()
        export const login = (user: { id: string }) => log.info({ user_id: user.id }, 'login')

    Pino: leave it out, or mask it before the call; `redact` is the second line of defense
    Python: leave it out, or mask it before the call; a Filter is the second line of defense
    """


@source_rule("LV823", "non-literal-key", Severity.INFO)
def non_literal_key() -> None:
    """Field keys that only running the code tells: a computed key, `extra=` with a variable.

    Why: Nobody knows which fields exist, an index grows without bound, and no tool can check them (sloglint
    no-raw-keys).

    Bad:
        == solve.py ==
        import logging
        log = logging.getLogger(__name__)
        def solve(context):
            log.info("solve started", extra=context)

    Good:
        == solve.py ==
        import logging
        log = logging.getLogger(__name__)
        def solve(routes):
            log.info("solve started", extra={"route_count": len(routes)})

    Pino: write the keys out: `{ route_count: routes.length }`
    Python: write the keys out: `extra={"route_count": len(routes)}`
    """


@source_rule("LV824", "level-wording", Severity.WARN)
def level_wording() -> None:
    """A message whose words contradict the level: a failure at info or below, a retry at info or error.

    Why: The same as LV204 and LV205, found before the first record is written.

    Bad:
        == api.ts ==
        import pino from 'pino'
        const log = pino()
        export const call = (n: number) => log.info({ n }, 'failed to reach optimizer')

    Good:
        == api.ts ==
        import pino from 'pino'
        const log = pino()
        export const call = (n: number) => log.warn({ n }, 'failed to reach optimizer')

    Pino: warn for what was handled (a retry, a fallback), error for what was lost
    Python: warning for what was handled (a retry, a fallback), exception for what was lost
    """


from logview.standard.rules import source_setup  # noqa: E402, F401  its pages register beside these
