"""The optimizer's HTTP interface: POST /solve with a job's stops, GET /healthz."""

from __future__ import annotations

import hmac
import json
import logging
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .logging_config import current_job
from .worker import NoSlotError, Worker

logger = logging.getLogger(__name__)


class Server(ThreadingHTTPServer):
    """Answers each connection in a thread of its own.

    token  what callers must send as `Authorization: Bearer …`; "" lets everyone in
    """

    daemon_threads = True

    def __init__(self, port: int, worker: Worker, token: str) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.worker = worker
        self.token = token


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        known = self.path == "/healthz"
        self.answer(HTTPStatus.OK if known else HTTPStatus.NOT_FOUND, {"status": "ok" if known else "unknown"})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        logger.debug("request received", extra={"request_id": self.headers["x-request-id"]})
        if not self.is_allowed():
            logger.warning("refused a caller with %s", self.headers["authorization"])
            self.answer(HTTPStatus.UNAUTHORIZED, {"error": "unauthorized"})
            return
        self.solve(body)

    def solve(self, body: dict[str, Any]) -> None:
        job_id = body["job_id"]
        try:
            solution = self.server.worker.run(job_id, body)
        except NoSlotError:
            self.answer(HTTPStatus.SERVICE_UNAVAILABLE, {"error": "busy"})
        except ValueError as exc:
            current_job.set(job_id)
            logger.error("order rejected: %s: %s", type(exc).__name__, exc)
            self.answer(HTTPStatus.UNPROCESSABLE_ENTITY, {"error": str(exc)})
        except KeyError as exc:
            current_job.set(job_id)
            logger.exception("job failed")
            self.answer(HTTPStatus.INTERNAL_SERVER_ERROR, {"error": f"missing {exc}"})
        else:
            answer = {"tour": solution.tour, "cost": solution.cost, "restarts": solution.restarts}
            self.answer(HTTPStatus.OK, answer)
        finally:
            current_job.set(None)

    def is_allowed(self) -> bool:
        given = self.headers.get("authorization", "")
        return not self.server.token or hmac.compare_digest(given, f"Bearer {self.server.token}")

    def answer(self, status: HTTPStatus, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        try:
            self.end_headers()
            self.wfile.write(data)
        except ConnectionError:
            logger.warning("caller left before the answer", exc_info=True)
        else:
            logger.debug("response sent", extra={"request_id": self.headers["x-request-id"], "size_bytes": len(data)})

    def log_message(self, format: str, *args: object) -> None:
        """`answer` logs each response; the base class would print another line to stderr."""
