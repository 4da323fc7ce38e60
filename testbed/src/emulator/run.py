"""Runs ministack until standard input closes, with every *.localhost name resolved and a temporary folder of its own."""

import os
import shutil
import signal
import socket
import sys
import tempfile
import threading

scratch = tempfile.mkdtemp(prefix="twinctl-emulator-")
os.environ["TMPDIR"] = tempfile.tempdir = scratch


def end_with_the_pipe():
    # Whoever started us holds the other end. However that process dies, the kernel closes it.
    while os.read(sys.stdin.fileno(), 1):
        pass
    shutil.rmtree(scratch, ignore_errors=True)
    os.killpg(0, signal.SIGKILL)  # the functions it runs are in our process group


resolve = socket.getaddrinfo


def resolve_localhost(host, *args, **kwargs):
    # The emulated CDN looks its API origin up by name, and not every system resolves names below localhost.
    name = host.decode() if isinstance(host, bytes) else host
    if isinstance(name, str) and name.endswith(".localhost"):
        host = "127.0.0.1"
    return resolve(host, *args, **kwargs)


socket.getaddrinfo = resolve_localhost
threading.Thread(target=end_with_the_pipe, daemon=True).start()
sys.argv = ["ministack"]

from ministack.app import main  # noqa: E402 (reads the environment set above when it is imported)

main()
