"""What an app does inside of the calls that the library makes into it, and what else they may do there: throw, or never
come back."""

import datetime
import queue
import unittest
from collections.abc import Callable
from concurrent.futures import Future

from tingfang import (
    AttachmentPurpose,
    Change,
    FetchEnd,
    FieldEdit,
    FieldValue,
    MediaType,
    NewAttachment,
    SyncEnd,
    SyncOptions,
    SyncState,
    TingfangError,
)

from centre import PATIENCE_S
from handset import Handset, tell
from stage import CHAIR, Story, TwoObservers, in_time, setUpModule
from wires import (
    BadAtCancelling,
    CallingEar,
    CallingKeyChain,
    CallingWire,
    Ear,
    HangingEar,
    HangingInAFile,
    HangingWire,
    Inside,
)


class WithAFile(TwoObservers):
    """The chair has left the court room, and scans what is on paper."""

    def attached(self):
        """A record with a file that waits, and the file's digest."""
        record = self.begin()
        left = FieldValue.TIME(value=datetime.datetime.now(datetime.timezone.utc))
        self.chair.write(record, FieldEdit.SET(path="facts/left_at", value=left))
        scan = NewAttachment(purpose=AttachmentPurpose.SCAN, media_type=MediaType.JPEG, name="评分表.jpg")
        page = bytes([0xFF, 0xD8, 0xFF, 0xE0]) + bytes(number % 251 for number in range(100_000))
        self.chair.phone.attach_bytes(record, scan, page)
        [attached] = self.chair.phone.attachments(record)
        return record, attached.digest

    def outcome(self, task):
        """How a sync or a fetch ended."""
        return in_time(lambda: Handset.outcome(task))


class CallingFromInside(WithAFile):
    """Whoever is called by the library may call it."""

    def test_a_listener_writes_into_the_record_of_which_it_hears_and_shows_it(self):
        record = self.begin()

        def answer(change):
            self.chair.write(change.record, tell("听后补记。"))
            return self.chair.values(change.record)["narrative"]

        ear = CallingEar(answer)
        subscription = self.chair.phone.listen(ear)
        self.chair.write(record, tell("公开开庭。"))
        self.assertEqual(ear.inside.result(), "公开开庭。听后补记。")
        in_time(self.chair.sync)
        self.assertEqual(self.on_server(record)["content"]["narrative"], "公开开庭。听后补记。")
        subscription.cancel()

    def test_a_listener_gives_up_listening_and_hears_nothing_more(self):
        record, others = self.begin(), Ear()
        subscriptions = [self.chair.phone.listen(others)]
        ear = CallingEar(lambda change: subscriptions[-1].cancel())
        subscriptions.append(self.chair.phone.listen(ear))
        self.chair.write(record, tell("公开开庭。"))
        ear.inside.result()
        others.next()
        in_time(self.chair.sync)
        self.assertEqual(others.next(), Change.SYNCED())
        self.chair.write(record, tell("休庭。"))
        others.next()
        self.assertEqual(ear.inside.told, [(Change.RECORD(record=record),)])
        subscriptions[0].cancel()

    def test_a_listener_that_gives_up_with_something_still_to_be_told_is_not_told_it(self):
        record, ears = self.begin(), []
        for _ in range(50):
            own: Future = Future()

            def leave(change, own=own):
                self.chair.write(change.record, tell("又一句。"))
                own.result(timeout=PATIENCE_S).cancel()

            ear = CallingEar(leave)
            own.set_result(self.chair.phone.listen(ear))
            self.chair.write(record, tell("一句。"))
            ear.inside.result()
            ears.append(ear)
        in_time(self.chair.sync)
        self.assertEqual({len(ear.inside.told) for ear in ears}, {1})

    def test_a_listener_shuts_the_phone(self):
        record = self.begin()
        ear = CallingEar(lambda change: self.chair.phone.shut())
        subscription = self.chair.phone.listen(ear)
        self.chair.write(record, tell("公开开庭。"))
        ear.inside.result()
        with self.assertRaises(TingfangError.Closed):
            in_time(lambda: self.chair.phone.show(record))
        subscription.cancel()
        self.chair.restart()
        self.assertEqual(self.chair.values(record)["narrative"], "公开开庭。")

    def test_who_hears_how_far_a_sync_is_shows_a_record_and_cancels_the_sync(self):
        record, _ = self.attached()
        tasks: queue.Queue = queue.Queue()

        def stop(progress):
            shown = self.chair.phone.show(record)
            tasks.get(timeout=PATIENCE_S).cancel()
            return shown

        ear, hanging = CallingEar(stop), HangingInAFile()
        try:
            syncing = self.chair.phone.start_sync(hanging, None, ear)
            tasks.put(syncing)
            self.assertEqual(ear.inside.result().sync, SyncState.STORED, "text comes first")
            self.assertEqual(self.outcome(syncing).end, SyncEnd.CANCELLED())
        finally:
            hanging.go_on.set()
        self.assertEqual(in_time(self.chair.sync).files_sent, 1)

    def test_who_hears_how_far_a_fetch_is_writes_into_the_record(self):
        record, digest = self.attached()
        self.meet()
        ear = CallingEar(lambda progress: self.observer.write(record, tell("已看评分表。")))
        fetching = self.observer.phone.start_fetch(record, digest, self.observer.wire, ear)
        self.assertEqual(self.outcome(fetching), FetchEnd.COMPLETE)
        ear.inside.result()
        self.assertEqual(self.observer.values(record)["narrative"], "已看评分表。")

    def test_a_transport_that_is_sending_reads_and_writes_and_begins_no_second_sync(self):
        record = self.begin()
        self.chair.write(record, tell("公开开庭。"))

        def look():
            with self.assertRaises(TingfangError.SyncUnderWay):
                self.chair.phone.start_sync(self.chair.wire)
            self.chair.write(record, tell("发送时写下。"))
            return self.chair.values(record)["narrative"]

        wire = CallingWire(look)
        in_time(lambda: self.chair.sync(wire))
        self.assertEqual(wire.inside.result(), "公开开庭。发送时写下。")
        in_time(self.chair.sync)
        self.assertEqual(self.on_server(record)["content"]["narrative"], "公开开庭。发送时写下。")

    def test_a_transport_that_waits_for_the_sync_that_waits_for_it_is_given_up(self):
        record = self.begin()
        tasks: queue.Queue = queue.Queue()
        self.chair.write(record, tell("公开开庭。"))
        wire = CallingWire(lambda: Handset.outcome(tasks.get(timeout=PATIENCE_S)))
        syncing = self.chair.phone.start_sync(wire, SyncOptions(patience_s=1))
        tasks.put(syncing)
        for wait in [lambda: self.outcome(syncing), wire.inside.result]:
            with self.assertRaises(TingfangError.Offline):
                wait()
        in_time(self.chair.sync)
        self.assertEqual(self.on_server(record)["content"]["narrative"], "公开开庭。")

    def test_a_transport_that_shuts_the_phone_ends_the_sync_and_loses_nothing(self):
        record = self.begin()
        self.chair.write(record, tell("公开开庭。"))
        wire = CallingWire(self.chair.phone.shut)
        syncing = self.chair.phone.start_sync(wire)
        self.assertEqual(self.outcome(syncing).end, SyncEnd.CANCELLED())
        wire.inside.result()
        self.chair.restart()
        in_time(self.chair.sync)
        self.assertEqual(self.on_server(record)["content"]["narrative"], "公开开庭。")

    def test_a_transport_that_is_to_give_up_shows_a_record_and_begins_the_next_sync(self):
        record = self.begin()
        self.chair.write(record, tell("公开开庭。"))

        def again():
            shown = self.chair.values(record)["narrative"]
            # The one that was cancelled has to end first.
            Handset.outcome(syncing)
            self.chair.sync()
            return shown

        inside = Inside(again)
        hanging = BadAtCancelling(inside.run)
        syncing = self.chair.phone.start_sync(hanging)
        try:
            self.assertTrue(hanging.under_way.wait(PATIENCE_S))
            syncing.cancel()
            self.assertEqual(inside.result(), "公开开庭。")
        finally:
            hanging.go_on.set()
        self.assertEqual(self.on_server(record)["content"]["narrative"], "公开开庭。")


class CallingFromTheKeyChain(Story):
    """While it answers, nobody writes: whoever does, waits until it is given up."""

    def setUp(self):
        super().setUp()
        person = self.centre.add_person(CHAIR, "supervisor")
        self.handset = Handset(self.centre.folder("phone-"))
        self.handset.keys = self.keys = CallingKeyChain()
        self.handset.enrol(self.centre.enrolment_text(person))
        self.record = self.handset.phone.start_unassigned("attendance")
        self.handset.write(self.record, tell("公开开庭。"))

    def narrative(self):
        return self.handset.values(self.record)["narrative"]

    def on_server(self):
        """What a manager reads of it, before it is linked to a task."""
        unlinked = self.centre.manager.get("/records/unlinked")
        [narrative] = [one["content"]["narrative"] for one in unlinked if one["record"] == self.record]
        return narrative

    def test_a_key_chain_that_keeps_reads_and_begins_no_second_sync(self):
        def look():
            with self.assertRaises(TingfangError.SyncUnderWay):
                self.handset.phone.start_sync(self.handset.wire)
            return self.narrative()

        self.keys.inside = Inside(look)
        in_time(self.handset.sync)
        self.assertEqual(self.keys.inside.result(), "公开开庭。")
        self.assertEqual(self.on_server(), "公开开庭。")

    def test_a_key_chain_that_writes_while_it_keeps_is_given_up_and_nothing_is_lost(self):
        self.handset.stop()
        self.handset.open(key_patience_s=2)
        self.keys.inside = Inside(lambda: self.handset.write(self.record, tell("保存时写下。")))
        with self.assertRaises(TingfangError.Host) as caught:
            in_time(self.handset.sync)
        self.assertIn("does not answer", caught.exception.reason)
        self.keys.inside.result()
        self.assertEqual(self.narrative(), "公开开庭。保存时写下。")
        self.handset.restart()
        in_time(self.handset.sync)
        self.assertEqual(self.on_server(), "公开开庭。保存时写下。")

    def test_a_key_chain_that_is_asked_calls_a_phone_that_is_open_already(self):
        open_already = self.handset.phone

        def look():
            open_already.edit(self.record, [tell("打开时写下。")])
            return open_already.status().records

        self.keys.inside = Inside(look)
        in_time(self.handset.open)
        self.assertEqual(self.keys.inside.result(), 1)
        open_already.shut()
        self.assertEqual(self.narrative(), "公开开庭。打开时写下。")

    def test_a_key_chain_that_is_asked_opens_the_phone_itself(self):
        self.handset.stop()
        self.keys.inside = Inside(self.handset.open)
        in_time(self.handset.open)
        self.keys.inside.result()
        self.assertEqual(self.narrative(), "公开开庭。")

    def test_a_key_chain_that_calls_a_phone_that_was_shut_is_told_so(self):
        was_open = self.handset.phone
        was_open.shut()
        self.keys.inside = Inside(was_open.status)
        in_time(self.handset.open)
        with self.assertRaises(TingfangError.Closed):
            self.keys.inside.result()
        self.assertEqual(self.narrative(), "公开开庭。")


class BadListeners(WithAFile):
    """One that throws or never comes back harms nobody, and the next is served."""

    def test_who_hears_how_far_it_is_and_throws_changes_nothing(self):
        record, digest = self.attached()
        surprises: list[BaseException] = [
            ValueError("不想听"),
            TingfangError.Offline(None),
            SystemExit("界面退出"),
        ]
        for thrown in surprises:
            with self.subTest(thrown=thrown):
                self.chair.write(record, tell("开庭。"))
                ear = Ear(thrown)
                report = self.outcome(self.chair.phone.start_sync(self.chair.wire, None, ear))
                self.assertEqual(report.end, SyncEnd.COMPLETE())
                self.assertGreater(report.stored, 0)
                ear.next()
                self.observer.sync()
                ear = Ear(thrown)
                fetching = self.observer.phone.start_fetch(record, digest, self.observer.wire, ear)
                self.assertEqual(self.outcome(fetching), FetchEnd.COMPLETE)
                ear.next()
                self.observer.phone.free_attachment(record, digest)
        self.assertEqual(self.on_server(record)["content"]["narrative"], "开庭。" * len(surprises))

    def test_who_hears_how_far_it_is_and_never_comes_back_holds_up_nothing(self):
        record, digest = self.attached()
        ears = [HangingEar(), HangingEar()]
        try:
            report = self.outcome(self.chair.phone.start_sync(self.chair.wire, None, ears[0]))
            self.assertEqual((report.end, report.files_sent), (SyncEnd.COMPLETE(), 1))
            in_time(self.observer.sync)
            fetching = self.observer.phone.start_fetch(record, digest, self.observer.wire, ears[1])
            self.assertEqual(self.outcome(fetching), FetchEnd.COMPLETE)
            for ear in ears:
                self.assertTrue(ear.heard.wait(PATIENCE_S))
            self.chair.write(record, tell("照常。"))
            in_time(self.chair.sync)
        finally:
            for ear in ears:
                ear.go_on.set()
        self.assertEqual(self.on_server(record)["content"]["narrative"], "照常。")

    def test_a_transport_that_throws_or_never_comes_back_when_it_is_to_give_up_harms_nobody(self):
        record = self.begin()
        waiting = HangingWire()

        def throws(error):
            raise error

        ways: list[Callable[[], object]] = [
            lambda: throws(ValueError("停不下来")),
            lambda: throws(TingfangError.Host("停不下来")),
            lambda: throws(SystemExit("停不下来")),
            lambda: waiting.go_on.wait(PATIENCE_S),
        ]
        try:
            for gives_up in ways:
                self.chair.write(record, tell("开庭。"))
                hanging = BadAtCancelling(gives_up)
                syncing = self.chair.phone.start_sync(hanging)
                self.assertTrue(hanging.under_way.wait(PATIENCE_S))
                syncing.cancel()
                self.assertEqual(self.outcome(syncing).end, SyncEnd.CANCELLED())
                self.assertTrue(hanging.given_up.wait(PATIENCE_S))
                hanging.go_on.set()
                self.assertGreater(in_time(self.chair.sync).stored, 0)
        finally:
            waiting.go_on.set()
        self.assertEqual(self.on_server(record)["content"]["narrative"], "开庭。" * len(ways))


if __name__ == "__main__":
    unittest.main()
