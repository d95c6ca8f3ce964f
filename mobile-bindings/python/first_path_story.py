"""The first path through the face that an app sees: two phones, a real server, real HTTP.

What an app brings along (key store, transport) is Python here, as it is Kotlin or Swift there.
"""

import datetime
import unittest

from tingfang import (
    Authorship,
    Duty,
    EnrolmentCode,
    FieldEdit,
    FieldValue,
    Language,
    SyncState,
    TaskProgress,
    TaskState,
    TingfangError,
    field_label,
    label,
    read_enrolment_code,
    record_form,
)

from handset import ForgettingKeyChain, Handset, KeyChain, Wire, finding, put, tell
from stage import CHAIR, OBSERVER, Story, TwoObservers, setUpModule
from wires import LosingTheEnrolment, Portal


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
        self.assertFalse(second.keys.kept, "nothing is kept of a code that will never be answered")

    def test_an_enrolment_whose_answer_was_lost_goes_on_with_the_same_code(self):
        self.handset.wire = LosingTheEnrolment()
        with self.assertRaises(TingfangError.Offline):
            self.handset.enrol(self.code_text)
        self.handset.wire = Wire()
        self.handset.enrol(self.code_text)
        self.handset.sync()

    def test_a_key_chain_that_keeps_nothing_does_not_cost_the_code(self):
        self.handset.keys = ForgettingKeyChain()
        with self.assertRaises(TingfangError.Host):
            self.handset.enrol(self.code_text)
        self.handset.keys = KeyChain()
        self.handset.enrol(self.code_text)

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
        assert form is not None and form.shared
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

    def test_a_text_that_is_no_unicode_is_a_bad_argument_and_changes_nothing(self):
        record = self.begin()
        self.chair.write(record, tell("公开开庭。"))
        for half in ("\ud83d", "\ude00", "好\ud83d好"):
            with self.assertRaises(TingfangError.BadArgument) as caught:
                self.chair.write(record, tell(half))
            self.assertEqual(caught.exception.code(), "bad_argument")
            with self.assertRaises(TingfangError.BadArgument):
                self.chair.phone.show(half)
        self.chair.write(record, tell("😀"))
        self.assertEqual(self.chair.values(record)["narrative"], "公开开庭。😀")

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

if __name__ == "__main__":
    unittest.main()
