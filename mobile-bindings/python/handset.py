"""A phone of the stories: the library, and the parts that an app brings along, in Python."""

import asyncio
import threading
import urllib.error
import urllib.request
from typing import Any

from tingfang import (
    EntryField,
    FieldEdit,
    FieldValue,
    HttpHeader,
    HttpReply,
    HttpRequest,
    HttpResponse,
    KeyStore,
    Profile,
    SyncEnd,
    Tingfang,
    Transport,
    TransportFailure,
    enrol,
    read_enrolment_code,
)

from centre import PATIENCE_S

# What leaves this machine would be a mistake: no proxy is asked.
HTTP = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class KeyChain(KeyStore):
    """A key chain in memory. While `broken` is set it raises that instead of working; while `hangs_on` is, it waits
    for that first."""

    def __init__(self):
        self.kept = None
        self.broken: BaseException | None = None
        self.hangs_on: threading.Event | None = None
        self.hangs = threading.Event()

    def load(self):
        self._fail_if_broken()
        return self.kept

    def save(self, secrets):
        self._fail_if_broken()
        self.kept = secrets

    def _fail_if_broken(self):
        if self.hangs_on is not None:
            self.hangs.set()
            self.hangs_on.wait(PATIENCE_S)
        if self.broken is not None:
            raise self.broken


class ForgettingKeyChain(KeyChain):
    """A key chain that can be read and does not take anything."""

    def save(self, secrets):
        raise OSError("no space left on the key chain")


class Wire(Transport):
    """Real HTTP to the server. While `broken` is set it raises that instead of sending."""

    def __init__(self):
        self.broken = None
        self.token = None
        self.cancelled = []

    def send(self, request: HttpRequest, reply: HttpReply):
        if self.broken is not None:
            raise self.broken
        self.answer(request, reply)

    def cancel(self, number: int):
        self.cancelled.append(number)

    def answer(self, request: HttpRequest, reply: HttpReply):
        """Sends the request and hands the answer on, whatever its status."""
        headers = {header.name: header.value for header in request.headers}
        if self.token is not None:
            headers["authorization"] = f"Bearer {self.token}"
        sent = urllib.request.Request(
            request.url, data=request.body or None, headers=headers, method=request.method
        )
        try:
            with HTTP.open(sent, timeout=request.patience_s) as answer:
                reply.complete(response(answer))
        except urllib.error.HTTPError as error:
            with error:
                reply.complete(response(error))
        except OSError:
            reply.fail(TransportFailure.NO_CONNECTION())


def response(answer):
    """An answer as the library takes it."""
    headers = [HttpHeader(name=name, value=value) for name, value in answer.headers.items()]
    return HttpResponse(status=answer.status, headers=headers, body=answer.read())


class Handset:
    """A person's phone: its file, its key chain, its wire, and the library that was opened."""

    def __init__(self, folder):
        self.keys = KeyChain()
        self.wire = Wire()
        self.folder = folder
        # Both come with `enrol`.
        self._profile: Profile
        self.phone: Tingfang

    @classmethod
    def enrolled(cls, centre, person):
        """A fresh phone that is its owner's."""
        handset = cls(centre.folder("phone-"))
        handset.enrol(centre.enrolment_text(person))
        return handset

    def enrol(self, text):
        """Enrols with the text of a QR code, and opens."""
        self.enrol_with(read_enrolment_code(text))

    def enrol_with(self, code):
        self._profile = asyncio.run(enrol(code, "旁听手机", self.keys, self.wire))
        self.open()

    def open(self, key_patience_s=None):
        """Opens the file, as an app does when it starts."""
        path = str(self.folder / "phone.db")
        self.phone = Tingfang.open(path, self._profile, self.keys, key_patience_s=key_patience_s)

    def stop(self):
        """Stops the app: all that remains is the file and the key chain."""
        vars(self).pop("phone", None)

    def restart(self):
        """Stops the app and starts it again."""
        self.stop()
        self.open()

    def sync(self, wire=None):
        """Sends and reads everything."""
        report = self.outcome(self.phone.start_sync(wire or self.wire))
        assert report.end == SyncEnd.COMPLETE(), report
        return report

    @staticmethod
    def outcome(task):
        """Waits for the end of a sync."""
        return asyncio.run(task.outcome())

    def start(self, assignment):
        """Begins the shared record of an attendance, or finds the one that is there."""
        return self.phone.start(assignment, "attendance")

    def write(self, record, *edits):
        return self.phone.edit(record, list(edits))

    def values(self, record):
        """What is filled in, by path."""
        # Each kind of value has its own type of `value`.
        fields: list[Any] = list(self.phone.show(record).fields)
        return {field.path: field.value.value for field in fields}

    def done(self):
        """The edit that says: this observer has written everything."""
        return put(self.place(), "done")

    def place(self):
        """Where the owner's state stands in an attendance."""
        return f"observers/{self._profile.person}"


def text(value):
    return FieldValue.TEXT(value=value)


def put(path, value):
    return FieldEdit.SET(path=path, value=text(value))


def number(path, value):
    return FieldEdit.SET(path=path, value=FieldValue.INTEGER(value=value))


def tell(words, path="narrative"):
    return FieldEdit.APPEND(path=path, text=words)


def finding(severity, words):
    fields = [EntryField(name="severity", value=text(severity)), EntryField(name="text", value=text(words))]
    return FieldEdit.ADD(list="findings", fields=fields)
