"""The formats that are understood without configuration, each with a real line: what `logview formats` lists.

Data for people and for tests: every sample is decoded by the same code as any other line, and must come out under the
name it stands under here. docs/formats.md is made from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Format(NamedTuple):
    """One shape of line.

    name     `Record.format`, or the wrapper's name for a wrapper
    writer   what writes it, and with which settings
    sample   the record's bytes as text; several lines where the format has several
    """

    name: str
    writer: str
    sample: str


PINO = '{"level":30,"time":1795424047410,"pid":9290,"hostname":"vm","jobId":"job-7f3a","msg":"job scheduled"}'

NODE = (
    Format("pino", "pino", PINO),
    Format("pino", "pino, isoTime and level labels", '{"level":"info","time":"2026-11-23T08:54:07.480Z","service":"scheduler","msg":"job scheduled"}'),
    Format("pino", "pino, unixTime (seconds)", '{"level":30,"time":1795424047,"pid":9290,"hostname":"vm","msg":"job scheduled"}'),
    Format("pino", "pino, nestedKey", '{"level":30,"time":1795424047495,"pid":9290,"hostname":"vm","payload":{"jobId":"job-7f3a"},"msg":"job scheduled"}'),
    Format("pino", "pino-http, express-pino-logger", '{"level":30,"time":1795424117862,"pid":15536,"hostname":"vm","req":{"id":1,"method":"GET","url":"/jobs/job-7f3a"},"res":{"statusCode":200},"responseTime":2,"msg":"request completed"}'),
    Format("pino", "fastify", '{"level":30,"time":1795424118200,"pid":15536,"hostname":"vm","reqId":"req-1","req":{"method":"GET","url":"/jobs/job-7f3a"},"msg":"incoming request"}'),
    Format("pino", "pino-caller", '{"level":30,"time":1795424047529,"pid":9290,"hostname":"vm","caller":"dispatchJob (src/queue.js:52:155)","msg":"job dispatched"}'),
    Format("ecs", "@elastic/ecs-pino-format", '{"log.level":"info","@timestamp":"2026-11-23T08:54:07.513Z","process.pid":9290,"ecs.version":"8.10.0","service.name":"scheduler","message":"job scheduled"}'),
    Format("pino-pretty", "pino-pretty", '[08:54:07.410] WARN (9290): retrying optimizer call\n    jobId: "job-7f3a"\n    attempt: 2'),
    Format("pino-pretty", "pino-pretty, levelFirst", "WARN [08:54:07.410] (9290): retrying optimizer call"),
    Format("bunyan", "bunyan", '{"name":"scheduler","hostname":"vm","pid":15536,"level":30,"jobId":"job-7f3a","msg":"job scheduled","time":"2026-11-23T08:55:18.869Z","v":0}'),
    Format("winston", "winston, json", '{"jobId":"job-7f3a","level":"info","message":"job scheduled","service":"scheduler","timestamp":"2026-11-23T08:55:18.400Z"}'),
    Format("winston-simple", "winston, simple", 'info: job scheduled {"jobId":"job-7f3a","service":"scheduler"}'),
    Format("logstash", "winston, logstash", '{"@fields":{"jobId":"job-7f3a","level":"info"},"@message":"job scheduled","@timestamp":"2026-11-23T08:55:18.704Z"}'),
    Format("nest", "NestJS, ConsoleLogger", "[Nest] 18316  - 11/23/2026, 8:54:07 AM     LOG [JobService] job scheduled"),
    Format("plain", "an uncaught error of Node.js", "/srv/app/queue.js:12\n    throw new Error('queue closed')\n    ^\n\nError: queue closed\n    at Object.<anonymous> (/srv/app/queue.js:12:11)\n\nNode.js v20.20.0"),
)  # fmt: skip

PYTHON = (
    Format("text", "logging, the usual format string", "2026-11-23 08:57:32,311 - optimizer.solver - INFO - solve started"),
    Format("text", "logging, brackets", "[2026-11-23 08:57:32,312] [INFO] optimizer.solver: solve started"),
    Format("text", "logging, with a traceback", '2026-11-23 08:57:32,311 - optimizer.solver - ERROR - solve failed\nTraceback (most recent call last):\n  File "/srv/app/solve.py", line 9, in solve\n    cost = route["cost"]\nKeyError: \'cost\''),
    Format("basic", "logging.basicConfig", "WARNING:optimizer.solver:time limit close to expiring"),
    Format("level", "Django, the \"simple\" format", "INFO solving job job-7f3a with 12 routes"),
    Format("timestamped", "a time and no level (Go's log)", "2026/11/23 09:31:36 router listening on :8080"),
    Format("logfmt", "logging, key=value; structlog, LogfmtRenderer", 'ts=2026-11-23T08:57:32Z level=INFO logger=optimizer.solver func=solve msg="solve started"'),
    Format("python-json-logger", "python-json-logger", '{"asctime": "2026-11-23 08:57:31,107", "levelname": "INFO", "name": "optimizer.solver", "funcName": "solve", "message": "solve started", "job_id": "job-7f3a"}'),
    Format("json", "a formatter of one's own", '{"timestamp": "2026-11-23 08:57:32,319", "level": "INFO", "logger": "optimizer.solver", "function": "solve", "message": "solve started", "job_id": "job-7f3a"}'),
    Format("json-log-formatter", "JSON-log-formatter, VerboseJSONFormatter", '{"filename": "solve.py", "funcName": "solve", "levelname": "INFO", "lineno": 5, "module": "solve", "name": "optimizer.solver", "pathname": "/srv/app/solve.py", "process": 19855, "processName": "MainProcess", "stack_info": null, "thread": 140673782897536, "threadName": "MainThread", "message": "solve started"}'),
    Format("ecs", "ecs-logging", '{"@timestamp":"2026-11-23T08:57:32.328Z","log.level":"info","message":"solve started","ecs.version":"1.6.0","log":{"logger":"optimizer.solver","origin":{"function":"solve"}},"process":{"pid":19873}}'),
    Format("structlog", "structlog, JSONRenderer", '{"job_id": "job-7f3a", "routes": 12, "event": "solve_started", "level": "info", "timestamp": "2026-11-23T08:58:46.535145Z"}'),
    Format("structlog-console", "structlog, ConsoleRenderer", "2026-11-23 08:58:46 [info     ] solve_started                  job_id=job-7f3a routes=12"),
    Format("loguru", "loguru", "2026-11-23 08:58:46.617 | INFO     | optimizer.solver:solve:25 - solve started"),
    Format("loguru-json", "loguru, serialize=True", '{"text": "solve started\\n", "record": {"elapsed": {"repr": "0:00:00.016385", "seconds": 0.016385}, "exception": null, "extra": {"job_id": "job-7f3a"}, "file": {"name": "solve.py", "path": "/srv/app/solve.py"}, "function": "solve", "level": {"icon": "", "name": "INFO", "no": 20}, "line": 25, "message": "solve started", "module": "solve", "name": "optimizer.solver", "process": {"id": 7, "name": "MainProcess"}, "thread": {"id": 1, "name": "MainThread"}, "time": {"repr": "2026-11-23 08:58:46.625+00:00", "timestamp": 1795424326.625}}}'),
    Format("powertools", "aws-lambda-powertools", '{"level":"INFO","location":"solve:62","message":"solve started","timestamp":"2026-11-23 08:57:31,156+0000","service":"optimizer","job_id":"job-7f3a"}'),
    Format("gcp", "google-cloud-logging, StructuredLogHandler", '{"message": "solve started","severity": "INFO", "logging.googleapis.com/labels": {"python_logger": "optimizer.solver"}, "logging.googleapis.com/sourceLocation": {"line": 6, "file": "solve.py", "function": "solve"}, "httpRequest": {} }'),
    Format("otel", "OpenTelemetry SDK, console exporter", '{\n    "body": "solve started",\n    "severity_number": 9,\n    "severity_text": "INFO",\n    "attributes": {"job_id": "job-7f3a"},\n    "timestamp": "2026-11-23T08:58:46.535145Z",\n    "trace_id": "0x4bf92f3577b34da6a3ce929d0e0e4736",\n    "resource": {"attributes": {"service.name": "optimizer"}}\n}'),
    Format("uvicorn", "uvicorn", 'INFO:     127.0.0.1:57868 - "GET /solve/job-7f3a HTTP/1.1" 200 OK'),
    Format("text", "gunicorn", "[2026-11-23 08:58:47 +0000] [22077] [INFO] Starting gunicorn 27.0.1"),
    Format("access", "access lines: gunicorn, werkzeug, Django, nginx", '127.0.0.1 - - [23/Nov/2026:08:58:50 +0000] "GET /solve/job-7f3a HTTP/1.1" 200 2 "-" "curl/7.88.1"'),
    Format("celery", "celery", "[2026-11-23 08:59:13,756: INFO/MainProcess] Task optimizer.solve[0df9ca6a-12f1-4365-ae04-c19b2aea3be2] received"),
    Format("rich", "rich, RichHandler", "[08:57:31] WARNING  time limit close to expiring                            solve.py:7"),
    Format("plain", "warnings.warn", "solve.py:6: UserWarning: deprecated cost model"),
    Format("plain", "a logging call that could not be formatted", "--- Logging error ---\nTraceback (most recent call last):\n  File \"/usr/lib/python3.11/logging/__init__.py\", line 1110, in emit\n    msg = self.format(record)\nTypeError: not enough arguments for format string\nMessage: 'job %s took %d ms'\nArguments: ('job-7f3a',)"),
)  # fmt: skip

OTHERS = (
    Format("slog", "Go, log/slog JSONHandler", '{"time":"2026-11-23T09:31:36.432428134Z","level":"INFO","msg":"route added","path":"/jobs"}'),
    Format("postgres", "PostgreSQL", "2026-11-23 08:57:32.311 UTC [40] app@jobs ERROR:  relation \"job\" does not exist at character 15"),
    Format("redis", "Redis", "1:M 23 Nov 2026 08:57:32.311 * Ready to accept connections tcp"),
    Format("nginx", "nginx, error log", "2026/11/23 08:57:32 [error] 31#31: *1 connect() failed (111: Connection refused) while connecting to upstream"),
    Format("apache", "Apache httpd, error log", "[Mon Nov 23 08:57:32.311000 2026] [core:error] [pid 31:tid 140] AH00126: Invalid URI in request"),
    Format("ruby", "Ruby, Logger", "E, [2026-11-23T08:57:32.311000 #4711] ERROR -- jobs: job failed"),
    Format("monolog", "PHP, Monolog", '[2026-11-23T08:57:32.311000+00:00] app.INFO: job scheduled {"job_id":"job-7f3a"} []'),
    Format("zerolog-console", "Go, zerolog ConsoleWriter", "8:57AM INF job scheduled job_id=job-7f3a"),
    Format("logrus-text", "Go, logrus on a terminal", "INFO[0012] job scheduled                                 job_id=job-7f3a"),
    Format("dotnet-console", ".NET, console logger", "fail: Jobs.Dispatcher[0]\n      job failed"),
    Format("lambda", "AWS Lambda, Node.js and Python", "2026-11-23T08:57:32.311Z\t8f14e45f-ceea-467f-a9f7-0b1c2d3e4f50\tINFO\tjob scheduled"),
    Format("text", "Java, logback, with a stack", "08:57:32.311 [main] ERROR com.acme.Jobs - job failed\njava.io.IOException: refused\n\tat com.acme.Net.open(Net.java:3)"),
    Format("klog", "Kubernetes components", "I1123 08:54:07.410123       1 controller.go:12] sync finished"),
    Format("plain", "any other line", "solve requested job-7f3a"),
)  # fmt: skip

WRAPPERS = (
    Format("compose", "docker compose logs", f"scheduler-1  | {PINO}"),
    Format("concurrently", "concurrently", f"[scheduler] {PINO}"),
    Format("honcho", "honcho, foreman, overmind", "09:01:12 optimizer.1 | 2026-11-23 09:01:12,994 INFO optimizer.solver solve started"),
    Format("turbo", "turbo", f"@app/scheduler:dev: {PINO}"),
    Format("pm2-time", "pm2 --time", f"2026-11-23T09:01:15: {PINO}"),
    Format("docker-json", "docker, json-file", '{"log":"solve started\\n","stream":"stdout","time":"2026-11-23T08:54:07.411000000Z"}'),
    Format("cri", "containerd, CRI-O (with partial lines)", f"2026-11-23T08:54:07.411000000Z stdout F {PINO}"),
    Format("kubectl", "kubectl logs --prefix", f"[pod/scheduler-7c9d8b5f4-x2x7p/scheduler] {PINO}"),
    Format("stern", "stern", f"scheduler-7c9d8b5f4-x2x7p scheduler {PINO}"),
    Format("timestamps", "docker logs -t, kubectl logs --timestamps, GitHub Actions", f"2026-11-23T08:54:07.411000000Z {PINO}"),
    Format("gh-run-view", "gh run view --log", f"e2e\tRun services\t2026-11-23T08:54:07.4110000Z {PINO}"),
    Format("syslog", "journalctl -o short, rsyslog", f"Nov 23 08:54:07 vm scheduler[9290]: {PINO}"),
    Format("syslog-5424", "RFC 5424 syslog, pino-syslog", f"<135>1 2026-11-23T08:54:07Z vm - 9290 - - {PINO}"),
    Format("journald-json", "journalctl -o json", '{"__REALTIME_TIMESTAMP":"1795424047411000","PRIORITY":"6","SYSLOG_IDENTIFIER":"optimizer","_PID":"9290","MESSAGE":"2026-11-23 09:01:12,994 INFO optimizer.solver solve started"}'),
    Format("pm2-json", "pm2 --log-type json", '{"message":"job scheduled\\n","timestamp":"2026-11-23T09:01:14","type":"out","process_id":1,"app_name":"scheduler"}'),
    Format("ts", "moreutils ts", f"Nov 23 08:54:07 {PINO}"),
    Format("vector", "Vector, file source", '{"file":"/var/log/app.log","host":"vm","message":"2026-11-23 09:01:12,994 INFO optimizer.solver solve started","source_type":"file","timestamp":"2026-11-23T09:01:13.001Z"}'),
    Format("cloudwatch", "CloudWatch, get-log-events", '{"timestamp":1795424047411,"message":"2026-11-23 09:01:12,994 INFO optimizer.solver solve started","ingestionTime":1795424047500}'),
    Format("cloudwatch", "aws logs tail", "2026-11-23T08:54:07.411000+00:00 ecs/optimizer/0123abcd 2026-11-23 09:01:12,994 INFO optimizer.solver solve started"),
    Format("process-compose", "process-compose", '{"level":"info","process":"optimizer","replica":0,"message":"solve started"}'),
)  # fmt: skip

GROUPS: tuple[tuple[str, tuple[Format, ...]], ...] = (
    ("Node.js", NODE),
    ("Python", PYTHON),
    ("others", OTHERS),
    ("wrappers around any of these, nested in any order", WRAPPERS),
)


def markdown(groups: Iterable[tuple[str, tuple[Format, ...]]] = GROUPS) -> str:
    """docs/formats.md."""
    parts = [
        "# Formats\n\nWhat logview understands with no configuration. Each line is decided by itself, so formats may "
        "be mixed in one file; a line\nthat none explains is kept, shown and marked. `logview formats test FILE` says for "
        "each line who took it and why the others\nrefused. Text layouts are not a list: a line's head is read slot by "
        "slot (time, level, logger, process, thread, call site),\nwhatever their order and brackets. Where that cannot "
        "know enough, give your formatter string: `--format\n'%(asctime)s|%(levelname)s|%(message)s'`, or `format = "
        '"…"` under `[services.NAME]` in `logview.toml`.\n'
    ]
    for title, formats in groups:
        parts.append(f"\n## {title[0].upper()}{title[1:]}\n")
        parts += [f"\n**{entry.writer}** (`{entry.name}`)\n```text\n{entry.sample}\n```\n" for entry in formats]
    return "".join(parts)
