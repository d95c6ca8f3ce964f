"""A phone that has not seen the server for longer than the centre allows."""

import datetime
import unittest
from collections.abc import Callable

from tingfang import TingfangError

from centre import Centre
from handset import Handset, tell
from stage import CHAIR, OBSERVER

LEASE_DAYS = 30


class ALeaseThatIsOver(unittest.TestCase):
    """It locks, keeps everything, and a sync opens it."""

    def test_a_phone_locks_after_its_lease_and_a_sync_opens_it_with_everything_on_it(self):
        # Nobody moves the clock of a phone. So this centre's is behind, and catches up.
        centre = Centre(days_ago=LEASE_DAYS + 1)
        self.addCleanup(centre.close)
        centre.lease(0)
        people = [centre.add_person(name, "supervisor") for name in [CHAIR, OBSERVER]]
        _, assignment = centre.assign_attendance(*people)
        handset = Handset.enrolled(centre, people[0])
        handset.sync()
        self.assertIsNone(handset.phone.device_status().leased_until, "no lease is set yet")
        record = handset.start(assignment)
        handset.write(record, tell("公开开庭。"))

        centre.lease(LEASE_DAYS)
        handset.sync()
        until = handset.phone.device_status().leased_until
        assert until is not None
        self.assertLess(until, datetime.datetime.now(datetime.timezone.utc))
        calls: list[Callable[[], object]] = [
            handset.phone.agenda,
            handset.phone.records,
            lambda: handset.phone.show(record),
            lambda: handset.write(record, tell("过期。")),
            lambda: handset.phone.report_impossible(assignment, "改期"),
        ]
        for call in calls:
            with self.assertRaises(TingfangError.LeaseOver) as caught:
                call()
            said = caught.exception.until.replace("Z", "+00:00")
            self.assertEqual(datetime.datetime.fromisoformat(said), until)
        self.assertEqual(handset.phone.status().records, 1, "it says how much there is, and shows nothing of it")

        centre.catch_up()
        handset.sync()
        self.assertEqual(handset.values(record)["narrative"], "公开开庭。")
        handset.write(record, tell("休庭。"))
        self.assertEqual(len(handset.phone.agenda().items), 1)


if __name__ == "__main__":
    unittest.main()
