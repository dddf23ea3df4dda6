"""Starts the daemon of an image five times: how long until it is ready, and how much memory it holds when idle."""

import os
import signal
import socket
import subprocess
import sys
import time

READY_MS_MAX = 200
IDLE_KIB_MAX = 20 * 1024


def start(root):
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    # Without a place in the file system, so that it is seen from inside.
    name = f"retentiond-ready-{os.getpid()}-{time.monotonic_ns()}"
    manager.bind("\0" + name)
    manager.settimeout(30)
    environment = {
        "RETENTIOND_SCHEDULE": "/etc/retentiond/retentiond.toml",
        "NOTIFY_SOCKET": "@" + name,
    }
    command = ["chroot", "--userspec=65532:65532", root, "/usr/bin/retentiond", "daemon"]
    began = time.monotonic()
    daemon = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    while b"READY=1" not in manager.recv(4096):
        pass
    return daemon, (time.monotonic() - began) * 1000


def resident_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        fields = dict(line.split(":", 1) for line in status)
    return int(fields["VmRSS"].split()[0])


def main(root):
    times, memory = [], 0
    for _ in range(5):
        daemon, took = start(root)
        times.append(took)
        time.sleep(2)
        memory = max(memory, resident_kib(daemon.pid))
        daemon.send_signal(signal.SIGTERM)
        if daemon.wait(timeout=30) != 0:
            sys.exit("the daemon did not end in order")
    times.sort()
    print(f"ready after {times[0]:.0f} to {times[-1]:.0f} ms (median {times[2]:.0f}); {memory} KiB resident when idle")
    if times[2] > READY_MS_MAX or memory > IDLE_KIB_MAX:
        sys.exit(f"more than {READY_MS_MAX} ms, or more than {IDLE_KIB_MAX} KiB")


main(sys.argv[1])
