"""What a soak has left, judged: every occurrence of a cadence, every receipt, memory.

    soak.py FOLDER FED SECONDS

Apart from tests/soak, which does things and judges nothing. What the daemon told while it was at work is held against the
clock and against the log.
"""

import json
import sys
from collections import Counter, defaultdict
from datetime import datetime, timedelta, timezone
from pathlib import Path

EVERY = {"postgres": 2, "mariadb": 3, "sqlite": 1}
# So much may come on top after a tenth of the time, in KiB: what allocators keep, and pages of the program.
GROWS_MAX = 6 * 1024

folder, _, seconds = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
faults = []


def moment(text):
    text = text.replace(" UTC", "+00:00").replace("Z", "+00:00").replace(" ", "T", 1)
    return datetime.fromisoformat(text).astimezone(timezone.utc)


def told():
    for line in (folder / "told").read_text().splitlines():
        one = json.loads(line)
        yield moment(one["timestamp"][:19] + "Z"), one["fields"]


def occurrences(first, last, every):
    at = first
    while at <= last:
        yield at
        at += timedelta(seconds=every)


def of_runs():
    """Every occurrence has one run or is told as missed; no run is begun again that had come to its end."""
    begun, ended, missed = defaultdict(list), defaultdict(list), defaultdict(list)
    for at, fields in told():
        database, message = fields.get("database"), fields["message"]
        if message == "run begins":
            begun[database].append((moment(fields["due"]), at))
        elif message in ("runs were missed", "what came due while the window was closed is done by one run"):
            missed[database].append((moment(fields["first"]), moment(fields["last"]), fields["count"], fields["made_up"]))
        elif message == "run ends" or message.startswith("the run failed"):
            ended[database].append(at)
    for database, every in EVERY.items():
        runs = begun[database]
        dues = Counter(due for due, _ in runs)
        accounted = Counter(dues.keys())
        for first, last, count, made_up in missed[database]:
            within = list(occurrences(first, last, every))
            if len(within) != count:
                faults.append(f"{database}: {count} missed from {first} to {last}, which are {len(within)}")
            # The last one has the run that makes up for them.
            accounted.update(within[: len(within) - int(made_up)])
        first, last = min(accounted), max(accounted)
        for at in occurrences(first, last, every):
            if accounted[at] != 1:
                faults.append(f"{database}: the occurrence of {at} has {accounted[at]} runs or tellings")
        told_missed = sum(count for _, _, count, _ in missed[database])
        again = sum(count - 1 for count in dues.values())
        print(f"{database}: {len(dues)} runs, {again} begun again, {told_missed} occurrences told as missed, "
              f"of {len(list(occurrences(first, last, every)))}")


def of_the_log():
    """Runs on one database follow each other, and what was fed and is gone has one receipt."""
    rows, runs, open_runs = Counter(), Counter(), {}
    for line in (folder / "exported").read_text().splitlines():
        record = json.loads(line)["record"]
        kind, database = record["kind"], record.get("database")
        if kind == "run-started":
            runs[database] += 1
            # One that lost its connection may have no end in the log; two at once would tell batches of both.
            open_runs[database] = record["run"]
        elif kind == "done":
            if record["run"] != open_runs.get(database) and not record["recovered"]:
                faults.append(f"{database}: a batch of a run that another one had followed")
            rows[database] += sum(effect["rows"] for effect in record["effects"])
    fed, kept, asked, left = Counter(), Counter(), Counter(), {}
    for line in (folder / "fed").read_text().splitlines():
        database, due, stays = line.split()
        fed[database] += int(due)
        kept[database] += int(stays)
    if (folder / "asked").exists():
        for line in (folder / "asked").read_text().splitlines():
            asked[line.split()[0]] += 1
    for line in (folder / "left").read_text().splitlines():
        database, count = line.split()
        left[database] = int(count)
    for database in EVERY:
        # What a server took of what it did not acknowledge is seen in the rows that stay.
        unacknowledged, odd = divmod(left[database] - kept[database], 30)
        wanted = fed[database] + unacknowledged * 270
        if odd or not 0 <= unacknowledged <= asked[database]:
            faults.append(f"{database}: {left[database]} rows stay, and {kept[database]} should")
        if rows[database] != wanted:
            faults.append(f"{database}: receipts tell of {rows[database]} rows, and {wanted} are gone")
        print(f"{database}: {rows[database]} rows gone, each with a receipt, in {runs[database]} runs that began")


def of_memory():
    resident = [int(line) for line in (folder / "resident").read_text().split()]
    tenths = ", ".join(f"{one / 1024:.1f}" for one in resident[1:])
    print(f"resident at the start {resident[0] / 1024:.1f} MiB, after each tenth: {tenths}")
    grown = resident[-1] - resident[2] if len(resident) > 2 else 0
    if seconds >= 120 and grown > GROWS_MAX:
        faults.append(f"memory grew by {grown} KiB after the second tenth")


of_runs()
of_the_log()
of_memory()
injected = Counter((folder / "faults").read_text().split())
print("faults: " + ", ".join(f"{name} {count}" for name, count in sorted(injected.items())))
for fault in faults[:20]:
    print(f"FAULT: {fault}")
sys.exit(1 if faults else 0)
