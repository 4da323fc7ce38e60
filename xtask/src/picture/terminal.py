"""Runs a command in a pseudoterminal of the given size and copies its output to stdout."""

import fcntl
import os
import pty
import struct
import sys
import termios

columns, rows, *command = sys.argv[1:]
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))
    os.environ["TERM"] = "xterm-256color"
    os.execvp(command[0], command)
while True:
    try:
        output = os.read(terminal, 4096)
    except OSError:
        break
    if not output:
        break
    sys.stdout.buffer.write(output)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
