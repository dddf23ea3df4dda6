"""Starts the daemon of an image five times: how long until it is ready, and how much memory it holds when idle."""

import contextlib
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
    # In the folder of the state, which is seen from both sides.
    inside = "/var/lib/retentiond/notify"
    with contextlib.suppress(FileNotFoundError):
        os.remove(root + inside)
    manager.bind(root + inside)
    os.chmod(root + inside, 0o777)
    manager.settimeout(30)
    environment = {
        "PATH": os.environ["PATH"],
        "RETENTIOND_SCHEDULE": "/etc/retentiond/retentiond.toml",
        "NOTIFY_SOCKET": inside,
    }
    command = ["chroot", "--userspec=65532:65532", root, "/usr/bin/retentiond", "daemon"]
    began = time.monotonic()
    daemon = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
    try:
        while b"READY=1" not in manager.recv(4096):
            pass
    except TimeoutError:
        daemon.terminate()
        sys.exit(f"never ready: {daemon.communicate()[1].decode()}")
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
