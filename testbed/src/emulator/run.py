"""Runs ministack until standard input is closed. Resolves all *.localhost names, and uses a separate temporary folder."""

import os
import shutil
import signal
import socket
import sys
import tempfile
import threading

scratch = tempfile.mkdtemp(prefix="twinctl-emulator-")
os.environ["TMPDIR"] = tempfile.tempdir = scratch


def stop_when_stdin_closes():
    # The other end of the pipe belongs to the process that started this one. The kernel closes it when that process exits.
    while os.read(sys.stdin.fileno(), 1):
        pass
    shutil.rmtree(scratch, ignore_errors=True)
    os.killpg(0, signal.SIGKILL)  # the functions are in this process group


resolve = socket.getaddrinfo


def resolve_localhost(host, *args, **kwargs):
    # The emulated CloudFront resolves its API origin, and not every system resolves names below localhost.
    name = host.decode() if isinstance(host, bytes) else host
    if isinstance(name, str) and name.endswith(".localhost"):
        host = "127.0.0.1"
    return resolve(host, *args, **kwargs)


socket.getaddrinfo = resolve_localhost
threading.Thread(target=stop_when_stdin_closes, daemon=True).start()
sys.argv = ["ministack"]

from ministack.app import main  # noqa: E402 (reads the environment set above when it is imported)
from ministack.services import lambda_svc  # noqa: E402

# The time for which a changed function is Pending. Clients poll it every 250 ms.
lambda_svc._LAMBDA_STATE_TRANSITION_DELAY = 0.1
