"""`logview`: which command a command line means, and the exit status it ends with.

Commands are imported when they are called: `logview check` never pays for the viewer. A first argument that is
neither a command nor an option is a path, and means `logview view PATH …`.
"""

from __future__ import annotations

import errno
import importlib
import os
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from logview import __version__
from logview.errors import LogviewError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from click.shell_completion import CompletionItem

EX_SOFTWARE = 70
"""sysexits.h: an internal fault."""
EX_IOERR = 74
"""sysexits.h: output that cannot be written."""

COMMANDS = {
    "view": "watch logs on one timeline (the default)",
    "cat": "print records to standard output: pretty, json, logfmt, csv, raw",
    "run": "start services and watch what they log",
    "check": "hold logs and source code against the logging standard",
    "compare": "two services' logging side by side",
    "inventory": "loggers, middleware and logging calls in source code",
    "standard": "the standard: init, show, explain, render, snippet",
    "review": "evidence per rule, what-if, decisions",
    "formats": "the log formats that are understood; which one takes a line, and why",
    "cache": "indexes of large files kept for the next time: list, clear",
    "demo": "the two sample services working jobs, in the viewer",
}
"""Command → one line of help; the module is logview.cli.NAME, its click command is named `command`."""


class Commands(click.Group):
    """Finds commands by name without importing the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"logview.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands and, since `logview PATH` views it, files."""
        from click.shell_completion import CompletionItem

        return [*super().shell_complete(ctx, incomplete), CompletionItem(incomplete, type="file")]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, args if ctx.resilient_parsing else with_command(args))


def with_command(args: Sequence[str]) -> list[str]:
    """The arguments with `view` put in front where the user left it out."""
    args = list(args)
    if args and (args[0] in COMMANDS or args[0] in {"--help", "-h", "--version"}):
        return args
    if args and args[0].isalpha() and not os.path.exists(args[0]):
        import difflib

        if close := difflib.get_close_matches(args[0], COMMANDS, 1):
            raise click.UsageError(f'"{args[0]}" is neither a command nor a file; did you mean "{close[0]}"?')
    return ["view", *args]


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="`logview PATH …` is `logview view PATH …`. Exit status: 0 fine, 1 findings (check), 2 bad use, 70 a fault.",
)
@click.version_option(__version__, prog_name="logview", message="%(prog)s %(version)s")
def cli() -> None:
    """A terminal viewer and checker for the logs of services that run together."""


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run one command and exit: 0 fine, 1 findings, 2 bad use, 70 a fault of logview, 128+n ended by signal n."""
    try:
        status = invoke(sys.argv[1:] if argv is None else list(argv))
        sys.stdout.flush()
    except click.exceptions.Abort:
        sys.exit(128 + signal.SIGINT)
    except click.UsageError as error:
        if error.ctx is not None:
            click.echo(f"{error.ctx.get_usage()}\nTry '{error.ctx.command_path} --help' for help.\n", err=True)
        report(error.format_message())
        sys.exit(2)
    except click.ClickException as error:
        report(error.format_message())
        sys.exit(2)
    except LogviewError as error:
        report(str(error))
        sys.exit(2)
    except OSError as error:
        end_output(error)
    except KeyboardInterrupt as ended:
        sys.exit(128 + getattr(ended, "number", signal.SIGINT))
    except Exception:  # noqa: BLE001  the edge: a fault of logview must not look like findings to CI
        import traceback

        from logview.decode.clean import clean_lines

        # An exception may quote what a log, a file name or an argument holds.
        click.echo(clean_lines(traceback.format_exc()), err=True, nl=False)
        sys.exit(EX_SOFTWARE)
    sys.exit(status if isinstance(status, int) else 0)


def invoke(args: list[str]) -> object:
    """What the command returned. Not click's own `main`: that ends a closed pipe with status 1, here "findings"."""
    if "_LOGVIEW_COMPLETE" in os.environ:  # a shell asks for completions
        return cli.main(args=args, prog_name="logview")
    try:
        with cli.make_context("logview", args) as context:
            return cli.invoke(context)
    except click.exceptions.Exit as ended:
        return ended.exit_code


def end_output(error: OSError) -> NoReturn:
    """Leave because the system refused, mostly standard output: a closed pipe quietly, a full disk with a word."""
    # Python would flush, and complain, once more at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if error.errno == errno.EPIPE:
        # The reader has gone (`| head`): nothing is wrong.
        sys.exit(128 + signal.SIGPIPE if hasattr(signal, "SIGPIPE") else 1)
    place = (
        f"{os.fsdecode(error.filename)}: "
        if error.filename
        else "standard output: "
        if error.errno == errno.ENOSPC
        else ""
    )
    report(f"{place}{error.strerror or error}")
    sys.exit(EX_IOERR)


def report(message: str) -> None:
    """Print what went wrong on standard error; a path or a filter in it may hold control characters."""
    from logview.decode.clean import clean

    lines = (clean(line) for line in message.split("\n"))
    click.echo("logview: " + "\n".join(lines), err=True)
