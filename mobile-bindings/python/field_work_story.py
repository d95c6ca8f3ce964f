"""Around the record: what fails and costs nothing, the court room, the grade, and what may not be written."""

import asyncio
import datetime
import struct
import threading
import unittest
import zlib

from tingfang import (
    AttachmentPurpose,
    Change,
    ChannelState,
    DecisionState,
    FetchEnd,
    FieldEdit,
    FieldValue,
    FileState,
    Language,
    MediaType,
    NewAttachment,
    RecordStage,
    SyncEnd,
    SyncState,
    TingfangError,
    label,
)

from centre import PATIENCE_S
from handset import Handset, finding, put, tell
from stage import CHAIR, OBSERVER, TwoObservers, setUpModule
from wires import Ear, HangingInAFile, HangingWire, LosingWire, NarrowGate, Portal


def picture(width: int, height: int) -> bytes:
    """A PNG in shades of grey."""

    def chunk(name: bytes, data: bytes) -> bytes:
        checked = name + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    rows = b"".join(b"\0" + bytes(x * y % 251 for x in range(width)) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


class KeepingWhatWasWritten(TwoObservers):
    """What fails around the phone costs nothing that was written."""

    def test_a_phone_that_starts_again_has_everything(self):
        record = self.begin()
        self.chair.write(record, tell("辩护人对鉴定意见提出质证意见。"), finding("hint", "发问有针对性"))

        def everything():
            phone = self.chair.phone
            return (phone.agenda(), phone.records(), phone.show(record), phone.status(), phone.profile())

        before = everything()
        self.chair.restart()
        self.assertEqual(everything(), before)
        self.assertEqual([row.record for row in self.chair.phone.search("质证").items], [record])
        self.chair.sync()
        self.chair.restart()
        self.assertEqual(self.chair.phone.show(record).sync, SyncState.STORED)
        self.assertEqual(self.on_server(record)["content"]["narrative"], self.chair.values(record)["narrative"])

    def test_what_the_transport_throws_comes_out_and_the_next_sync_sends_everything(self):
        record = self.begin()
        self.chair.write(record, tell("开庭。"))
        before = self.chair.phone.status()
        for thrown in [TingfangError.Offline(30), TingfangError.TokenRefused(), TingfangError.Host("没电了")]:
            self.chair.wire.broken = thrown
            with self.subTest(thrown=thrown), self.assertRaises(type(thrown)) as caught:
                self.chair.sync()
            self.assertEqual(vars(caught.exception), vars(thrown))
        self.assertEqual(self.chair.phone.status(), before)
        self.chair.wire.broken = None
        self.assertEqual(self.chair.sync().stored, before.waiting)
        self.assertEqual(self.on_server(record)["content"]["narrative"], "开庭。")

    def test_the_portal_of_a_public_network_is_not_taken_for_the_server(self):
        record = self.begin()
        self.chair.write(record, tell("开庭。"))
        with self.assertRaises(TingfangError.NotTheServer) as caught:
            self.chair.sync(Portal())
        self.assertEqual((caught.exception.status, caught.exception.content_type), (200, "text/html"))
        self.chair.sync()
        self.assertEqual(self.on_server(record)["content"]["narrative"], "开庭。")

    def test_a_server_that_does_not_know_the_token_says_so(self):
        token, self.chair.wire.token = self.chair.wire.token, "tf_d_" + "0" * 64
        with self.assertRaises(TingfangError.TokenRefused):
            self.chair.sync()
        self.chair.wire.token = token
        self.chair.sync()

    def test_what_the_transport_did_not_mean_to_throw_is_told_as_the_apps_own(self):
        record = self.begin()
        self.chair.write(record, tell("开庭。"))
        self.chair.wire.broken = ZeroDivisionError("传输出错\n第二行")
        with self.assertRaises(TingfangError.Host) as caught:
            self.chair.sync()
        self.assertIn("传输出错", caught.exception.reason)
        self.chair.wire.broken = None
        self.chair.write(record, tell("休庭。"))
        self.chair.sync()
        self.assertEqual(self.on_server(record)["content"]["narrative"], "开庭。休庭。")

    def test_a_locked_key_chain_stops_the_sync_and_not_the_writing(self):
        record = self.begin()
        broken: Exception
        for broken, error in [
            (PermissionError("钥匙串已锁定"), TingfangError.Host),
            (TingfangError.NoKeys("钥匙串已锁定"), TingfangError.NoKeys),
        ]:
            self.chair.keys.broken = broken
            self.chair.write(record, tell("开庭。"))
            with self.assertRaises(error) as caught:
                self.chair.sync()
            self.assertIn("钥匙串已锁定", getattr(caught.exception, "reason"))
            with self.assertRaises(error):
                self.chair.restart()
            self.chair.keys.broken = None
            self.chair.restart()
        self.chair.sync()
        self.assertEqual(self.on_server(record)["content"]["narrative"], "开庭。开庭。")

    def test_an_answer_that_was_lost_on_the_way_costs_nothing_and_doubles_nothing(self):
        record = self.begin()
        self.chair.write(record, tell("开庭。"))
        waiting = self.chair.phone.status().waiting
        with self.assertRaises(TingfangError.Offline):
            self.chair.sync(LosingWire())
        self.assertEqual(self.on_server(record)["content"]["narrative"], "开庭。")
        self.assertEqual(self.chair.phone.show(record).sync, SyncState.WAITING)
        self.assertEqual(self.chair.sync().stored, waiting)
        self.assertEqual(self.on_server(record)["content"]["narrative"], "开庭。")
        self.assertEqual(self.chair.phone.show(record).sync, SyncState.STORED)

    def test_the_phone_is_free_while_the_network_hangs_and_a_cancelled_sync_goes_on_later(self):
        record = self.begin()
        self.chair.write(record, tell("开庭。"))
        hanging = HangingWire()
        syncing = self.chair.phone.start_sync(hanging)
        try:
            self.assertTrue(hanging.under_way.wait(PATIENCE_S))
            self.chair.write(record, tell("同步时写下。"))
            with self.assertRaises(TingfangError.SyncUnderWay):
                self.chair.sync()
            syncing.cancel()
            self.assertEqual(self.chair.outcome(syncing).end, SyncEnd.CANCELLED())
            self.assertFalse(syncing.is_running())
        finally:
            hanging.go_on.set()
        self.chair.sync()
        self.assertEqual(self.on_server(record)["content"]["narrative"], "开庭。同步时写下。")

    def test_whoever_reads_does_not_wait_while_the_phone_is_busy(self):
        record = self.begin()
        self.chair.write(record, tell("开庭。"))
        go_on = threading.Event()
        self.chair.keys.hangs_on = go_on
        syncing = self.chair.phone.start_sync(self.chair.wire)
        try:
            # It cuts a frame, and has the phone for itself until the key chain has answered.
            self.assertTrue(self.chair.keys.hangs.wait(PATIENCE_S))
            self.assertEqual(self.chair.values(record)["narrative"], "开庭。")
            self.assertEqual([row.record for row in self.chair.phone.search("开庭").items], [record])
            self.assertEqual([row.record for row in self.chair.phone.records()], [record])
            self.assertTrue(self.chair.phone.agenda().items)
            self.assertGreater(self.chair.phone.status().waiting, 0)
            self.assertIsNone(self.chair.phone.device_status().court_room)
            self.assertTrue(syncing.is_running())
        finally:
            go_on.set()
            self.chair.keys.hangs_on = None
        self.assertEqual(self.chair.outcome(syncing).end, SyncEnd.COMPLETE())
        self.assertEqual(self.chair.phone.show(record).sync, SyncState.STORED)

    def test_listeners_hear_of_changes_and_one_that_throws_harms_nobody(self):
        heard, throwing = Ear(), Ear(ValueError("不想听"))
        subscriptions = [self.chair.phone.listen(throwing), self.chair.phone.listen(heard)]
        record = self.begin()
        self.assertEqual(heard.next(), Change.RECORD(record=record))
        self.assertEqual(throwing.next(), Change.RECORD(record=record))
        progress = Ear()
        self.chair.outcome(self.chair.phone.start_sync(self.chair.wire, None, progress))
        self.assertEqual(heard.next(), Change.SYNCED())
        self.assertEqual(progress.next().waiting, 0)
        for subscription in subscriptions:
            subscription.cancel()

    def test_a_phone_that_was_shut_says_so(self):
        record = self.begin()
        self.chair.phone.shut()
        for use in [lambda: self.chair.phone.show(record), self.chair.sync]:
            with self.assertRaises(TingfangError.Closed):
                use()
        self.chair.restart()
        self.chair.sync()


class InTheCourtRoom(TwoObservers):
    """From entering until leaving there is no network and no camera."""

    def test_nothing_is_sent_or_attached_inside_and_a_scan_comes_after_leaving(self):
        record = self.begin()
        self.chair.phone.enter_court_room(record)
        self.chair.restart()
        self.assertEqual(self.chair.phone.device_status().court_room.record, record)
        page, scan = self.scan("评分表.png", 400)
        for use in [self.chair.sync, lambda: self.chair.phone.attach(record, scan, str(page))]:
            with self.assertRaises(TingfangError.InCourtRoom):
                use()
        self.chair.write(record, tell("公开开庭。"))
        self.leave(record)
        self.chair.phone.attach(record, scan, str(page))
        [attached] = self.chair.phone.attachments(record)
        self.assertEqual((attached.state, attached.size_bytes), (FileState.WAITING, page.stat().st_size))
        with self.assertRaises(TingfangError.NotOnServer):
            self.chair.phone.free_attachment(record, attached.digest)
        report = self.chair.sync()
        self.assertEqual((report.files_sent, report.files_refused), (1, 0))
        self.assertEqual(self.chair.phone.attachments(record)[0].state, FileState.STORED)
        storage = self.chair.phone.storage()
        self.assertEqual((storage.files, storage.file_bytes), (1, page.stat().st_size))
        self.assertEqual(storage.file_bytes_on_server, storage.file_bytes)
        self.chair.phone.free_attachment(record, attached.digest)
        self.assertEqual((self.chair.phone.storage().files, self.chair.phone.storage().file_bytes), (0, 0))
        asyncio.run(self.chair.phone.fetch_attachment(record, attached.digest, self.chair.wire))
        [again] = self.chair.phone.attachments(record)
        self.assertEqual((again.is_here, again.state), (True, FileState.STORED))

        self.observer.sync()
        copy = self.observer.folder / "copy.png"
        digest = attached.digest
        with self.assertRaises(TingfangError.BadArgument):
            self.observer.phone.write_attachment(record, digest, str(copy))
        with self.assertRaises(TingfangError.NotTheServer):
            asyncio.run(self.observer.phone.fetch_attachment(record, digest, Portal()))
        small = asyncio.run(self.observer.phone.fetch_thumbnail(record, digest, self.observer.wire))
        self.assertEqual(small[:3], b"\xff\xd8\xff", "a JPEG")
        with self.assertRaises(TingfangError.NotTheServer):
            asyncio.run(self.observer.phone.fetch_thumbnail(record, digest, Portal()))
        hanging = HangingWire()
        fetching = self.observer.phone.start_fetch(record, digest, hanging)
        try:
            self.assertTrue(hanging.under_way.wait(PATIENCE_S))
            fetching.cancel()
            self.assertEqual(asyncio.run(fetching.outcome()), FetchEnd.CANCELLED)
        finally:
            hanging.go_on.set()
        progress = Ear()
        fetching = self.observer.phone.start_fetch(record, digest, self.observer.wire, progress)
        self.assertEqual(asyncio.run(fetching.outcome()), FetchEnd.COMPLETE)
        self.assertEqual(progress.next().size_bytes, page.stat().st_size)
        self.observer.phone.write_attachment(record, digest, str(copy))
        self.assertEqual(copy.read_bytes(), page.read_bytes())

    def test_a_sync_that_is_cancelled_in_the_middle_goes_on_where_it_was(self):
        record = self.begin()
        self.chair.phone.enter_court_room(record)
        self.chair.write(record, tell("公开开庭。"))
        self.leave(record)
        page, scan = self.scan("评分表.png", 400)
        self.chair.phone.attach(record, scan, str(page))
        hanging = HangingInAFile()
        syncing = self.chair.phone.start_sync(hanging)
        try:
            self.assertTrue(hanging.under_way.wait(PATIENCE_S))
            syncing.cancel()
            report = self.chair.outcome(syncing)
        finally:
            hanging.go_on.set()
        self.assertEqual((report.end, report.files_sent), (SyncEnd.CANCELLED(), 0))
        self.assertGreater(report.stored, 0, "text comes first")
        self.assertEqual(self.on_server(record)["content"]["narrative"], "公开开庭。")
        self.assertEqual(self.chair.phone.show(record).sync, SyncState.STORED)
        report = self.chair.sync()
        self.assertEqual((report.stored, report.files_sent), (0, 1), "what had arrived is not sent again")
        self.assertEqual(self.on_server(record)["content"]["narrative"], "公开开庭。")

    def test_a_file_of_which_the_server_makes_no_small_picture_has_none(self):
        record = self.begin()
        self.chair.phone.enter_court_room(record)
        self.leave(record)
        pages = self.chair.folder / "评分表.pdf"
        pages.write_bytes(b"%PDF-1.7 ...")
        scan = NewAttachment(purpose=AttachmentPurpose.SCAN, media_type=MediaType.PDF, name=pages.name)
        self.chair.phone.attach(record, scan, str(pages))
        self.chair.sync()
        self.observer.sync()
        [attached] = self.observer.phone.attachments(record)
        fetching = self.observer.phone.fetch_thumbnail(record, attached.digest, self.observer.wire)
        self.assertIsNone(asyncio.run(fetching))

    def test_a_file_that_a_proxy_does_not_let_through_holds_up_no_other(self):
        record = self.begin()
        self.chair.phone.enter_court_room(record)
        self.leave(record)
        for name, height in [("一.png", 10), ("二.png", 20), ("三.png", 30)]:
            page, scan = self.scan(name, height)
            self.chair.phone.attach(record, scan, str(page))
        files = {file.name: file.digest for file in self.chair.phone.attachments(record)}
        stored = lambda: {f.name for f in self.chair.phone.attachments(record) if f.state == FileState.STORED}

        with self.assertRaises(TingfangError.NotTheServer, msg="two of two: it is not the file"):
            self.chair.sync(self.gate(413, files["一.png"], files["二.png"]))
        self.assertEqual(stored(), set())
        report = self.chair.outcome(self.chair.phone.start_sync(self.gate(413, files["一.png"])))
        self.assertEqual((report.end, report.files_sent), (SyncEnd.LATER(retry_after_s=300), 2))
        self.assertEqual(stored(), {"二.png", "三.png"})
        report = self.chair.outcome(self.chair.phone.start_sync(self.gate(502, files["一.png"])))
        self.assertEqual((report.end, report.files_sent), (SyncEnd.LATER(retry_after_s=30), 0))
        self.assertEqual(self.chair.sync().files_sent, 1, "nobody is in between any more")

    def gate(self, status, *digests):
        """The chair's wire, with a proxy in it."""
        gate = NarrowGate(status, *digests)
        gate.token = self.chair.wire.token
        return gate

    def leave(self, record):
        """The chair goes out, and says when."""
        self.chair.phone.leave_court_room()
        left = FieldValue.TIME(value=datetime.datetime.now(datetime.timezone.utc))
        self.chair.write(record, FieldEdit.SET(path="facts/left_at", value=left))

    def scan(self, name, height):
        """A page that was scanned, and how it is attached."""
        page = self.chair.folder / name
        page.write_bytes(picture(300, height))
        return page, NewAttachment(purpose=AttachmentPurpose.SCAN, media_type=MediaType.PNG, name=name)


class FromTheSheetToTheGrade(TwoObservers):
    """What observers score, an undertaker is told at last."""

    def test_a_sheet_adds_up_while_it_is_filled_and_the_undertaker_hears_the_grade(self):
        record, case = self.begin(), self.hearing["case"]
        for handset in [self.chair, self.observer]:
            sheet = handset.phone.start(self.assignment, "observer_sheet")
            score = handset.phone.score(sheet)
            self.assertEqual((score.earned, score.score, score.undecided), (0, None, len(score.items)))
            for item in score.items:
                most = FieldValue.INTEGER(value=item.most)
                handset.write(sheet, FieldEdit.SET(path=f"points/{item.item}", value=most))
            score = handset.phone.score(sheet)
            self.assertEqual((score.score, score.undecided), (10_000, 0))
            handset.phone.seal(sheet)
        self.observer.write(record, self.observer.done())
        self.chair.write(record, put("facts/outcome", "attended"), self.chair.done())
        self.meet()
        self.chair.phone.seal(record)
        self.assertEqual(self.chair.phone.show(record).stage, RecordStage.TO_UPLOAD)
        self.meet()
        self.assertEqual(self.chair.phone.show(record).stage, RecordStage.STORED)
        self.assertEqual(self.chair.phone.agenda().items, [], "nothing is left to do")
        [card] = self.chair.phone.cases()
        self.assertEqual((card.case, card.channels[0].state), (case, ChannelState.SEALED))

        undertaker = Handset.enrolled(self.centre, self.centre.undertaker_of(case))
        undertaker.sync()
        self.assertEqual(undertaker.phone.results().items, [])
        self.centre.grade(case)
        undertaker.sync()
        [result] = undertaker.phone.results().items
        self.assertEqual((result.case_no, result.state), (self.hearing["case_no"], DecisionState.FINAL))
        self.assertIn(self.hearing["case_no"], result.told.explanation.zh)
        for observer in [CHAIR, OBSERVER]:
            self.assertNotIn(observer, result.told.explanation.zh, "who said what is not told")
        self.assertEqual(result.told.centre_answer, "已阅")


class TurningPages(TwoObservers):
    """Lists that grow come in pages, each thing once."""

    def test_cases_and_what_was_returned_come_one_at_a_time(self):
        _, other = self.centre.assign_attendance(*self.people)
        self.chair.sync()
        numbers = [card.case_no for card in self.chair.phone.cases()]
        self.assertEqual((len(numbers), self.chair.phone.case_count()), (2, 2))
        [first] = self.chair.phone.cases(limit=1)
        [second] = self.chair.phone.cases(after=first, limit=1)
        self.assertEqual([first.case_no, second.case_no], numbers)
        self.assertEqual(self.chair.phone.cases(after=second, limit=1), [])

        sheets = [self.sealed_sheet(assignment) for assignment in [self.assignment, other]]
        self.chair.sync()
        for sheet in sheets:
            notes = [{"field": "points", "text": "请复核"}]
            self.centre.manager.post(f"/records/{sheet}/returns", notes=notes)
        self.chair.sync()
        page = self.chair.phone.returned(limit=1)
        last = self.chair.phone.returned(after=page.next, limit=1)
        self.assertEqual([returned.document for returned in page.items + last.items], sheets)
        self.assertIsNone(last.next)

    def sealed_sheet(self, assignment):
        """The chair's own sheet, with no points at all."""
        sheet = self.chair.phone.start(assignment, "observer_sheet")
        for item in self.chair.phone.score(sheet).items:
            nothing = FieldValue.INTEGER(value=0)
            self.chair.write(sheet, FieldEdit.SET(path=f"points/{item.item}", value=nothing))
        self.chair.phone.seal(sheet)
        return sheet


class WritingWhatMayNotBe(TwoObservers):
    """What the server does not accept is listed on the phone or goes into an addendum: nothing is lost."""

    def test_what_a_related_person_wrote_is_refused_and_listed_with_its_words(self):
        record = self.observer.start(self.assignment)
        self.observer.write(record, tell("还不知道要回避。"))
        self.centre.manager.post(
            f"/cases/{self.hearing['case']}/relations", person=self.people[1], ground="relative"
        )
        self.assertGreater(self.observer.sync().not_accepted, 0)
        first = self.observer.phone.refused(limit=1)
        refused = first.items + self.observer.phone.refused(first.next).items
        self.assertEqual({(item.record, item.rule) for item in refused}, {(record, "relation_bars")})
        self.assertEqual({item.kind for item in refused}, {"attendance"})
        self.assertIn(tell("还不知道要回避。"), [edit for item in refused for edit in item.edits])
        self.assertIsNotNone(label(Language.ZH, "rule", "relation_bars"))
        self.assertEqual(self.observer.phone.show(record).sync, SyncState.ATTENTION)
        listed = self.centre.manager.all(f"/refused?person={self.people[1]}")
        self.assertEqual({(item["record"], item["rule"]) for item in listed}, {(record, "relation_bars")})

    def test_what_was_written_before_the_writer_heard_of_the_seal_becomes_an_addendum(self):
        record = self.begin()
        self.observer.write(record, self.observer.done())
        self.chair.write(record, put("facts/outcome", "attended"), self.chair.done())
        self.meet()
        self.observer.write(record, tell("封存之前写的。"))
        self.chair.phone.seal(record)
        self.chair.sync()
        progress = self.observer.sync()
        self.assertEqual((progress.not_accepted, progress.addenda), (1, 1))
        self.assertEqual(self.observer.phone.refused().items, [])
        self.assertNotIn("narrative", self.observer.values(record))
        [addendum] = [row.record for row in self.observer.phone.records() if row.record != record]
        self.chair.sync()
        for handset in (self.observer, self.chair):
            said = handset.values(addendum)
            self.assertEqual((said["origin/amends"], said["narrative"]), (record, "封存之前写的。"))

if __name__ == "__main__":
    unittest.main()
