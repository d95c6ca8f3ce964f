"""A phone of the stories: the library, and the parts that an app brings along, in Python."""

import http.client

from tingfang import (
    EntryField,
    Enrolment,
    FieldEdit,
    FieldValue,
    KeyStore,
    Tingfang,
    TingfangError,
    Transport,
    read_enrolment_code,
)

from centre import Problem, send


class KeyChain(KeyStore):
    """A key chain in memory. While `broken` is set it raises that instead of working."""

    def __init__(self):
        self.kept = None
        self.broken = None

    def load(self):
        self._fail_if_broken()
        return self.kept

    def save(self, secrets):
        self._fail_if_broken()
        self.kept = secrets

    def _fail_if_broken(self):
        if self.broken is not None:
            raise self.broken


class Wire(Transport):
    """Real HTTP to the server. While `broken` is set it raises that instead of sending."""

    def __init__(self, endpoint, token):
        self.token = token
        self.broken = None
        self._endpoint = endpoint

    def exchange(self, request):
        if self.broken is not None:
            raise self.broken
        return post(self._endpoint.url, request, self._endpoint.content_type, self.token)


class Handset:
    """A person's phone: its file, its key chain, its wire, and the library that was opened."""

    def __init__(self, folder):
        self.keys = KeyChain()
        self.wire = None
        self.phone = None
        self._path = str(folder / "phone.db")
        self._profile = None

    @classmethod
    def enrolled(cls, centre, person):
        """A fresh phone that is its owner's."""
        handset = cls(centre.folder("phone-"))
        handset.enrol(centre.enrolment_text(person))
        return handset

    def enrol(self, text):
        """Enrols with the text of a QR code, and opens."""
        enrolment = Enrolment.begin(read_enrolment_code(text), "旁听手机")
        enrolled = enrolment.finish(redeem(enrolment), self.keys)
        self._profile = enrolled.profile
        self.open()
        self.wire = Wire(self.phone.sync_endpoint(), enrolled.token)

    def open(self):
        """Opens the file, as an app does when it starts."""
        self.phone = Tingfang.open(self._path, self._profile, self.keys)

    def restart(self):
        """Stops the app and starts it again: all that remains is the file and the key chain."""
        self.phone = None
        self.open()

    def sync(self):
        """Sends and reads everything."""
        progress = self.phone.sync(self.wire)
        assert not progress.more, progress
        return progress

    def start(self, assignment):
        """Begins the shared record of an attendance, or finds the one that is there."""
        return self.phone.start(assignment, "attendance")

    def write(self, record, *edits):
        return self.phone.edit(record, list(edits))

    def values(self, record):
        """What is filled in, by path."""
        return {field.path: field.value.value for field in self.phone.show(record).fields}

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


def tell(words, path="narrative"):
    return FieldEdit.APPEND(path=path, text=words)


def finding(severity, words):
    fields = [EntryField(name="severity", value=text(severity)), EntryField(name="text", value=text(words))]
    return FieldEdit.ADD(list="findings", fields=fields)


def redeem(enrolment):
    """Posts an enrolment's request and gives the server's answer."""
    request = enrolment.request()
    return post(request.url, request.body.encode(), request.content_type).decode()


def post(url, body, content_type, token=None):
    """What every app's transport does: one request, and the errors that the library knows."""
    try:
        return send("POST", url, body, content_type, token)
    except Problem as problem:
        if problem.status == 401:
            raise TingfangError.TokenRefused() from None
        if problem.status in (429, 503):
            raise TingfangError.Offline(problem.retry_after_s) from None
        raise TingfangError.Server(problem.status, problem.sentence) from None
    except (OSError, http.client.HTTPException):
        raise TingfangError.Offline(None) from None
