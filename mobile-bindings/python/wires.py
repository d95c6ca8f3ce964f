"""Wires and ears that do what they should not, or not at once."""

import base64
import queue
import threading
from concurrent.futures import Future

from tingfang import (
    FetchListener,
    HttpHeader,
    HttpReply,
    HttpResponse,
    Listener,
    SyncListener,
    TingfangError,
)

from centre import PATIENCE_S
from handset import KeyChain, Wire, put


class LosingWire(Wire):
    """A wire that breaks when the server has answered."""

    def answer(self, request, reply):
        super().answer(request, DeafReply())
        raise TingfangError.Offline(None)


class LosingTheEnrolment(Wire):
    """A wire that breaks when the server has answered to the code."""

    def answer(self, request, reply):
        if request.method != "POST":
            super().answer(request, reply)
            return
        super().answer(request, DeafReply())
        raise TingfangError.Offline(None)


class DeafReply(HttpReply):
    """Where an answer is lost."""

    def __init__(self):
        pass

    def complete(self, response):
        pass

    def fail(self, failure):
        pass


class HangingWire(Wire):
    """A wire on which a request is under way for ever."""

    def __init__(self):
        super().__init__()
        self.under_way = threading.Event()
        self.go_on = threading.Event()

    def send(self, request, reply):
        self.under_way.set()
        self.go_on.wait(PATIENCE_S)


class HangingInAFile(HangingWire):
    """A wire that carries everything, and hangs once the bytes of a file are under way."""

    def send(self, request, reply):
        if request.method == "PATCH":
            super().send(request, reply)
        else:
            self.answer(request, reply)


class Portal(Wire):
    """The portal of a public network: it answers everything, with a page to sign in."""

    def send(self, request, reply):
        headers = [HttpHeader(name="Content-Type", value="text/html; charset=gbk")]
        reply.complete(HttpResponse(status=200, headers=headers, body="<html>请登录</html>".encode("gbk")))


class NarrowGate(Wire):
    """A proxy with a limit of its own: what begins the upload of one of these files it answers itself, with a page."""

    def __init__(self, status, *digests):
        super().__init__()
        self._status = status
        self._digests = [base64.b64encode(digest.encode()).decode() for digest in digests]

    def answer(self, request, reply):
        described = "".join(header.value for header in request.headers if header.name == "upload-metadata")
        if not any(digest in described for digest in self._digests):
            super().answer(request, reply)
            return
        headers = [HttpHeader(name="Content-Type", value="text/html")]
        reply.complete(HttpResponse(status=self._status, headers=headers, body=b"<html>too large</html>"))


class Ear(Listener, SyncListener, FetchListener):
    """Somebody who listens, and throws if told to."""

    def __init__(self, throws=None):
        self._heard: queue.Queue = queue.Queue()
        self._throws = throws

    def next(self):
        """What is told next."""
        return self._heard.get(timeout=PATIENCE_S)

    def on_change(self, change):
        self._hear(change)

    def on_progress(self, progress):
        self._hear(progress)

    def _hear(self, what):
        self._heard.put(what)
        if self._throws is not None:
            raise self._throws


class HangingEar(Ear):
    """A listener that does not come back before it is let go."""

    def __init__(self):
        super().__init__()
        self.heard = threading.Event()
        self.go_on = threading.Event()

    def _hear(self, what):
        self.heard.set()
        self.go_on.wait(PATIENCE_S)


class BadAtCancelling(HangingWire):
    """A wire on which a request is under way for ever, and nothing good comes of giving it up."""

    def __init__(self, gives_up):
        super().__init__()
        self.given_up = threading.Event()
        self._gives_up = gives_up

    def cancel(self, number):
        self.given_up.set()
        self._gives_up()


class Inside:
    """What an app does inside of a callback: once, and never mind what comes of it there."""

    def __init__(self, work):
        self.told: list = []
        self._work = work
        self._began = threading.Lock()
        self._came: Future = Future()

    def result(self):
        """What came of it; it throws what it threw there, or that it has never come back."""
        return self._came.result(timeout=PATIENCE_S)

    def run(self, *told):
        self.told.append(told)
        if not self._began.acquire(blocking=False):
            return
        try:
            self._came.set_result(self._work(*told))
        except BaseException as error:
            self._came.set_exception(error)


class CallingEar(Listener, SyncListener, FetchListener):
    """A listener that calls back."""

    def __init__(self, work):
        self.inside = Inside(work)

    def on_change(self, change):
        self.inside.run(change)

    def on_progress(self, progress):
        self.inside.run(progress)


class CallingWire(Wire):
    """A wire that calls back before it sends."""

    def __init__(self, work):
        super().__init__()
        self.inside = Inside(work)

    def answer(self, request, reply):
        self.inside.run()
        super().answer(request, reply)


class CallingKeyChain(KeyChain):
    """A key chain that calls back, once it is told to, before it answers."""

    def __init__(self):
        super().__init__()
        self.inside: Inside | None = None

    def load(self):
        self._call()
        return super().load()

    def save(self, secrets):
        self._call()
        super().save(secrets)

    def _call(self):
        if self.inside is not None:
            self.inside.run()
