"""What a field app does besides hearings, and what happens to a phone itself."""

import datetime
import os
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor

from tingfang import (
    Change,
    DeviceStanding,
    EntryField,
    FieldEdit,
    FieldValue,
    HardwareKey,
    Language,
    NextAttempt,
    RecordStage,
    SyncEnd,
    SyncState,
    TaskProgress,
    Tingfang,
    TingfangError,
    label,
    recover,
    recovery_request,
)

from centre import PATIENCE_S
from handset import Handset, put, tell, text
from stage import CHAIR, Story, TwoObservers, setUpModule
from wires import Ear, HangingEar

LONG_AGO = "2020-01-01T00:00:00Z"


class VisitingARecipient(Story):
    """A recipient is called until somebody answers, or nobody ever does."""

    def setUp(self):
        super().setUp()
        self.visitor = self.centre.add_person(CHAIR, "supervisor")
        self.assignment = self.centre.assign_visit(self.visitor, due_at=LONG_AGO)
        self.handset = Handset.enrolled(self.centre, self.visitor)
        self.handset.sync()

    def attempt(self, record, at, outcome):
        fields = [
            EntryField(name="at", value=FieldValue.TIME(value=at)),
            EntryField(name="way", value=text("phone")),
            EntryField(name="outcome", value=text(outcome)),
        ]
        self.handset.write(record, FieldEdit.ADD(list="attempts", fields=fields))

    def test_what_is_overdue_says_when_it_was_due_and_leads(self):
        observer = self.centre.add_person("刘志远", "supervisor")
        _, later = self.centre.assign_attendance(self.visitor, observer)
        self.handset.sync()
        first, second = self.handset.phone.agenda().items
        self.assertEqual((first.task.assignment, second.task.assignment), (self.assignment, later))
        self.assertEqual((first.progress, second.progress), (TaskProgress.OVERDUE, TaskProgress.TO_DO))
        self.assertEqual(first.task.due_at, datetime.datetime.fromisoformat(LONG_AGO.replace("Z", "+00:00")))
        self.assertEqual(second.task.hearing.refused_by, [], "the law lets it be attended")

    def test_the_next_attempt_follows_the_plan_and_a_strange_time_is_doubted(self):
        record = self.handset.phone.start(self.assignment, "return_visit")
        self.assertEqual(self.handset.phone.show(record).next_attempt, NextAttempt.FIRST())
        now = datetime.datetime.now(datetime.timezone.utc)
        self.attempt(record, now, "no_answer")
        view = self.handset.phone.show(record)
        self.assertIsInstance(view.next_attempt, NextAttempt.AT)
        self.assertGreater(view.next_attempt.at, now)
        self.assertEqual(view.doubts, [])
        self.attempt(record, datetime.datetime(2099, 1, 1, tzinfo=datetime.timezone.utc), "connected")
        view = self.handset.phone.show(record)
        self.assertEqual(view.next_attempt, NextAttempt.DONE())
        [doubt] = view.doubts
        self.assertEqual(doubt.code, "in_future")
        self.assertTrue(doubt.path.startswith("attempts/"), doubt.path)
        self.handset.sync()
        self.assertEqual(self.handset.phone.show(record).sync, SyncState.STORED, "it is kept as it is")

    def test_a_questionnaire_is_asked_question_by_question(self):
        record = self.handset.phone.start(self.assignment, "return_visit")
        self.attempt(record, datetime.datetime.now(datetime.timezone.utc), "connected")
        asked = self.handset.phone.questions(record)
        open_ones = [path for path in self.handset.phone.show(record).missing if path.startswith("answers/")]
        self.assertEqual([question.answer.path for question in asked if question.is_required], open_ones)
        attitude = asked[0]
        self.assertEqual(attitude.label.zh, "承办人服务态度")
        codes = [answer.code for answer in attitude.answer.answers]
        self.assertEqual(codes[0], "very_satisfied", "the best first")
        self.assertEqual(codes[-2:], ["unknown", "not_rated"], "what tells nothing last")
        money = next(question for question in asked if question.id == "RTV-06")
        codes_of_money = [answer.code for answer in money.answer.answers]
        self.assertEqual(codes_of_money, ["yes", "no", "refused"], "as the questionnaire lists them")
        with self.assertRaises(TingfangError.DoesNotFit) as strange:
            self.handset.write(record, put(attitude.answer.path, "excellent"))
        self.assertEqual(strange.exception.path, attitude.answer.path)
        self.handset.write(record, put(attitude.answer.path, codes[0]))
        self.assertEqual(self.handset.phone.questions(record)[0].answer.given, codes[0])
        self.assertNotIn(attitude.answer.path, self.handset.phone.show(record).missing)

    def test_why_a_task_cannot_be_done_is_told_to_whoever_assigned_it(self):
        ear = Ear()
        subscription = self.handset.phone.listen(ear)
        report = self.handset.phone.report_impossible(self.assignment, "受援人已迁往外地")
        self.assertEqual(ear.next(), Change.RECORD(record=report))
        subscription.cancel()
        until = datetime.datetime(2027, 1, 5, tzinfo=datetime.timezone.utc)
        self.handset.phone.report_postponed(self.assignment, "受援人下月回来", until)
        self.handset.sync()
        task = self.handset.phone.task(self.assignment)
        self.assertEqual([report.kind for report in task.reports], ["impossible", "postponed"])
        self.assertEqual((task.reports[1].reason, task.reports[1].until), ("受援人下月回来", until))


class InspectingTheCentre(Story):
    """What is asked by points has a word in the place of points, too."""

    def test_points_and_what_stands_in_their_place_are_shown_beside_the_items(self):
        inspector = self.centre.add_person(CHAIR, "supervisor")
        task = self.centre.assign_inspection(inspector)
        handset = Handset.enrolled(self.centre, inspector)
        handset.sync()
        record = handset.phone.start(task, "inspection")
        first, second, *_ = handset.phone.questions(record)
        points = FieldEdit.SET(path=first.answer.path, value=FieldValue.INTEGER(value=2_000))
        handset.write(record, points, put(second.answer.state_path, "not_observed"))
        first, second, *_ = [question.answer for question in handset.phone.questions(record)]
        self.assertEqual((first.given, first.state), (2_000, None))
        self.assertEqual((second.given, second.state), (None, "not_observed"))


class ThePhoneItself(TwoObservers):
    """Its PIN, what is handed on when it reaches nobody, and what becomes of it."""

    def opened(self, pin=None):
        return Tingfang.open(self.path, self.profile, self.chair.keys, pin)

    def setUp(self):
        super().setUp()
        self.profile = self.chair.phone.profile()
        self.path = str(self.chair.folder / "phone.db")

    def test_a_pin_is_asked_for_and_a_wrong_one_erases_nothing(self):
        record = self.begin()
        self.chair.write(record, tell("公开开庭。"))
        with self.assertRaises(TingfangError.PinTooShort):
            self.chair.phone.set_pin("12345")
        self.chair.phone.set_pin("135790")
        self.assertTrue(self.chair.phone.device_status().has_pin)
        self.chair.stop()
        with self.assertRaises(TingfangError.PinNeeded):
            self.opened()
        with self.assertRaises(TingfangError.WrongPin) as wrong:
            self.opened("000000")
        self.assertEqual(wrong.exception.tries_left, 4)
        self.chair.phone = self.opened("135790")
        self.assertEqual(self.chair.values(record)["narrative"], "公开开庭。")
        self.chair.phone.take_pin_away()
        self.chair.restart()

    def test_nothing_on_the_disk_can_be_read_where_the_library_ships(self):
        record = self.begin()
        self.chair.write(record, tell("公开开庭。"))
        self.chair.stop()
        at_rest = b"".join(path.read_bytes() for path in self.chair.folder.glob("phone.db*"))
        can_be_read = {sign: sign.encode() in at_rest for sign in ("SQLite format 3", CHAIR)}
        ships = os.environ.get("TINGFANG_LIBRARY") == "ships"
        self.assertEqual(can_be_read, dict.fromkeys(can_be_read, not ships), "the other one is for looking into")
        self.chair.restart()

    def test_a_forgotten_pin_is_opened_by_the_centre(self):
        record = self.begin()
        self.chair.write(record, tell("公开开庭。"))
        self.chair.phone.set_pin("135790")
        self.chair.stop()
        self.recover()
        self.assertFalse(self.chair.phone.device_status().has_pin)
        self.assertEqual(self.chair.values(record)["narrative"], "公开开庭。")

    def test_a_phone_whose_key_chain_is_lost_is_opened_by_the_centre_and_goes_on(self):
        record = self.begin()
        self.chair.write(record, tell("公开开庭。"))
        self.chair.stop()
        self.chair.keys.kept = None
        with self.assertRaises(TingfangError.NoKeys):
            self.opened()
        self.recover()
        self.chair.write(record, tell("休庭。"))
        self.chair.sync()
        self.assertEqual(self.on_server(record)["content"]["narrative"], "公开开庭。休庭。")
        with self.assertRaises(TingfangError.NoRecovery):
            recovery_request(self.path, self.profile, self.chair.keys)

    def recover(self):
        """The owner carries a text to the centre and its answer back."""
        request = recovery_request(self.path, self.profile, self.chair.keys)
        with self.assertRaises(TingfangError):
            self.opened()
        recover(self.profile, self.chair.keys, self.centre.open_phone(request))
        self.chair.restart()

    def test_under_another_key_a_sync_tells_what_it_did_and_what_is_written_stays(self):
        record = self.begin()
        self.chair.write(record, tell("公开开庭。"))
        self.observer.write(record, put("facts/outcome", "attended"))
        self.observer.sync()
        self.chair.stop()
        self.chair.phone = Tingfang.open(self.path, self.profile, self.chair.keys, hardware_key=AnotherChip())
        self.assertTrue(self.chair.phone.device_status().is_other_key)
        report = self.chair.outcome(self.chair.phone.start_sync(self.chair.wire))
        self.assertEqual(report.end, SyncEnd.OTHER_KEY())
        self.assertGreater(report.pulled, 0, "others are read as ever")
        self.assertGreater(self.chair.phone.status().waiting, 0)
        self.chair.restart()
        self.assertFalse(self.chair.phone.device_status().is_other_key)
        self.chair.sync()
        self.assertEqual(self.on_server(record)["content"]["narrative"], "公开开庭。")

    def test_a_key_chain_that_never_answers_is_given_up_and_nothing_is_lost(self):
        record = self.begin()
        self.chair.write(record, tell("公开开庭。"))
        self.chair.stop()
        go_on = threading.Event()
        self.chair.keys.hangs_on = go_on
        try:
            with self.assertRaises(TingfangError.Host) as caught:
                Tingfang.open(self.path, self.profile, self.chair.keys, key_patience_s=1)
            self.assertIn("does not answer", caught.exception.reason)
        finally:
            go_on.set()
            self.chair.keys.hangs_on = None
        self.chair.restart()
        self.assertEqual(self.chair.values(record)["narrative"], "公开开庭。")

    def test_a_key_chain_that_ends_the_program_is_an_error_of_the_app(self):
        self.chair.keys.broken = SystemExit("钥匙串退出")
        with self.assertRaises(TingfangError.Host) as caught:
            self.opened()
        self.assertIn("钥匙串退出", caught.exception.reason)
        self.chair.keys.broken = None
        self.chair.restart()

    def test_what_reaches_no_server_is_written_into_a_file_that_the_centre_takes_in(self):
        self.centre.cut_off()
        record = self.begin()
        self.chair.write(record, tell("公开开庭。"))
        path = self.chair.folder / "rescue"
        rescued = self.chair.phone.export_for_rescue(str(path))
        self.assertGreater(rescued.frames, 0)
        with self.assertRaises(TingfangError.BadArgument):
            self.chair.phone.export_for_rescue(str(path))
        self.assertTrue(rescued.is_encrypted, "for the centre alone")
        key = str(self.centre.recovery_key)
        taken = self.centre.run("device", "rescue", "--file", str(path), "--key", key)
        self.assertEqual((taken["frames"], taken["rejected"]), (rescued.frames, []))
        self.assertGreater(taken["held"], 0, "a manager decides on what a lost phone had written")
        self.centre.serve()

    def test_a_phone_says_how_the_centre_last_said_that_it_stands(self):
        def told():
            return self.chair.phone.device_status().told

        self.assertEqual(told().standing, DeviceStanding.ACTIVE)
        before = told().at
        for state, standing in [
            ("held_by_court", DeviceStanding.SUSPENDED),
            ("lost", DeviceStanding.SUSPENDED),
            ("active", DeviceStanding.ACTIVE),
            ("revoked", DeviceStanding.REVOKED),
        ]:
            self.centre.set_device_state(self.people[0], state)
            self.chair.sync()
            with self.subTest(state=state):
                self.assertEqual(told().standing, standing)
        self.assertGreater(told().at, before)
        self.assertEqual(label(Language.ZH, "device_standing", "suspended"), "已暂停，请联系中心")

    def test_a_phone_that_is_to_be_wiped_hands_in_what_it_has_and_is_empty(self):
        record = self.begin()
        self.chair.sync()
        self.chair.write(record, tell("还没有上传。"))
        devices = self.centre.admin.get(f"/devices?person={self.people[0]}")
        [device] = [one["id"] for one in devices["items"]]
        self.centre.admin.post(f"/devices/{device}/wipe", reason="手机遗失")
        report = self.chair.outcome(self.chair.phone.start_sync(self.chair.wire))
        self.assertTrue(report.wiped, report)
        self.assertFalse(self.chair.keys.kept)
        held = [item["verdict"] for item in self.centre.manager.all(f"/refused?record={record}")]
        self.assertEqual(held, ["held"], "what it had not sent yet waits for a manager")

    def test_a_record_that_the_centre_has_erased_is_gone_and_its_writers_are_told(self):
        record = self.begin()
        self.chair.write(record, tell("误记的内容"))
        self.meet()
        self.chair.write(record, tell("还没发出的话"))
        self.centre.erase(record, "误记个人信息")
        self.meet()
        for handset in [self.chair, self.observer]:
            [erased] = handset.phone.erased_records()
            self.assertEqual((erased.record, erased.kind), (record, "attendance"))
            with self.assertRaises(TingfangError.NoSuchRecord):
                handset.phone.show(record)
            self.assertEqual(handset.phone.status().waiting, 0)

    def test_what_was_sealed_is_put_right_by_an_amendment(self):
        self.begin()
        sheet = self.chair.phone.start(self.assignment, "observer_sheet")
        for item in self.chair.phone.score(sheet).items:
            self.chair.write(sheet, FieldEdit.SET(path=f"points/{item.item}", value=FieldValue.INTEGER(value=0)))
        self.chair.phone.seal(sheet)
        self.chair.sync()
        amended = self.chair.phone.amend(sheet, "分数写错")
        self.assertNotEqual(amended, sheet)
        self.chair.phone.seal(amended)
        self.chair.sync()
        self.assertEqual(self.chair.phone.show(sheet).stage, RecordStage.AMENDED)

    def test_what_the_library_writes_down_of_itself_names_nobody(self):
        record = self.begin()
        self.chair.write(record, tell("秘密的话。"))
        self.chair.sync()
        written = self.chair.phone.diagnostics()
        self.assertTrue(written)
        for word in [CHAIR, "秘密", self.hearing["case_no"]]:
            self.assertNotIn(word, written)


class OfManyMinds(TwoObservers):
    """Whoever calls from wherever, and whoever listens and never comes back."""

    def test_calls_from_many_threads_each_have_their_answer(self):
        record = self.begin()
        words = [f"第{number}句。" for number in range(40)]
        with ThreadPoolExecutor(max_workers=8) as pool:
            list(pool.map(lambda word: self.chair.write(record, tell(word)), words))
            shown = list(pool.map(lambda _: self.chair.values(record)["narrative"], words))
        for narrative in shown:
            self.assertEqual(sorted(narrative.split("。")), sorted("".join(words).split("。")))

    def test_a_listener_that_never_comes_back_holds_up_nobody(self):
        hanging, others = HangingEar(), Ear()
        subscriptions = [self.chair.phone.listen(hanging), self.chair.phone.listen(others)]
        try:
            record = self.begin()
            self.assertTrue(hanging.heard.wait(PATIENCE_S))
            others.next()
            self.chair.write(record, tell("照常。"))
            self.chair.sync()
            self.assertEqual(self.chair.phone.show(record).sync, SyncState.STORED)
        finally:
            hanging.go_on.set()
            for subscription in subscriptions:
                subscription.cancel()


class AnotherChip(HardwareKey):
    """Secure hardware with which no phone was enrolled: nobody asks it to sign."""

    def public_key(self):
        # Some point of P-256; this one is the curve's generator.
        return bytes.fromhex("036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296")

    def sign(self, message):
        raise AssertionError("nothing is signed under another key")


if __name__ == "__main__":
    unittest.main()
