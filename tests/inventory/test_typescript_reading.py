"""TypeScript and JavaScript: what is a logger, what a call says, what configures pino."""

from __future__ import annotations

import json

import pytest

from logview.inventory import take


def read(tmp_path, files):
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text if isinstance(text, str) else json.dumps(text))
    return take([str(tmp_path)])


def sites(inventory):
    return [(call.level, call.template) for call in inventory.calls]


ROOT = "import pino from 'pino'\nexport const log = pino()\nexport default log\n"
LOGGERS = {
    "named import": ("import { log } from './log'", {"log.ts": ROOT}),
    "default import": ("import log from './log'", {"log.ts": ROOT}),
    "namespace import": ("import * as l from './log'\nconst log = l.log", {"log.ts": ROOT}),
    "compiled suffix": ("import { log } from './log.js'", {"log.ts": ROOT}),
    "folder index": ("import { log } from './u'", {"u/index.ts": "export * from '../log'", "log.ts": ROOT}),
    "renamed re-export": (
        "import { logger as log } from './u'",
        {"u.ts": "export { log as logger } from './log'", "log.ts": ROOT},
    ),
    "require": (
        "const { log } = require('./log')",
        {"log.js": "const pino = require('pino')\nmodule.exports = { log: pino() }"},
    ),
    "require whole": ("const log = require('./log')", {"log.js": "module.exports = require('pino')()"}),
    "tsconfig path": (
        "import { log } from '@lib/log'",
        {
            "lib/log.ts": ROOT,
            "tsconfig.json": '{ // note\n "compilerOptions": { "baseUrl": ".", "paths": { "@lib/*": ["lib/*"], } } }',
        },
    ),
    "package import": (
        "import { log } from '#log'",
        {"src2/log.ts": ROOT, "package.json": {"imports": {"#log": "./src2/log.js"}}},
    ),
    "wrapper": (
        "import { make } from './w'\nconst log = make('x')",
        {"w.ts": "import pino from 'pino'\nconst root = pino()\nexport const make = (m: string) => root.child({ m })"},
    ),
    "wrapper by type": (
        "import { make } from './w'\nconst log = make('x')",
        {"w.ts": "import { type Logger } from 'pino'\nexport function make(m: string): Logger { return f(m) as any }"},
    ),
    "optional chain": ("import { log as l } from './log'\nconst log = l?.child?.({})", {"log.ts": ROOT}),
    "let then set": ("import { log as l } from './log'\nlet log\nlog = l", {"log.ts": ROOT}),
    "member of an object": (
        "import { log as l } from './log'\nconst deps = { log: l }\nconst { log } = deps",
        {"log.ts": ROOT},
    ),
    "array of a function": (
        "import { make } from './w'\nconst [log, out] = await make()",
        {"w.ts": "import pino from 'pino'\nexport async function make() { return [pino(), 1] }"},
    ),
    "compiled call": (
        "const w = require('./w')\nconst log = (0, w.make)()",
        {"w.js": "const pino = require('pino')\nexports.make = () => pino()"},
    ),
    "nestjs-pino": ("import { Logger } from 'nestjs-pino'\nlet log: Logger", {}),
    "package of a company": ("import { logger as log } from '@acme/logger'", {}),
    "factory of a company": ("import { createLogger } from '@acme/foundation/log'\nconst log = createLogger('x')", {}),
    "named maker of a company's package": (
        "import { subsystemLogger } from '@acme/common'\nconst log = subsystemLogger('db')",
        {},
    ),
    "named logger of a company's package": ("import { dbLogger as log } from '@acme/common'", {}),
    "PinoLogger behind a package that is not there": (
        "import { PinoLogger } from '@acme/generic'\nlet log: PinoLogger",
        {},
    ),
    "a type parameter's constraint": (
        "import type { Logger } from 'pino'\n"
        "const go = <T extends { log: Logger }>(ctx: T) => ctx.log.info('here')\nlet log: number",
        {},
    ),
    "options without a type": (
        "import { log as l } from './log'\nfunction go(options) {\n  options.logger.info('here')\n}\nlet log: number",
        {"log.ts": ROOT},
    ),
    "cast": ("import { log as l } from './log'\nconst log = (l as unknown as Foo)!", {"log.ts": ROOT}),
}


@pytest.mark.parametrize("name", LOGGERS)
def test_a_logger_is_followed_wherever_it_comes_from(name, tmp_path):
    head, files = LOGGERS[name]
    inventory = read(tmp_path, {**files, "main.ts": f"{head}\nlog.info('here')\n"})
    assert [("info", "here")] == sites(inventory)


FRIENDS = {
    "an object with the methods": "const log = { info: (s: string) => s }\nlog.info('x')",
    "a class": "class L { info(s: string) {} }\nconst log = new L()\nlog.info('x')",
    "a shadowed import": "import { log } from './log'\nfunction f(log: { info(s: string): void }) { log.info('x') }",
    "a scoped package without a name for logs": "import { log } from '@acme/math'\nlog.info('x')",
    "another library": "import { log } from 'mathjs'\nlog.info('x')",
    "a comment and a string": "// log.info('x')\nconst s = \"log.info('x')\"",
    "Math": "Math.log(3)",
}


@pytest.mark.parametrize("name", FRIENDS)
def test_what_only_looks_like_a_logger_is_none(name, tmp_path):
    assert [] == sites(read(tmp_path, {"log.ts": ROOT, "main.ts": FRIENDS[name]}))


def test_loggers_of_frameworks_are_followed(tmp_path):
    inventory = read(
        tmp_path,
        {
            "app.ts": (
                "import Fastify, { type FastifyInstance } from 'fastify'\n"
                "const app = Fastify({ logger: true })\n"
                "app.get('/', async (request) => { request.log.info('a') })\n"
                "app.log.warn('b')\n"
                "export const plugin = async (server: FastifyInstance) => server.log.error('c')\n"
            )
        },
    )
    assert [("info", "a"), ("warn", "b"), ("error", "c")] == sites(inventory)


def test_loggers_of_classes_are_followed(tmp_path):
    inventory = read(
        tmp_path,
        {
            "log.ts": ROOT,
            "main.ts": (
                "import { log } from './log'\nimport type { Logger } from 'pino'\n"
                "interface Deps { readonly logger: Logger }\n"
                "class Base { protected readonly base = log }\n"
                "class Job extends Base {\n"
                "  #own: Logger\n"
                "  constructor(private readonly deps: Deps, readonly given: Logger) {\n"
                "    super(); this.#own = log.child({ a: 1 })\n  }\n"
                "  run = async () => {\n"
                "    this.base.info('inherited')\n    this.#own.info('private')\n"
                "    this.deps.logger.info('in an interface')\n    this.given?.info('parameter property')\n  }\n"
                "}\n"
            ),
        },
    )
    assert ["inherited", "private", "in an interface", "parameter property"] == [c.template for c in inventory.calls]
    assert {"Job.run"} == {call.function for call in inventory.calls}
    assert ("a",) == inventory.calls[1].bound


def test_fields_and_messages_of_calls(tmp_path):
    calls = [
        ("log.info({ a, b: 1, 'c-d': 2 }, 'm')", "m", "static", ("a", "b", "c-d")),
        ("log.info('a' + 'b')", "ab", "static", ()),
        ("log.info('a ' + b + ' c')", "a ${} c", "concat", ()),
        ("log.info({ ...base, a }, 'm')", "m", "static", ("x", "a")),
        ("log.info(base, 'm')", "m", "static", ("x",)),
        ("log.error(err, 'm')", "m", "static", ("err",)),
        ("log.error(new Error('x'))", None, "dynamic", ("err",)),
        ("log.info(text)", "constant", "static", ()),
        ("log.info('%s of %d', a, b)", "%s of %d", "printf", ()),
        ("log.info(null, 'm')", "m", "static", ()),
        ("log['info'](`m ${a}`)", "m ${a}", "template", ()),
    ]
    body = "".join(f"{call}\n" for call, *_ in calls)
    head = "import pino from 'pino'\nconst log = pino()\nconst base = { x: 1 }\nconst text = 'constant'\n"
    inventory = read(tmp_path, {"main.ts": head + body})
    assert [tuple(rest) for _, *rest in calls] == [(c.template, c.kind, c.keys) for c in inventory.calls]


def test_pretty_printing_counts_only_without_a_condition(tmp_path):
    always = [
        "pino({ transport: { target: 'pino-pretty' } })",
        "pino({ transport: { targets: [{ target: 'pino/file' }, { target: 'pino-pretty' }] } })",
        "pino(pretty())",
        "pino({}, pino.transport({ target: 'pino-pretty' }))",
        "pino({ prettyPrint: true })",
    ]
    sometimes = [
        "pino({ transport: dev ? { target: 'pino-pretty' } : undefined })",
        "pino({ ...(dev && { transport: { target: 'pino-pretty' } }) })",
        "pino(dev ? { transport: { target: 'pino-pretty' } } : {})",
        "pino({ transport: chosen() })",
        "dev ? pino({ transport: { target: 'pino-pretty' } }) : pino()",
    ]
    head = (
        "import pino from 'pino'\nimport pretty from 'pino-pretty'\nconst dev = process.env.NODE_ENV !== 'production'\n"
        "function chosen() { if (dev) return { target: 'pino-pretty' } }\n"
    )
    lines = [f"export const l{i} = {call}\n" for i, call in enumerate([*always, *sometimes])]
    inventory = read(tmp_path, {"main.ts": head + "".join(lines)})
    pretty = {setup.line - 5: setup.pretty for setup in inventory.setups if setup.kind == "pino"}
    assert [True] * len(always) == [pretty[i] for i in range(len(always))]
    assert not any(pretty[i] for i in range(len(always), len(always) + len(sometimes)))


def test_a_file_with_errors_is_read_as_far_as_it_goes(tmp_path):
    inventory = read(tmp_path, {"main.ts": f"{ROOT}log.info('before')\nclass {{{{ %%\n"})
    assert ("info", "before") in sites(inventory)
    assert 1 == len(inventory.problems)


def test_folders_of_others_are_left_out(tmp_path):
    code = f"{ROOT}log.info('x')\n"
    inventory = read(tmp_path, {"node_modules/a/a.js": code, "dist/a.js": code, "a.d.ts": code, "src/a.ts": code})
    assert [("info", "x")] == sites(inventory)


def test_what_spreads_itself_and_what_is_named_like_its_type_ends(tmp_path):
    text = ROOT + (
        "let options = { ...options, a: 1 }\nlet ctx = { b: 2, ...ctx }\nconst other = pino(options)\n"
        "options.log.info('no')\nlog.info({ ...ctx, c: 3 }, 'spread')\nlog.child(ctx).info('child')\n"
        "export const f = <const param extends string>(param: param | null) => {\n"
        "  param.log.info('no')\n  log.info('typed')\n}\n"
    )
    inventory = read(tmp_path, {"a.ts": text})
    assert [("info", "spread"), ("info", "child"), ("info", "typed")] == sites(inventory)
    assert ("b", "c") == inventory.calls[0].keys
    assert [] == inventory.problems


def test_a_method_under_a_name_of_its_own_is_a_call(tmp_path):
    inventory = read(tmp_path, {"a.ts": ROOT + "const say = log.warn.bind(log)\nsay({ a: 1 }, 'said')\nbind('no')\n"})
    assert [("say", "warn", "said", ("a",))] == [(c.logger, c.level, c.template, c.keys) for c in inventory.calls]


def test_a_logger_that_cannot_be_read_is_not_held_to_the_arguments_of_pino(tmp_path):
    from logview.config import parse
    from logview.inventory.rules import findings_of

    text = (
        "import { logger } from '@acme/logger'\nlogger.info('stored', { id })\n"
        "logger.info('%s')\nlogger.info(`a ${b}`)\n"
    )
    inventory = read(tmp_path, {"a.ts": text})
    standard = parse('standard = "default@1"', file="logview.toml").standard
    assert [("LV803", 4)] == [(f.violation.rule, f.line) for f in findings_of(standard, inventory)]


def test_a_callback_of_catch_handles_the_error_but_is_no_catch_body(tmp_path):
    text = (
        ROOT + "f().catch((err) => log.error('a'))\n"
        "f().catch((err) => log.error({ err }, 'b'))\n"
        "try { f() } catch (e) { log.error('c') }\n"
    )
    calls = read(tmp_path, {"a.ts": text}).calls
    assert [(False, True, False), (False, True, True), (True, True, False)] == [
        (call.in_catch, call.handler is not None, call.has_error) for call in calls
    ]


def test_what_a_mixin_adds_on_a_condition_may_be_there(tmp_path):
    source = """
import pino from 'pino'
const log = pino({ mixin() {
  const span = trace.getActiveSpan()?.spanContext()
  return { service: 'pay', ...(span && { trace_id: span.traceId, ...(span.isRemote ? { remote: true } : {}) }) }
} })
log.info('paid')
"""
    inventory = read(tmp_path, {"main.ts": source})
    assert inventory.calls[0].bound == ("remote", "service", "trace_id")
    assert not inventory.setups[0].context_open


def test_a_nest_application_logs_through_nestjs_pino(tmp_path):
    source = """
import { Logger, Module } from '@nestjs/common'
import { LoggerModule, Logger as PinoLogger } from 'nestjs-pino'
@Module({ imports: [
  LoggerModule.forRoot({ pinoHttp: { level: process.env.LOG_LEVEL, redact: ['req.headers.authorization'] } }),
  LoggerModule.forRootAsync({ useFactory: async (c) => ({ pinoHttp: [{ level: 'info' }, stream] }) }),
] })
export class AppModule {}
export class Jobs {
  private readonly logger = new Logger(Jobs.name)
  run() { this.logger.log('started'); this.logger.verbose('in detail') }
}
app.get(PinoLogger).warn('listening')
"""
    inventory = read(tmp_path, {"main.ts": source, "package.json": "{}"})
    assert sites(inventory) == [("info", "started"), ("trace", "in detail"), ("warn", "listening")]
    assert [(s.kind, s.level, s.redact, s.known) for s in inventory.setups] == [
        ("nestjs-pino", "env", ("req.headers.authorization",), True),
        ("nestjs-pino", "info", None, True),
    ]
    (tmp_path / "main.ts").write_text(
        "import { Logger } from '@nestjs/common'\nnew Logger('a').log('to the console')\n"
    )
    assert sites(take([str(tmp_path)])) == []
