import logging
import logging.config
import sys
import time
import uvicorn
import gunicorn
from celery import Celery
from uvicorn import Config, Server
log = logging.getLogger(__name__)
logging.basicConfig(level="INFO")  # 813
def setup(level):
    logging.basicConfig(level=level, format="%(asctime)s %(message)s")  # 812
    logging.basicConfig(level=logging.INFO, datefmt="%H:%M:%S%z")  # 812 813
    logging.config.dictConfig({"version": 1, "disable_existing_loggers": False, "formatters": {"a": {"datefmt": "%H:%M"}}})  # 816
    logging.config.dictConfig(dict(version=1, disable_existing_loggers=True))  # 821
    logging.config.fileConfig("logging.ini")  # 821
    logging.config.fileConfig("logging.ini", disable_existing_loggers=False)
    logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%d")  # 816
    logging.Formatter("%(asctime)s %(message)s", datefmt="%Y-%m-%dT%H:%M:%SZ")
    uvicorn.run("a:app", log_level="info")  # 822
    uvicorn.run("a:app", log_config={"version": 1})
    Config("a:app")  # 822
    uvicorn.Config("a:app", log_config=None)
def out(x):
    print(x)  # 801
    print(x, file=sys.stderr)  # 801
    print(x, file=open("f"))
    sys.stdout.write("x")
    logging.debug("x")  # 802
    logging.exception("x")  # 802
    logging.log(20, "x")  # 802
    logging.root.info("x")
    logging.getLogger().info("x")
def f(job_id, x, token, user, extra):
    log = logging.getLogger("q")
    log.info("a", extra={"job_id": job_id})
    log.info("a")  # 809
    log.info("a %s", job_id)  # 809
    log.info("a", extra=extra)  # 823
    log.info("a", extra={"job_id": job_id, "token": token})  # 820
    log.info("a", extra={"job_id": job_id, "token": "***"})
    log.info("a", extra={"job_id": job_id, "token_count": 3})
    log.info("a", extra={"job_id": job_id, "n": len(token)})
    log.info("a %s", user.password, extra={"job_id": job_id})  # 820
    log.info(f"a {token}", extra={"job_id": job_id})  # 803 820
    log.info("a %s", user["api_key"], extra={"job_id": job_id})  # 820
    log.info("a", extra={"job_id": job_id, "args": 1})  # 810
    log.info("a", extra={"job_id": job_id, "created_at": 1})
    log.info("a", extra={"job_id": job_id, "asctime": 1})  # 810
    log.info("a", extra={"job_id": job_id, "taskName": 1})  # 810
    log.info("a", extra={"job_id": job_id, f"k{x}": 1})  # 823
    log.info("a", extra={"job_id": job_id, **extra})
    log.info("a", extra=dict(extra, job_id=job_id))
    log.info("could not load %s", x, extra={"job_id": job_id})  # 824
    log.debug("unable to load", extra={"job_id": job_id})  # 824
    log.info("timed out", extra={"job_id": job_id})  # 824
    log.info("0 failed", extra={"job_id": job_id})
    log.info("10 failed", extra={"job_id": job_id})  # 824
    log.info("%d failed", x, extra={"job_id": job_id})
    log.info("retrying", extra={"job_id": job_id})  # 824
    log.error("retrying", extra={"job_id": job_id})  # 824
    log.warning("retrying", extra={"job_id": job_id})
    log.warning("gave up", extra={"job_id": job_id})  # 824
    log.error("gave up", extra={"job_id": job_id})
    log.info("x %s %s", x, extra={"job_id": job_id})  # 811
    log.info("x", x, extra={"job_id": job_id})  # 811
    log.info("x %(a)s", {"a": 1}, extra={"job_id": job_id})
    log.info("x %*d", 3, 4, extra={"job_id": job_id})
    log.info("x %s", *x, extra={"job_id": job_id})
    log.info("x %s", extra={"job_id": job_id})  # 811
    log.info("x" + str(x), extra={"job_id": job_id})  # 803
    log.info("x {}".format(x), extra={"job_id": job_id})  # 803
    log.info("x %s" % x, extra={"job_id": job_id})  # 803
    log.info("x" "y", extra={"job_id": job_id})
    log.info(f"x", extra={"job_id": job_id})
    log.info(x, extra={"job_id": job_id})
    try:
        x()
    except ValueError as e:
        log.error("x", extra={"job_id": job_id})  # 807
        log.error("x %s", e, extra={"job_id": job_id})
        log.error("x", extra={"job_id": job_id, "error": str(e)})
        log.exception("x", extra={"job_id": job_id})
        log.warning("x", exc_info=True, extra={"job_id": job_id})
        log.warning("x", exc_info=sys.exc_info(), extra={"job_id": job_id})
        return
    except KeyError:
        log.info("default used", extra={"job_id": job_id})  # 807
    except OSError as e:
        log.error("x", exc_info=e, extra={"job_id": job_id})  # 808
        raise RuntimeError("y") from e
    except TypeError:
        if x:
            log.exception("x", extra={"job_id": job_id})
            return
        raise
    except Exception:
        for i in x:
            log.exception("x", extra={"job_id": job_id})  # 808
            raise
    adapter = logging.LoggerAdapter(log, {"job_id": job_id})
    adapter.info("bound")
    with structlog.contextvars.bound_contextvars(job_id=job_id):
        log.info("bound")
    def inner():
        log.info("inner")  # 809
def g(jobId):
    log.info("x")  # 809
def h(*, job_id=None):
    log.info("x")  # 809
class K:
    def __init__(self, job_id):
        self.log = logging.LoggerAdapter(log, {"job_id": job_id})
        self.log.info("x")
    def go(self):
        self.log.info("x")
if __name__ == "__main__":
    app = Celery("x")
    app.worker_main()  # 822
