"""What several daemons on one state store have left, judged: every occurrence of a cadence, every row and receipt.

    hosts.py FOLDER KILLS CUT SECONDS

Apart from tests/hosts, which does things and judges nothing. What the daemons told is held against the clock and the one log.
"""

import json
import sys
from collections import Counter, defaultdict
from datetime import datetime, timedelta, timezone
from pathlib import Path

EVERY = {"postgres": 2, "mariadb": 3, "sqlite": 1}

folder, kills, cut, seconds = Path(sys.argv[1]), *map(int, sys.argv[2:5])
faults = []


def moment(text):
    text = text.replace(" UTC", "+00:00").replace("Z", "+00:00").replace(" ", "T", 1)
    return datetime.fromisoformat(text).astimezone(timezone.utc)


def lines_told():
    """All lives of all daemons, each by itself; the last line of one that was killed may be cut short."""
    for path in sorted(folder.glob("told.*")):
        for line in path.read_text().splitlines():
            try:
                one = json.loads(line)
            except ValueError:
                continue
            yield path.name, moment(one["timestamp"][:26] + "Z"), one["fields"]


def records():
    for line in (folder / "exported.0").read_text().splitlines():
        yield json.loads(line)


def occurrences(first, last, every):
    at = first
    while at <= last:
        yield at
        at += timedelta(seconds=every)


def of_runs():
    """Every occurrence has a run that came to its end, or is told as missed in the log; none has two runs."""
    running, done, begun, serves = {}, defaultdict(Counter), defaultdict(Counter), []
    for life, at, fields in lines_told():
        database, message = fields.get("database"), fields["message"]
        if message == "this host serves the shared state store":
            serves.append((at, life))
        elif message == "run begins":
            running[life, database] = moment(fields["due"])
            begun[database][moment(fields["due"])] += 1
        elif message == "run ends" and not fields["stopped"] and (life, database) in running:
            done[database][running.pop((life, database))] += 1
    missed = defaultdict(Counter)
    for line in records():
        record = line["record"]
        if record["kind"] == "runs-missed":
            database = record["database"]
            within = list(occurrences(moment(record["first"]), moment(record["last"]), EVERY[database]))
            if len(within) != record["count"]:
                faults.append(f"{database}: {record['count']} missed from {record['first']} to {record['last']}, which are {len(within)}")
            # The last one has the run that makes up for them.
            missed[database].update(within[: len(within) - int(record["made-up"])])
    for database, every in EVERY.items():
        known = begun[database].keys() | missed[database].keys()
        first, last = min(known), max(known)
        twice = [at for at, count in done[database].items() if count > 1]
        both = [at for at in done[database] if at in missed[database]]
        neither = 0
        for at in occurrences(first, last, every):
            if at not in done[database] and at not in missed[database]:
                # The last one of all may have been on its way when everything ended.
                if at != last:
                    neither += 1
                    faults.append(f"{database}: the occurrence of {at} has no run that came to its end, and is not told as missed")
        for at in twice:
            faults.append(f"{database}: the occurrence of {at} has {done[database][at]} runs that came to their end")
        again = sum(count - 1 for count in begun[database].values())
        print(f"{database}: {len(list(occurrences(first, last, every)))} occurrences; {len(done[database])} have a run that came to its end, "
              f"{len(missed[database])} are told as missed, {neither} neither, {len(twice)} were done twice; "
              f"{len(both)} are both, since the host was killed before it had noted the end of the run; "
              f"{again} runs that were cut short were begun again")
    print(f"{kills} times the one that serves was killed ({kills - cut}) or stopped and cut off ({cut}) in {seconds} s; "
          f"{len(serves)} times a host began to serve")


def of_the_log():
    """What was fed and is gone has one receipt; epochs rise; batches are told once."""
    rows, ends, intents, recovered, runs = Counter(), Counter(), Counter(), 0, Counter()
    for n, line in enumerate(records()):
        record = line["record"]
        kind, database = record["kind"], record.get("database")
        if line["n"] != n:
            faults.append(f"record {line['n']} stands where {n} should")
        if kind == "run-started":
            runs[database] += 1
        elif kind == "intent":
            intents[record["batch"]] += 1
        elif kind in ("done", "not-applied"):
            ends[record["batch"]] += 1
            if kind == "done":
                recovered += int(record["recovered"])
                rows[record["database"] if "database" in record else database] += sum(effect["rows"] for effect in record["effects"])
    for batch, count in (intents | ends).items():
        if intents[batch] != 1 or ends[batch] != 1:
            faults.append(f"the batch {batch} has {intents[batch]} intents and {ends[batch]} ends")
    for line in (folder / "left").read_text().splitlines():
        database, left, fed = line.split()
        left, fed = int(left), int(fed)
        kept = fed // 10
        if left != kept:
            faults.append(f"{database}: {left} rows stay, and {kept} should")
        if rows[database] != fed - kept:
            faults.append(f"{database}: receipts tell of {rows[database]} rows, and {fed - kept} are gone")
        print(f"{database}: {rows[database]} rows gone, each with a receipt, in {runs[database]} runs that began")
    print(f"the log: {n + 1} records, {sum(intents.values())} batches, each with one intent and one end; "
          f"{recovered} receipts were made by who took over")


of_runs()
of_the_log()
for fault in faults[:20]:
    print(f"FAULT: {fault}")
print(f"{len(faults)} faults")
sys.exit(1 if faults else 0)
