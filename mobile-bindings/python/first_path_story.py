"""The first path through the face that an app sees: two phones, a real server, real HTTP.

What an app brings along (key store, transport) is Python here, as it is Kotlin or Swift there.
"""

import asyncio
import datetime
import queue
import threading
import unittest

from tingfang import (
    Authorship,
    AttachmentPurpose,
    Change,
    ChannelState,
    DecisionState,
    Duty,
    EnrolmentCode,
    FieldEdit,
    FieldValue,
    FileState,
    HttpHeader,
    HttpReply,
    HttpResponse,
    Language,
    Listener,
    MediaType,
    NewAttachment,
    RecordStage,
    SyncEnd,
    SyncListener,
    SyncState,
    TaskProgress,
    TaskState,
    TingfangError,
    field_label,
    label,
    read_enrolment_code,
    record_form,
)

from centre import PATIENCE_S, Centre
from handset import Handset, Wire, finding, put, tell

CHAIR, OBSERVER = "陈晓燕", "刘志远"


def setUpModule():
    Story.centre = Centre()
    unittest.addModuleCleanup(Story.centre.close)


class Story(unittest.TestCase):
    """All stories share the centre. Each has people, phones and a hearing of its own."""

    centre: Centre

    def setUp(self):
        # An earlier story may have cut the server off.
        self.centre.serve()


class EnrollingAPhone(Story):
    """A phone becomes its owner's, once, by a one-time code."""

    def setUp(self):
        super().setUp()
        self.person = self.centre.add_person(CHAIR, "supervisor")
        self.code_text = self.centre.enrolment_text(self.person)
        self.handset = Handset(self.centre.folder("phone-"))

    def test_a_one_time_code_makes_a_phone_its_owners(self):
        self.handset.enrol(self.code_text)
        profile = self.handset.phone.profile()
        self.assertEqual((profile.person, profile.person_name), (self.person, CHAIR))
        self.assertEqual(profile.server, self.centre.url)
        self.handset.sync()
        self.assertEqual(self.handset.phone.agenda().items, [])
        self.assertIsNotNone(self.handset.phone.status().synced_at)

    def test_a_code_that_was_used_enrols_no_second_phone(self):
        self.handset.enrol(self.code_text)
        second = Handset(self.centre.folder("phone-"))
        with self.assertRaises(TingfangError.Server) as caught:
            second.enrol(self.code_text)
        self.assertEqual((caught.exception.status, caught.exception.code()), (410, "server"))
        self.assertIn("绑定码", caught.exception.reason)
        self.assertIsNone(second.keys.kept)

    def test_a_phone_that_is_enrolled_keeps_its_keys(self):
        self.handset.enrol(self.code_text)
        kept = self.handset.keys.kept
        with self.assertRaises(TingfangError.AlreadyEnrolled):
            self.handset.enrol(self.centre.enrolment_text(self.person))
        self.assertEqual(self.handset.keys.kept, kept)

    def test_another_server_than_the_codes_is_refused_and_nothing_is_kept(self):
        code = read_enrolment_code(self.code_text)
        fingerprint = "-".join(["0123"] * 8)
        other = EnrolmentCode(server=code.server, code=code.code, fingerprint=fingerprint)
        with self.assertRaises(TingfangError.WrongServer) as caught:
            self.handset.enrol_with(other)
        self.assertEqual(caught.exception.fingerprint, code.fingerprint)
        self.assertIsNone(self.handset.keys.kept)
        self.handset.enrol(self.code_text)
        self.assertIsNotNone(self.handset.keys.kept, "the code was not spent on a stranger")

    def test_what_is_no_code_and_what_is_no_answer_is_told_apart(self):
        with self.assertRaises(TingfangError.BadArgument):
            read_enrolment_code("云川县法律援助中心")
        self.handset.wire = Portal()
        with self.assertRaises(TingfangError.NotTheServer):
            self.handset.enrol(self.code_text)
        self.assertIsNone(self.handset.keys.kept)

    def test_a_phone_does_not_open_without_its_keys(self):
        self.handset.enrol(self.code_text)
        self.handset.keys.kept = None
        with self.assertRaises(TingfangError.NoKeys):
            self.handset.restart()


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


class WithoutATask(TwoObservers):
    """A record that no task asks for."""

    def test_it_waits_for_a_manager_and_goes_on_where_it_is_linked(self):
        record = self.chair.phone.start_unassigned("attendance")
        self.chair.write(record, tell("临时旁听。"))
        self.chair.sync()
        self.assertEqual(self.chair.phone.show(record).sync, SyncState.ATTENTION)
        with self.assertRaises(TingfangError.NotAllowed) as denied:
            self.chair.phone.seal(record)
        self.assertEqual(denied.exception.rule, "unassigned")
        unlinked = self.centre.manager.get("/records/unlinked")
        [waiting] = [one for one in unlinked if one["record"] == record]
        self.assertEqual((waiting["person_name"], waiting["content"]["narrative"]), (CHAIR, "临时旁听。"))
        self.centre.manager.post(f"/records/{record}/link", assignment=self.assignment)
        self.chair.sync()
        self.chair.sync()
        view = self.chair.phone.show(record)
        self.assertEqual((view.assignment, view.sync), (self.assignment, SyncState.STORED))
        self.assertEqual(self.chair.values(record)["subject/hearing"], self.hearing["id"])
        self.assertNotEqual(self.chair.start(self.assignment), record, "the task's own is another")


class RecordingAHearing(TwoObservers):
    """From the task to the seal."""

    def test_each_observer_finds_the_hearing_among_the_tasks(self):
        for handset in [self.chair, self.observer]:
            [item] = handset.phone.agenda().items
            task = item.task
            self.assertEqual((task.assignment, task.state), (self.assignment, TaskState.OPEN))
            self.assertEqual(item.progress, TaskProgress.TO_DO)
            self.assertEqual(handset.phone.task(self.assignment), task)
            self.assertEqual(task.hearing.court, self.hearing["court"])
            begins = self.hearing["starts_at"].replace("Z", "+00:00")
            self.assertEqual(task.hearing.starts_at, datetime.datetime.fromisoformat(begins))
            self.assertEqual([subject.case_no for subject in task.subjects], [self.hearing["case_no"]])
            duties = {member.name: member.duty for member in task.members}
            self.assertEqual(duties, {CHAIR: Duty.CHAIR, OBSERVER: Duty.OBSERVER})

    def test_two_phones_without_a_network_write_one_record(self):
        self.centre.cut_off()
        record = self.begin()
        self.chair.write(record, tell("公开开庭。"), finding("ordinary", "未围绕争议焦点发问"))
        self.observer.write(record, tell("辩护人到庭。"), finding("hint", "发言语速过快"))
        for handset in [self.chair, self.observer]:
            with self.assertRaises(TingfangError.Offline):
                handset.sync()
            self.assertEqual(handset.phone.show(record).sync, SyncState.WAITING)
        self.centre.serve()
        self.meet()
        seen = self.chair.values(record)
        self.assertEqual(self.observer.values(record), seen)
        self.assertIn(seen["narrative"], ["公开开庭。辩护人到庭。", "辩护人到庭。公开开庭。"])
        findings = {value for path, value in seen.items() if path.startswith("findings/")}
        self.assertEqual(findings, {"未围绕争议焦点发问", "发言语速过快", "ordinary", "hint"})
        self.assertEqual(self.chair.phone.show(record).sync, SyncState.STORED)
        kept = self.on_server(record)["content"]
        self.assertEqual(kept["narrative"], seen["narrative"])
        words = {found["text"] for found in kept["findings"].values()}
        self.assertEqual(words, {"未围绕争议焦点发问", "发言语速过快"})

    def test_a_conflict_is_shown_with_both_writers_until_the_chair_settles_it(self):
        record = self.begin()
        self.chair.write(record, put("facts/outcome", "attended"))
        self.observer.write(record, put("facts/outcome", "adjourned"))
        self.meet()
        for here, there, other, ours, theirs in [
            (self.chair, self.observer, OBSERVER, "attended", "adjourned"),
            (self.observer, self.chair, CHAIR, "adjourned", "attended"),
        ]:
            [conflict] = here.phone.show(record).conflicts
            self.assertEqual((conflict.path, conflict.codes), ("facts/outcome", "attendance_outcome"))
            candidates = {one.value.value: one.authorship for one in conflict.candidates}
            self.assertEqual(candidates.keys(), {ours, theirs})
            self.assertIsInstance(candidates[ours], Authorship.HERE)
            author = candidates[theirs]
            self.assertEqual(author.writer, other)
            self.assertEqual(author.device, there.phone.profile().device)
            self.assertLessEqual(author.not_before, author.received_at)
        [conflict] = self.on_server(record)["conflicts"]
        self.assertEqual({one["writer"] for one in conflict["candidates"]}, {CHAIR, OBSERVER})
        self.chair.write(record, put("facts/outcome", "attended"))
        self.meet()
        for handset in [self.chair, self.observer]:
            self.assertEqual(handset.phone.show(record).conflicts, [])
            self.assertEqual(handset.values(record)["facts/outcome"], "attended")
        self.assertEqual(self.on_server(record)["conflicts"], [])

    def test_a_record_is_shown_in_the_order_of_its_form_and_in_words(self):
        record = self.begin()
        [entry] = self.chair.write(
            record, tell("开庭。"), finding("hint", "质证充分"), put("facts/outcome", "attended")
        )
        self.chair.write(record, FieldEdit.SPLICE(path="narrative", at=2, delete=1, insert=",核对身份。"))
        view = self.chair.phone.show(record)
        form = record_form(view.kind)
        self.assertTrue(form.shared)
        sections = [section.name for section in form.sections]
        paths = [field.path for field in view.fields]
        order = [sections.index(path.split("/")[0]) for path in paths]
        self.assertEqual(order, sorted(order))
        self.assertIn(f"findings/{entry}/severity", paths)
        self.assertEqual(self.chair.values(record)["narrative"], "开庭,核对身份。")
        self.assertEqual(field_label(Language.ZH, view.kind, "facts/outcome"), "旁听结果")
        self.assertEqual(label(Language.ZH, "attendance_outcome", "attended"), "已旁听")
        self.chair.write(record, FieldEdit.CLEAR(path="facts/outcome"))
        self.assertNotIn("facts/outcome", self.chair.values(record))

    def test_an_edit_that_does_not_fit_names_its_path_and_nothing_is_written(self):
        record = self.begin()
        before = (self.chair.values(record), self.chair.phone.status())
        nowhere = "findings/019a2b3c-0000-7000-8000-000000000000/text"
        for bad in [
            put("facts/weather", "雨"),
            put("facts/outcome", "也许"),
            FieldEdit.SET(path="facts/outcome", value=FieldValue.INTEGER(value=1)),
            put(nowhere, "质证充分"),
        ]:
            with self.subTest(path=bad.path, value=bad.value), self.assertRaises(
                TingfangError.DoesNotFit
            ) as caught:
                self.chair.write(record, tell("写下。"), bad)
            self.assertEqual(caught.exception.path, bad.path)
        self.assertEqual((self.chair.values(record), self.chair.phone.status()), before)

    def test_a_record_or_task_that_is_not_there_is_named(self):
        nowhere = "019a2b3c-0000-7000-8000-000000000000"
        with self.assertRaises(TingfangError.NoSuchRecord) as caught:
            self.chair.phone.show(nowhere)
        self.assertEqual(caught.exception.record, nowhere)
        with self.assertRaises(TingfangError.NoSuchTask):
            self.chair.start(nowhere)
        with self.assertRaises(TingfangError.WrongKind):
            self.chair.phone.start(self.assignment, "scoresheet")
        with self.assertRaises(TingfangError.BadArgument):
            self.chair.phone.show("云援刑字第17号")

    def test_the_chair_seals_when_nothing_is_missing_and_the_server_has_the_seal(self):
        record = self.begin()
        with self.assertRaises(TingfangError.NotAllowed) as caught:
            self.observer.phone.seal(record)
        self.assertIsNotNone(label(Language.ZH, "rule", caught.exception.rule))
        with self.assertRaises(TingfangError.Incomplete) as early:
            self.chair.phone.seal(record)
        places = [self.chair.place(), self.observer.place()]
        self.assertCountEqual(early.exception.missing, ["facts/outcome", *places])
        self.assertEqual(self.chair.phone.show(record).missing, early.exception.missing)

        self.observer.write(record, tell("辩护人当庭提交书面意见。"), self.observer.done())
        self.chair.write(record, put("facts/outcome", "attended"), self.chair.done())
        self.meet()
        self.chair.phone.seal(record)
        self.assertTrue(self.chair.phone.show(record).sealed)
        self.assertIsNone(self.on_server(record).get("seal"), "the seal is still on the phone")
        self.assertEqual(self.chair.sync().not_accepted, 0)

        kept = self.on_server(record)
        self.assertEqual((kept["seal"]["person"], kept["seal"]["purpose"]), (self.people[0], "chair"))
        self.assertEqual(kept["sealed_content"]["facts"]["outcome"], "attended")
        self.assertEqual(kept["sealed_content"]["narrative"], "辩护人当庭提交书面意见。")
        self.observer.sync()
        for handset in [self.chair, self.observer]:
            with self.assertRaises(TingfangError.NotAllowed) as caught:
                handset.write(record, tell("补记。"))
            self.assertEqual(caught.exception.rule, "record_sealed")


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
        self.assertEqual([row.record for row in self.chair.phone.search("质证")], [record])
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
        page = self.chair.folder / "page.jpg"
        page.write_bytes(b"\xff\xd8\xff\xe0" + bytes(range(256)) * 20)
        scan = NewAttachment(purpose=AttachmentPurpose.SCAN, media_type=MediaType.JPEG, name="评分表.jpg")
        for use in [self.chair.sync, lambda: self.chair.phone.attach(record, scan, str(page))]:
            with self.assertRaises(TingfangError.InCourtRoom):
                use()
        self.chair.write(record, tell("公开开庭。"))
        self.chair.phone.leave_court_room()
        left = FieldValue.TIME(value=datetime.datetime.now(datetime.timezone.utc))
        self.chair.write(record, FieldEdit.SET(path="facts/left_at", value=left))
        self.chair.phone.attach(record, scan, str(page))
        [attached] = self.chair.phone.attachments(record)
        self.assertEqual((attached.state, attached.size_bytes), (FileState.WAITING, page.stat().st_size))
        report = self.chair.sync()
        self.assertEqual((report.files_sent, report.files_refused), (1, 0))
        self.assertEqual(self.chair.phone.attachments(record)[0].state, FileState.STORED)
        storage = self.chair.phone.storage()
        self.assertEqual((storage.files, storage.file_bytes), (1, page.stat().st_size))

        self.observer.sync()
        copy = self.observer.folder / "copy.jpg"
        digest = attached.digest
        with self.assertRaises(TingfangError.BadArgument):
            self.observer.phone.write_attachment(record, digest, str(copy))
        asyncio.run(self.observer.phone.fetch_attachment(record, digest, self.observer.wire))
        self.observer.phone.write_attachment(record, digest, str(copy))
        self.assertEqual(copy.read_bytes(), page.read_bytes())


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
        self.assertEqual(undertaker.phone.results(), [])
        self.centre.grade(case)
        undertaker.sync()
        [result] = undertaker.phone.results()
        self.assertEqual((result.case_no, result.state), (self.hearing["case_no"], DecisionState.FINAL))
        self.assertIn(self.hearing["case_no"], result.told.explanation.zh)
        for observer in [CHAIR, OBSERVER]:
            self.assertNotIn(observer, result.told.explanation.zh, "who said what is not told")
        self.assertEqual(result.told.centre_answer, "已阅")


class WritingWhatMayNotBe(TwoObservers):
    """What the server does not accept is listed on the phone or goes into an addendum: nothing is lost."""

    def test_what_a_related_person_wrote_is_refused_and_listed_with_its_words(self):
        record = self.observer.start(self.assignment)
        self.observer.write(record, tell("还不知道要回避。"))
        self.centre.manager.post(
            f"/cases/{self.hearing['case']}/relations", person=self.people[1], ground="relative"
        )
        self.assertGreater(self.observer.sync().not_accepted, 0)
        refused = self.observer.phone.refused()
        self.assertEqual({(item.record, item.rule) for item in refused}, {(record, "relation_bars")})
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
        self.assertEqual(self.observer.phone.refused(), [])
        self.assertNotIn("narrative", self.observer.values(record))
        [addendum] = [row.record for row in self.observer.phone.records() if row.record != record]
        self.chair.sync()
        for handset in (self.observer, self.chair):
            said = handset.values(addendum)
            self.assertEqual((said["origin/amends"], said["narrative"]), (record, "封存之前写的。"))


class LosingWire(Wire):
    """A wire that breaks when the server has answered."""

    def answer(self, request, reply):
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


class Portal(Wire):
    """The portal of a public network: it answers everything, with a page to sign in."""

    def send(self, request, reply):
        headers = [HttpHeader(name="Content-Type", value="text/html; charset=gbk")]
        reply.complete(HttpResponse(status=200, headers=headers, body="<html>请登录</html>".encode("gbk")))


class Ear(Listener, SyncListener):
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


if __name__ == "__main__":
    unittest.main()
