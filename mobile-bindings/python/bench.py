"""Measures what a person waits for, through this face, on a phone that was laid into a folder."""

import itertools
import statistics
import sys
import time
from pathlib import Path

from tingfang import FieldEdit, KeyStore, Profile, Tingfang


class FileKeys(KeyStore):
    """A key chain in a file."""

    def __init__(self, path):
        self._path = path

    def load(self):
        return self._path.read_bytes()

    def save(self, secrets):
        self._path.write_bytes(secrets)


def median_ms(work):
    """The median of 31 times, in milliseconds."""
    times = []
    for _ in range(31):
        begun = time.perf_counter()
        work()
        times.append((time.perf_counter() - begun) * 1e3)
    return statistics.median(times)


def row(what, most_ms, work):
    print(f"| Python: {what} | ≤ {most_ms} ms | {median_ms(work):.1f} ms |")


def main(folder):
    given = dict(
        line.split("=", 1) for line in (folder / "profile.properties").read_text().splitlines() if line
    )
    profile = Profile(
        server=given["server"],
        server_key=given["serverKey"],
        tenant=given["tenant"],
        device=given["device"],
        person=given["person"],
        person_name=given["personName"],
    )
    keys = FileKeys(folder / "secrets")

    def opened():
        return Tingfang.open(str(folder / "phone.db"), profile, keys)

    row(f"open and show the agenda of {opened().case_count()} cases", 150, lambda: opened().agenda())
    phone = opened()
    records = itertools.cycle([found.record for found in phone.records(limit=20)])
    row("open a record", 10, lambda: phone.show(next(records)))
    written = phone.start_unassigned("attendance")
    words = FieldEdit.APPEND(path="narrative", text="公开开庭。")
    row("write an answer", 10, lambda: phone.edit(written, [words]))
    pages = [phone.cases()]
    row("a page of 50 cases", 5, lambda: pages.append(phone.cases(after=pages[-1][-1])))
    row("two characters in the records, 50 shown", 30, lambda: phone.search("阅卷"))
    row("a cause among the cases, 50 shown", 30, lambda: phone.cases("诈骗"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
