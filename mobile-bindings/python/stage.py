"""What the stories begin with: a centre that all of them share, and two observers of one hearing."""

import threading
import unittest
from concurrent.futures import Future

from centre import PATIENCE_S, Centre
from handset import Handset

CHAIR, OBSERVER = "陈晓燕", "刘志远"


def setUpModule():
    Story.centre = Centre()
    unittest.addModuleCleanup(Story.centre.close)


def in_time(work):
    """Does something that might wait for itself: then the story fails, and is not waited for."""
    came: Future = Future()

    def run():
        try:
            came.set_result(work())
        except BaseException as error:
            came.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return came.result(timeout=PATIENCE_S)


class Story(unittest.TestCase):
    """All stories share the centre. Each has people, phones and a hearing of its own."""

    centre: Centre

    def setUp(self):
        # An earlier story may have cut the server off.
        self.centre.serve()


class TwoObservers(Story):
    """A chair and an observer are sent to one hearing, and their phones know it."""

    def setUp(self):
        super().setUp()
        people = [self.centre.add_person(name, "supervisor") for name in [CHAIR, OBSERVER]]
        self.hearing, self.assignment = self.centre.assign_attendance(*people)
        self.people = people
        self.chair, self.observer = (Handset.enrolled(self.centre, person) for person in people)
        self.chair.sync()
        self.observer.sync()

    def begin(self):
        """Both begin the shared record; neither asks anybody."""
        record = self.chair.start(self.assignment)
        self.assertEqual(self.observer.start(self.assignment), record, "they begin the same record")
        return record

    def meet(self):
        """Both send, and both read what the other sent."""
        for handset in [self.chair, self.observer, self.chair]:
            handset.sync()

    def on_server(self, record):
        """The record as a manager reads it over HTTP."""
        return self.centre.manager.get(f"/records/{record}")
