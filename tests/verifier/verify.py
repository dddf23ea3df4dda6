#!/usr/bin/env python3
"""A second verifier of retentiond's audit log, written from docs/audit-log.md alone.

It shares no code with the program, uses nothing but the standard library, and prints the same judgement as
`retentiond --output json audit verify`. Exit code 0: verified, 7: not verified.

    verify.py LOG --key VKEY [--checkpoint FILE]...
"""

import argparse
import base64
import datetime
import hashlib
import json
import os
import re
import sys

# --- Ed25519, RFC 8032 section 5.1.7 and appendix A: slow, and plain to read -----------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def add(a, b):
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    e = (y1 - x1) * (y2 - x2) % P
    f = (y1 + x1) * (y2 + x2) % P
    g = 2 * t1 * t2 * D % P
    h = 2 * z1 * z2 % P
    i, j, k, m = f - e, h - g, h + g, f + e
    return i * j % P, k * m % P, j * k % P, i * m % P


def times(number, point):
    out = (0, 1, 1, 0)
    while number:
        if number & 1:
            out = add(out, point)
        point = add(point, point)
        number >>= 1
    return out


def same(a, b):
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def decompress(data):
    y = int.from_bytes(data, "little")
    sign = y >> 255
    y &= (1 << 255) - 1
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if x2 == 0:
        return None if sign else (0, y, 1, 0)
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * SQRT_M1 % P
    if (x * x - x2) % P:
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = decompress((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519_verify(public, message, signature):
    if len(public) != 32 or len(signature) != 64:
        return False
    a, r = decompress(public), decompress(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    return same(times(s, BASE), add(r, times(h, a)))


# --- The tree, RFC 6962 section 2.1 ----------------------------------------------------------------------------------


def leaf_hash(data):
    return hashlib.sha256(b"\0" + data).digest()


def roots_at(leaves, sizes, frontier):
    """The root over the first n leaves, for every wanted n; the complete parts of the tree before them are given."""
    found, peaks, first = {}, [], 0
    for peak in frontier[1]:
        bit = 1 << (frontier[0] - first).bit_length() - 1
        peaks.append((bit, peak))
        first += bit
    for n in range(len(leaves) + 1):
        if n + first in sizes:
            root = None
            for _, peak in reversed(peaks):
                root = peak if root is None else hashlib.sha256(b"\1" + peak + root).digest()
            found[n + first] = root if root is not None else hashlib.sha256(b"").digest()
        if n < len(leaves):
            peaks.append((1, leaves[n]))
            while len(peaks) > 1 and peaks[-1][0] == peaks[-2][0]:
                (size, right), (_, left) = peaks.pop(), peaks.pop()
                peaks.append((2 * size, hashlib.sha256(b"\1" + left + right).digest()))
    return found


# --- Signed notes, checkpoints, rotations ----------------------------------------------------------------------------


def unbase64(text):
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None


class Key:
    def __init__(self, text):
        match = re.fullmatch(r"([^\s+]+)\+([0-9a-f]{8})\+(\S+)", text)
        raw = unbase64(match[3]) if match else None
        if not raw or len(raw) != 33 or raw[0] != 1:
            raise ValueError("this is no verifier key")
        self.text, self.name, self.public = text, match[1], raw[1:]
        self.id = hashlib.sha256(self.name.encode() + b"\n" + raw).digest()[:4]
        if self.id.hex() != match[2]:
            raise ValueError("this is no verifier key")

    def signed(self, note):
        for name, key_id, signature in note[1]:
            if name == self.name and key_id == self.id:
                return ed25519_verify(self.public, note[0].encode(), signature)
        return False


def open_note(text):
    """The text and the signatures of a note, or None."""
    if any(one < " " and one != "\n" for one in text) or not text.endswith("\n") or "\n\n" not in text:
        return None
    split = text.rindex("\n\n")
    body, lines = text[: split + 1], text[split + 2 :].split("\n")[:-1]
    signatures = []
    for line in lines:
        match = re.fullmatch(r"— ([^\s+]+) (\S+)", line)
        raw = unbase64(match[2]) if match else None
        if not raw or len(raw) < 5:
            return None
        signatures.append((match[1], raw[:4], raw[4:]))
    return (body, signatures) if signatures else None


def read_checkpoint(body):
    """(origin, size, root) of a checkpoint's text, or None."""
    match = re.fullmatch(r"([^\n]*)\n(0|[1-9][0-9]*)\n([A-Za-z0-9+/]{43}=)\n", body)
    if not match or int(match[2]) >= 2**64:
        return None
    root = unbase64(match[3])
    if root is None or base64.b64encode(root).decode() != match[3]:
        return None
    return match[1], int(match[2]), root


def read_rotation(body):
    """(checkpoint, new key) of a rotation's text, or None."""
    head = "retentiond key rotation v1\n"
    parts = body.split("\n")
    if not body.startswith(head) or len(parts) != 6 or parts[5]:
        return None
    checkpoint = read_checkpoint("\n".join(parts[1:4]) + "\n")
    try:
        return (checkpoint, Key(parts[4])) if checkpoint else None
    except ValueError:
        return None


# --- The files and the lines -----------------------------------------------------------------------------------------



def matching(pattern):
    return lambda value: type(value) is str and re.fullmatch(pattern, value) is not None


def one_of(*words):
    return lambda value: value in words


def whole(least, most):
    return lambda value: type(value) is int and least <= value <= most


def is_time(value):
    try:
        datetime.datetime.strptime(value[:19], "%Y-%m-%dT%H:%M:%S")
        return re.fullmatch(r"(\.\d{3}|\.\d{6}|\.\d{9})?Z", value[19:]) is not None
    except (ValueError, TypeError):
        return False


def is_effects(value):
    return type(value) is list and all(fields_are(one, EFFECT, {"keys": HEX, "contents": HEX}) for one in value)


def is_rules(value):
    return type(value) is list and all(fields_are(one, {"rule": TEXT, "purposes": is_purposes}, {}) for one in value)


def is_purposes(value):
    fields = {"name": TEXT, "ground": or_null, "citation": or_null}
    return type(value) is list and all(fields_are(one, fields, {}) for one in value)


def or_null(value):
    return value is None or type(value) is str


def fields_are(value, fields, optional):
    return (
        type(value) is dict
        and set(fields) <= set(value) <= set(fields) | set(optional)
        and all({**fields, **optional}[name](one) for name, one in value.items())
    )


TEXT, HEX = matching(r"(?s).*"), matching(r"[0-9a-f]{64}")
INT, COUNT, BOOL = whole(-(2**63), 2**63 - 1), whole(0, 2**64 - 1), one_of(True, False)
EFFECT = {"table": TEXT, "effect": TEXT, "rows": COUNT, "digest": TEXT}
KINDS = {
    "genesis": {"log": TEXT, "version": whole(0, 2**32 - 1)},
    "signing-key": {"key": TEXT},
    "key-rotated": {"note": TEXT},
    "digest-key": {"name": TEXT, "window": TEXT},
    "digest-key-destroyed": {"name": TEXT, "window": TEXT},
    "checkpoint": {"note": TEXT},
    "torn-tail": {"bytes": COUNT, "sha256": TEXT},
    "carried": {"n": COUNT, "at": is_time, "record": lambda value: is_record(value)},
    "expired": {"size": COUNT, "frontier": lambda value: type(value) is list and all(TEXT(one) for one in value),
                "carried": COUNT, "by": TEXT},
    "boot": {"epoch": INT},
    "adopted": {"database": TEXT, "target": TEXT},
    "approved": {"database": TEXT, "rule": TEXT, "meaning": HEX, "terms": lambda value: True, "schema": HEX,
                 "rows-max": COUNT, "expires": is_time, "by": TEXT},
    "schedule-seen": {"schedule": HEX, "rules": is_rules},
    "run-started": {"run": TEXT, "database": TEXT, "reason": one_of("command", "cadence", "erasure", "returned"), "by": TEXT,
                    "now": is_time, "schedule": HEX, "version": TEXT},
    "intent": {"run": TEXT, "batch": TEXT, "database": TEXT, "rule": TEXT, "step": TEXT, "epoch": INT,
               "expected-seq": INT},
    "done": {"run": TEXT, "batch": TEXT, "database": TEXT, "rule": TEXT, "step": TEXT, "seq": INT, "chain": TEXT,
             "schedule": HEX, "schema": HEX, "effects": is_effects, "duration-ms": COUNT, "recovered": BOOL},
    "committing": {"run": TEXT, "batch": TEXT, "database": TEXT, "rule": TEXT, "step": TEXT, "seq": INT, "chain": TEXT,
                   "schedule": HEX, "schema": HEX, "effects": is_effects,
                   "transaction": or_null, "place": TEXT},
    "not-applied": {"run": TEXT, "batch": TEXT},
    "unknown": {"run": TEXT, "batch": TEXT},
    "weaker-assurance": {"run": TEXT, "rule": TEXT, "assurance": one_of("cannot-roll-back", "transaction-status", "inferred")},
    "regressed": {"database": TEXT, "target": TEXT, "from-seq": INT, "to-seq": INT, "until": is_time,
                  "since": lambda value: value is None or is_time(value), "batches": COUNT, "rows": COUNT},
    "return-approved": {"database": TEXT, "rule": TEXT, "regression": COUNT, "meaning": HEX, "schema": HEX,
                        "rows-max": COUNT, "expires": is_time, "by": TEXT},
    "return-erased": {"database": TEXT, "rule": TEXT, "regression": COUNT, "run": TEXT, "rows": COUNT, "stays": COUNT},
    "gap-acknowledged": {"database": TEXT, "target": TEXT, "log": lambda value: value is None or TEXT(value),
                         "known-seq": INT, "seq": INT, "chain": TEXT, "by": TEXT},
    "run-ended": {"run": TEXT, "rows": COUNT,
                  "ending": one_of("finished", "stopped", "held", "partial", "failed", "limit-reached")},
    "backed-up": {"backup": TEXT, "by": TEXT},
    "put-back": {"backup": TEXT, "by": TEXT},
    "served": {"host": TEXT, "before": lambda value: value is None or TEXT(value), "files": COUNT},
    "paused": {"database": lambda value: value is None or TEXT(value), "by": TEXT},
    "resumed": {"database": lambda value: value is None or TEXT(value), "by": TEXT},
    "runs-missed": {"database": TEXT, "rule": lambda value: value is None or TEXT(value), "first": is_time, "last": is_time,
                    "because": one_of("down", "clock", "overlap", "paused", "window", "late"), "count": COUNT,
                    "made-up": BOOL},
    "clock-jumped": {"seconds": INT},
    "hold-placed": {"hold": TEXT, "database": TEXT, "rule": TEXT, "over": one_of("keys", "condition"), "keys": COUNT,
                    "shallow": BOOL, "review": TEXT, "content": TEXT, "by": TEXT},
    "erasure-received": {"erasure": TEXT, "database": TEXT, "rule": TEXT, "received": TEXT, "by": TEXT},
    "erasure-extended": {"erasure": TEXT, "by": TEXT},
    "erasure-begun": {"erasure": TEXT, "database": TEXT, "run": TEXT, "rows": COUNT},
    "erasure-carried-out": {"erasure": TEXT, "database": TEXT, "run": TEXT, "rows": COUNT, "stays": COUNT, "by": TEXT},
    "erasure-closed": {"erasure": TEXT, "by": TEXT},
    "event-report": {"report": TEXT, "database": TEXT, "rule": TEXT, "event": TEXT, "act": one_of("happened", "undone"),
                     "keys": COUNT, "by": TEXT},
    "event-written": {"report": TEXT, "rows": COUNT, "unknown": COUNT},
    "hold-lifted": {"hold": TEXT, "database": TEXT, "by": TEXT},
}
OPTIONAL = {
    "done": {"assurance": one_of("cannot-roll-back", "transaction-status", "inferred")},
    "unknown": {"seen": lambda value: fields_are(value, {"gone": COUNT, "there": COUNT}, {})},
}


def is_record(value):
    """True for an object with the fields of its kind."""
    if type(value) is not dict or type(value.get("kind")) is not str or value["kind"] not in KINDS:
        return False
    fields = {name: one for name, one in value.items() if name != "kind"}
    return fields_are(fields, KINDS[value["kind"]], OPTIONAL.get(value["kind"], {}))


def refuse_fraction(text):
    raise ValueError("a number that is not whole")


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def read_line(data):
    """A record, or None where the bytes are not exactly one."""
    try:
        text = data.decode("utf-8")
        line = json.loads(text, parse_float=refuse_fraction, parse_constant=refuse_fraction)
        if canonical(line) != text or set(line) != {"at", "group", "n", "prev", "record"}:
            return None
        known = is_record(line["record"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    envelope = (
        COUNT(line["n"])
        and COUNT(line["group"])
        and is_time(line["at"])
        and len(line["at"]) == 27
        and HEX(line["prev"])
    )
    return line if known and envelope else None


def group_of(data):
    try:
        group = json.loads(data)["group"]
        return group if type(group) is int else None
    except (ValueError, TypeError, KeyError):
        return None


class Broken(Exception):
    pass


def segments(folder):
    return sorted(name for name in os.listdir(folder) if re.fullmatch(r"\d{20}\.seg", name))


def beginning(folder):
    """The first record that is there, the tree over those before, and those that were carried over, by number."""
    names = segments(folder)
    first = int(names[0][:20]) if names else 0
    if first == 0:
        return 0, [], {}
    carried, unsigned, signed = [], None, None

    def each(n, data):
        nonlocal unsigned, signed
        line = read_line(data)
        record = line["record"] if line else {"kind": None}
        if record["kind"] == "carried" and record["n"] < n:
            carried.append((record["n"], record["record"]))
        elif record["kind"] == "expired" and first <= record["size"] <= n:
            size, count = record["size"], record["carried"]
            whole = all(HEX(one) for one in record["frontier"]) and len(record["frontier"]) == size.bit_count()
            if whole and count <= len(carried):
                own = carried[len(carried) - count :]
                frontier = [bytes.fromhex(one) for one in record["frontier"]]
                unsigned = (size, frontier, {place: one for place, one in own if place < size})
        elif record["kind"] == "checkpoint" and unsigned and unsigned[0] >= (signed[0] if signed else 0):
            unsigned, signed = None, unsigned

    try:
        lines_of(folder, each, first)
    except Broken:
        pass
    return signed or (0, [], {})


def lines_of(folder, each, count):
    """Gives every line to `each`, the first as number `count`; True where a torn write follows the last."""
    torn = False
    first = count
    for name in segments(folder):
        if int(name[:20]) < first:
            continue  # what a crash has left of dropped records
        with open(os.path.join(folder, name), "rb") as file:
            data = file.read().rstrip(b"\0")
        if torn or int(name[:20]) != count:
            raise Broken
        at = 0
        while at < len(data):
            end = data.find(b"\n", at)
            if end < 0 or b"\0" in data[at:end]:
                groups = (group_of(part) for part in re.split(rb"[\n\0]", data[at:]))
                if any(group is not None and group > count for group in groups):
                    raise Broken
                torn = True
                break
            each(count, data[at:end])
            count += 1
            at = end + 1
    return torn


# --- The judgement ---------------------------------------------------------------------------------------------------


class Judge:
    def __init__(self):
        self.faults, self.remarks = [], []
        self.hashes, self.lines = [], []
        self.misplaced = None
        self.first, self.frontier, self.carried = 0, [], {}

    def fault(self, code, first, last):
        self.faults.append({"code": code, "from": first, "to": last})

    def line(self, n, data):
        if self.misplaced is not None:
            return
        line = read_line(data)
        if line and line["n"] != n:
            self.misplaced = n
            return
        self.hashes.append(leaf_hash(data))
        self.lines.append(line)

    def size(self):
        return self.first + len(self.lines)

    def chain(self, folder):
        self.first, self.frontier, self.carried = beginning(folder)
        try:
            if lines_of(folder, self.line, self.first) and self.misplaced is None:
                self.remarks.append({"code": "torn-tail", "from": self.size(), "to": None})
        except Broken:
            if self.misplaced is None:
                self.fault("broken", self.size(), None)
        if self.misplaced is not None:
            self.fault("missing", self.misplaced, None)
        altered, told = [], None
        self.leaves = list(self.hashes)
        for n in reversed(range(len(self.lines))):
            line = self.lines[n]
            if told is not None:
                self.leaves[n] = told
            intact = (
                line is not None
                and told in (None, self.hashes[n])
                and (self.first + n > 0 or line["prev"] == "00" * 32)
            )
            if not intact:
                altered.append(self.first + n)
            told = bytes.fromhex(line["prev"]) if intact else None
        for n in sorted(altered):
            if self.faults and self.faults[-1]["code"] == "altered" and self.faults[-1]["to"] == n - 1:
                self.faults[-1]["to"] = n
            else:
                self.fault("altered", n, n)
        wrong = set(altered)
        self.kept = [
            (n, line["record"]) for n, line in enumerate(self.lines, self.first) if n not in wrong
        ]
        self.carried = sorted(self.carried.items())
        if self.first > 0:
            self.remarks.append({"code": "expired", "from": 0, "to": self.first - 1})

    def signatures(self, given, outside):
        size = self.size()
        first = (self.carried + self.kept + [(None, None)])[0]
        self.log = first[1]["log"] if first[0] == 0 and first[1]["kind"] == "genesis" else None
        origin = "retentiond.log/" + (self.log or "")
        sizes = {n for n, record in self.kept if record["kind"] in ("checkpoint", "key-rotated")} | {size}
        for text in outside:
            note = open_note(text)
            checkpoint = read_checkpoint(note[0]) if note else None
            if checkpoint:
                sizes.add(checkpoint[1])
        roots = roots_at(self.leaves, sizes, (self.first, self.frontier))
        self.root = roots[size].hex()
        keys, signed, covered = [], 0, 0
        for n, record in self.carried + self.kept:
            if record["kind"] == "signing-key":
                try:
                    key = Key(record["key"])
                except ValueError:
                    key = None
                if key and not keys and key.name == origin:
                    keys.append(key)
                else:
                    self.fault("key", n, n)
            elif record["kind"] == "key-rotated":
                note = open_note(record["note"])
                read = read_rotation(note[0]) if note else None
                if (
                    read and keys and read[0][:2] == (origin, n) and read[1].name == origin
                    and (n < self.first or read[0][2] == roots[n])
                    and keys[-1].signed(note) and read[1].signed(note)
                ):
                    keys.append(read[1])
                else:
                    self.fault("key", n, n)
            elif record["kind"] == "checkpoint":
                note = open_note(record["note"])
                read = read_checkpoint(note[0]) if note else None
                if not (read and read[:2] == (origin, n) and keys and keys[-1].signed(note)):
                    self.fault("signature", n, n)
                elif n >= self.first and read[2] == roots[n]:
                    signed, covered = n, n + 1
                else:
                    self.fault("root", covered, max(n - 1, 0))
        if given.text in [key.text for key in keys]:
            for text in outside:
                note = open_note(text)
                read = read_checkpoint(note[0]) if note else None
                if not read or read[0] != origin or not any(key.signed(note) for key in keys):
                    self.fault("foreign", 0, None)
                elif read[1] > size:
                    self.fault("cut", size, read[1] - 1)
                elif read[1] < self.first:
                    self.remarks.append({"code": "incomparable", "from": 0, "to": max(read[1] - 1, 0)})
                elif roots[read[1]] != read[2]:
                    self.fault("fork", 0, max(read[1] - 1, 0))
                else:
                    signed, covered = max(signed, read[1]), max(covered, read[1])
        else:
            self.fault("key", 0, None)
            signed = covered = 0
        if covered == 0:
            self.fault("unsigned", 0, None)
        elif covered < size:
            self.remarks.append({"code": "unsigned", "from": covered, "to": size - 1})
        self.signed, self.keys = signed, [key.text for key in keys]

    def order(self):
        epoch, batches = None, {}
        for _, record in self.carried:
            if record["kind"] == "boot":
                epoch = record["epoch"]
            elif record["kind"] in ("intent", "done"):
                batches[record["batch"]] = record["kind"] == "intent"
        for n, record in self.kept:
            kind, wrong = record["kind"], False
            if kind == "genesis":
                wrong = n != 0
            elif n == 0:
                wrong = True
            elif kind == "boot":
                wrong = epoch is not None and record["epoch"] <= epoch
                epoch = record["epoch"]
            elif kind == "intent":
                wrong = record["batch"] in batches
                batches[record["batch"]] = True
            elif kind == "committing":
                wrong = batches.get(record["batch"]) is not True
            elif kind in ("done", "not-applied", "unknown"):
                wrong = batches.get(record["batch"]) is not True
                batches[record["batch"]] = False
            if wrong:
                self.fault("order", n, n)


REMARKS = ["unsigned", "torn-tail", "regressed", "gap", "expired", "incomparable", "unknown"]
CODES = ["broken", "missing", "altered", "key", "signature", "root", "order", "cut", "fork", "foreign", "unsigned"]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("log")
    arguments.add_argument("--key", required=True)
    arguments.add_argument("--checkpoint", action="append", default=[])
    given = arguments.parse_args()
    inner = os.path.join(given.log, "log")
    folder = inner if os.path.isdir(inner) else given.log
    paths = given.checkpoint + [os.path.join(folder, "checkpoint")]
    outside = []
    for path in paths:
        try:
            with open(path, encoding="utf-8", newline="") as file:
                outside.append(file.read())
        except (FileNotFoundError, UnicodeDecodeError):
            if path != paths[-1]:
                raise
    judge = Judge()
    judge.chain(folder)
    whole = not judge.faults
    judge.signatures(Key(given.key), outside)
    if whole:
        judge.order()
    told = {"regressed": "regressed", "gap-acknowledged": "gap", "unknown": "unknown"}
    for n, record in judge.carried + judge.kept:
        if record["kind"] in told:
            judge.remarks.append({"code": told[record["kind"]], "from": n, "to": n})
    judge.remarks.sort(key=lambda one: (one["from"], REMARKS.index(one["code"])))
    remarks = [one for n, one in enumerate(judge.remarks) if n == 0 or one != judge.remarks[n - 1]]
    judge.faults.sort(key=lambda one: (one["from"], CODES.index(one["code"])))
    faults = [one for n, one in enumerate(judge.faults) if n == 0 or one != judge.faults[n - 1]]
    print(
        json.dumps(
            {
                "log": judge.log,
                "records": judge.size(),
                "root": judge.root,
                "signed": judge.signed,
                "keys": judge.keys,
                "faults": faults,
                "remarks": remarks,
            },
            indent=2,
        )
    )
    sys.exit(7 if faults else 0)


if __name__ == "__main__":
    main()
