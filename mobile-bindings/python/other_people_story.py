"""Whose part is another than the observers': a clerk, a visitor of recipients at risk, and the lawyer who undertakes
the case."""

import datetime
import unittest

from tingfang import (
    About,
    EntryField,
    FieldEdit,
    FieldValue,
    Grade,
    RecordStage,
    RepresentationState,
    SyncState,
    TaskProgress,
    TingfangError,
)

from handset import Handset, number, put, tell, text
from stage import CHAIR, Story, TwoObservers, setUpModule

CHINA = datetime.timezone(datetime.timedelta(hours=8))


class PaperFromACourtRoom(TwoObservers):
    """Where no phone may be taken out there is paper, and somebody enters it."""

    def test_a_clerk_copies_a_paper_and_its_observer_confirms_what_it_says(self):
        clerk = self.centre.add_clerk(self.assignment, *self.people)
        entered = Handset.enrolled(self.centre, clerk)
        entered.sync()
        about = About(for_observer=self.people[0])
        copy = entered.phone.start(self.assignment, "observer_sheet", about)
        for item in entered.phone.score(copy).items:
            entered.write(copy, number(f"points/{item.item}", item.most))
        entered.phone.seal(copy)
        entered.sync()

        self.chair.sync()
        [waiting] = self.chair.phone.to_confirm().items
        self.assertEqual((waiting.record, waiting.transcribed_for), (copy, self.people[0]))
        seen = self.chair.phone.show(copy)
        self.assertEqual((seen.transcribed_for, seen.sealed, seen.confirmed), (self.people[0], True, False))
        self.chair.phone.confirm(copy)
        self.assertEqual(self.chair.phone.to_confirm().items, [])
        self.assertEqual(entered.phone.to_confirm().items, [], "nobody asks the clerk")
        self.chair.sync()
        entered.sync()
        self.assertTrue(entered.phone.show(copy).confirmed)
        with self.assertRaises(TingfangError.NotAllowed) as caught:
            entered.phone.confirm(copy)
        self.assertEqual(caught.exception.rule, "confirmation_of_own_paper")


class VisitingSomebodyAtRisk(Story):
    """Of a recipient at risk the rules come before the number."""

    def test_the_rules_are_read_before_the_number_is_shown_and_the_month_adds_up(self):
        visitor = self.centre.add_person(CHAIR, "supervisor")
        case = next(self.centre.manager.all("/cases"))
        safe = {"number": "13900000000", "from_minute": 0, "until_minute": 1440, "code_word": "还书"}
        self.centre.manager.put(
            f"/cases/{case['id']}/recipients",
            [{"name": "李某", "phone": "13800000000", "safe_contact": safe}],
        )
        now = datetime.datetime.now(datetime.timezone.utc)
        task = self.centre.manager.post(
            "/assignments",
            kind="return_visit",
            stage="after",
            subjects=[{"case": case["id"], "undertaker": case["undertakers"][0]["undertaker"]}],
            members=[{"person": visitor, "duty": "lead"}],
            due_at=now.isoformat(),
        )["id"]
        handset = Handset.enrolled(self.centre, visitor)
        handset.sync()
        [contact] = handset.phone.contacts(task)
        self.assertEqual((contact.number, contact.rules.code_word), (None, "还书"))
        self.assertTrue(contact.rules.open_now, "it is safe around the clock")
        [contact] = handset.phone.contacts_after_rules(task)
        self.assertEqual(contact.number, "13900000000")
        [figure] = handset.phone.month_figures(now)
        self.assertEqual((figure.kind, figure.done, figure.all), ("return_visit", 0, 1))
        with self.assertRaises(TingfangError.NoSuchTask):
            handset.phone.contacts("019a2b3c-0000-7000-8000-000000000000")


class TheLawyer(TwoObservers):
    """Who undertakes a case reports before the hearing, puts right what comes back, and answers to a grade."""

    def setUp(self):
        super().setUp()
        self.case = self.hearing["case"]
        self.lawyer = self.centre.undertaker_of(self.case)
        found = self.centre.manager.get(f"/cases/{self.case}")
        self.subject = {"case": self.case, "undertaker": found["undertakers"][0]["undertaker"]}
        self.handset = Handset.enrolled(self.centre, self.lawyer)

    def assign(self, kind, duty, **more):
        members = [{"person": self.lawyer, "duty": duty}]
        made = self.centre.manager.post("/assignments", kind=kind, subjects=[self.subject], members=members, **more)
        self.handset.sync()
        return made["id"]

    def test_a_report_is_due_before_the_hearing_and_comes_back_with_notes(self):
        due = datetime.datetime(2027, 1, 5, 10, tzinfo=datetime.timezone.utc)
        task = self.assign("pre_hearing_report", "reporter", hearing=self.hearing["id"], due_at=due.isoformat())
        [item] = [item for item in self.handset.phone.agenda().items if item.task.assignment == task]
        self.assertEqual((item.task.due_at, item.progress), (due, TaskProgress.TO_DO))
        report = self.handset.phone.start(task, "pre_hearing_report")
        with self.assertRaises(TingfangError.Incomplete) as caught:
            self.handset.phone.seal(report)
        self.assertIn("evidence", caught.exception.missing)
        at = datetime.datetime(2026, 11, 20, 10, tzinfo=CHINA)
        meeting = [
            EntryField(name="at", value=FieldValue.TIME(value=at)),
            EntryField(name="place", value=text("看守所")),
            EntryField(name="topic", value=text("核实口供")),
        ]
        self.handset.write(
            report,
            put("facts/occasion", "before_hearing"),
            put("facts/file_reading", "whole"),
            FieldEdit.ADD(list="meetings", fields=meeting),
            tell("已调取监控录像。", "evidence"),
            tell("不构成入户盗窃。", "viewpoint"),
            tell("争议焦点在住所的认定。", "analysis"),
        )
        self.handset.phone.seal(report)
        self.handset.sync()
        self.assertEqual(self.handset.phone.show(report).stage, RecordStage.TO_CHECK)

        notes = [{"field": "evidence", "text": "请写明监控的时段"}]
        self.centre.manager.post(f"/records/{report}/returns", notes=notes)
        self.handset.sync()
        [returned] = self.handset.phone.returned().items
        self.assertEqual([(note.path, note.text) for note in returned.notes], [("evidence", "请写明监控的时段")])
        better = self.handset.phone.amend(report, "补充时段")
        self.handset.write(better, tell("二十时至二十二时。", "evidence"))
        self.handset.phone.seal(better)
        self.handset.sync()
        self.assertEqual(self.handset.phone.returned().items, [], "it is answered")

    def test_a_grade_is_told_answered_with_a_representation_and_made_final(self):
        self.attended()
        decision = self.centre.work_out_grade(self.case)
        self.centre.manager.post(f"/grades/{decision}/representation")
        task = self.assign("response", "respondent")
        [result] = self.handset.phone.results().items
        self.assertEqual(result.told.representation, RepresentationState.OPEN)
        self.assertIsInstance(result.told.grade, Grade)
        self.assertIsNone(result.told.amount_fen, "nothing is paid before it is final")
        response = self.handset.phone.start(task, "response")
        said = tell("已及时会见，附会见笔录。", "statement")
        self.handset.write(response, put("facts/answers", "representation"), said)
        self.handset.phone.seal(response)
        self.handset.sync()
        self.assertEqual(self.handset.phone.show(response).sync, SyncState.STORED)
        self.centre.manager.post(
            f"/grades/{decision}/representation/answer", response=response, answer="已核对会见笔录"
        )
        self.centre.director.post(f"/grades/{decision}/finalise")
        self.handset.sync()
        [result] = self.handset.phone.results().items
        self.assertEqual(result.told.representation, RepresentationState.CLOSED)
        self.assertEqual(result.told.centre_answer, "已核对会见笔录")

    def test_grades_come_a_page_at_a_time_the_last_one_first(self):
        self.attended()
        decisions = [self.centre.grade(self.case) for _ in range(2)]
        self.handset.sync()
        first = self.handset.phone.results(limit=1)
        last = self.handset.phone.results(after=first.next, limit=1)
        self.assertEqual([result.decision for result in first.items + last.items], decisions[::-1])
        self.assertIsNone(last.next)

    def attended(self):
        """Both observers were there, and their sheets and the record are in."""
        record = self.begin()
        for handset in [self.chair, self.observer]:
            sheet = handset.phone.start(self.assignment, "observer_sheet")
            for item in handset.phone.score(sheet).items:
                handset.write(sheet, number(f"points/{item.item}", item.most))
            handset.phone.seal(sheet)
        self.observer.write(record, self.observer.done())
        self.chair.write(record, put("facts/outcome", "attended"), self.chair.done())
        self.meet()
        self.chair.phone.seal(record)
        self.meet()


if __name__ == "__main__":
    unittest.main()
