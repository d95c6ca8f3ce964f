"""What others decide, and a phone then shows: the law of a hearing, a manager's word on what was held, an order to put
something right, and how far a record has come."""

import datetime
import unittest

from tingfang import (
    FieldEdit,
    FieldValue,
    Language,
    RecordStage,
    SyncState,
    TaskProgress,
    TaskState,
    TingfangError,
    label,
)

from centre import Problem
from handset import Handset, put, tell
from stage import CHAIR, OBSERVER, TwoObservers, setUpModule


class TheLaw(TwoObservers):
    """Nobody overrides it."""

    def test_a_hearing_that_the_law_closes_is_planned_for_nobody(self):
        closed: dict = {}
        for hearing in self.centre.manager.all("/hearings"):
            for refusal in hearing["gate"]["refusals"]:
                closed.setdefault(refusal["rule"], hearing)
        by_law = {"closed_by_law", "closed_on_application", "openness_unknown", "defendant_under_18", "sealable_record"}
        self.assertLessEqual(by_law, closed.keys())
        for rule, hearing in closed.items():
            with self.subTest(rule=rule):
                with self.assertRaises(Problem) as refused:
                    self.centre.assign("attendance", {self.people[0]: "chair"}, hearing=hearing["id"])
                self.assertIn(rule, [error["code"] for error in refused.exception.body["errors"]])
                self.assertIsNotNone(label(Language.ZH, "gate_rule", rule))
        self.chair.sync()
        [item] = self.chair.phone.agenda().items
        self.assertEqual((item.task.assignment, item.task.hearing.refused_by), (self.assignment, []))

    def test_a_hearing_that_is_closed_after_all_is_called_off_until_it_is_open_again(self):
        record = self.begin()
        self.chair.write(record, tell("等候开庭。"))
        self.centre.correct_hearing(self.hearing, "closed_by_law")
        self.meet()
        for handset in [self.chair, self.observer]:
            task = handset.phone.task(self.assignment)
            self.assertEqual((task.state, task.hearing.refused_by), (TaskState.CLOSED, ["closed_by_law"]))
            self.assertEqual(handset.phone.agenda().items, [])
            with self.assertRaises(TingfangError.NotAllowed) as closed:
                handset.write(record, tell("不该写下。"))
            self.assertEqual(closed.exception.rule, "assignment_closed")
            held = handset.phone.refused().items
            self.assertEqual({(item.verdict, item.rule) for item in held}, {("held", "assignment_closed")})
            self.assertEqual(handset.phone.show(record).stage, RecordStage.TROUBLE)
        self.assertIn([tell("等候开庭。")], [item.edits for item in self.chair.phone.refused().items])
        self.centre.correct_hearing(self.hearing, "public")
        self.meet()
        for handset in [self.chair, self.observer]:
            task = handset.phone.task(self.assignment)
            self.assertEqual((task.state, task.hearing.refused_by), (TaskState.OPEN, []))
            [item] = handset.phone.agenda().items
            self.assertEqual(item.progress, TaskProgress.UNDER_WAY)
        self.chair.write(record, tell("公开开庭。"))
        self.chair.sync()
        self.assertEqual(self.chair.phone.refused().items, [])
        self.assertEqual(self.on_server(record)["content"]["narrative"], "等候开庭。公开开庭。")


class WhatWasHeld(TwoObservers):
    """What came from a phone that was reported lost waits for a manager, whose word comes back to it."""

    def setUp(self):
        super().setUp()
        self.record = self.begin()
        self.meet()
        self.centre.set_device_state(self.people[1], "lost")
        self.observer.write(self.record, tell("法庭调查。"))
        self.assertGreater(self.observer.sync().not_accepted, 0)
        self.centre.set_device_state(self.people[1], "active")
        self.observer.sync()

    def held(self):
        """The one item that waits for somebody to decide on, on the phone and at the centre."""
        [item] = self.observer.phone.refused().items
        self.assertEqual((item.record, item.verdict, item.rule, item.decided), (self.record, "held", "device", None))
        self.assertEqual(item.edits, [tell("法庭调查。")])
        [kept] = self.centre.manager.all(f"/refused?record={self.record}")
        return kept["id"]

    def test_what_is_let_in_comes_in_after_all(self):
        held = self.held()
        self.assertEqual(self.observer.phone.show(self.record).stage, RecordStage.TROUBLE)
        self.centre.decide(held, "accepted", "手机已找回")
        self.meet()
        self.assertEqual(self.observer.phone.refused().items, [])
        for handset in [self.chair, self.observer]:
            self.assertEqual(handset.values(self.record)["narrative"], "法庭调查。")
        self.assertEqual(self.observer.phone.show(self.record).sync, SyncState.STORED)
        self.assertEqual(self.on_server(self.record)["content"]["narrative"], "法庭调查。")

    def test_what_is_kept_out_says_why_with_its_words(self):
        self.centre.decide(self.held(), "rejected", "当日本人不在场")
        self.meet()
        [item] = self.observer.phone.refused().items
        self.assertEqual((item.verdict, item.decided), ("refused", "当日本人不在场"))
        self.assertEqual(item.edits, [tell("法庭调查。")])
        self.assertNotIn("narrative", self.chair.values(self.record))
        self.observer.write(self.record, tell("庭后补记。"))
        self.meet()
        self.assertEqual(self.on_server(self.record)["content"]["narrative"], "庭后补记。")


class AnOrder(TwoObservers):
    """An undertaker is told to put something right, says what is meant to be done, and then what was."""

    def setUp(self):
        super().setUp()
        self.case = self.hearing["case"]
        self.undertaker = self.centre.undertaker_of(self.case)
        self.handset = Handset.enrolled(self.centre, self.undertaker)

    def ask(self, note):
        """Asks the undertaker for an answer."""
        subject = self.centre.subject_of(self.case)
        task = self.centre.assign("response", {self.undertaker: "respondent"}, subjects=[subject], note=note)
        self.handset.sync()
        self.assertEqual(self.handset.phone.task(task).note, note)
        return task

    def answer(self, task, *edits):
        response = self.handset.phone.start(task, "response")
        self.handset.write(response, *edits, put("facts/refers_to", "整改通知〔2026〕3号"))
        self.handset.phone.seal(response)
        self.handset.sync()
        self.assertEqual(self.handset.phone.show(response).stage, RecordStage.STORED)
        return self.on_server(response)["sealed_content"]

    def test_an_order_is_answered_with_a_plan_and_then_with_what_came_of_it(self):
        plan = self.answer(
            self.ask("请提出整改措施"),
            put("facts/answers", "rectification_plan"),
            tell("十日内补交会见笔录。", "statement"),
        )
        done_at = datetime.datetime(2026, 11, 30, 2, tzinfo=datetime.timezone.utc)
        result = self.answer(
            self.ask("请报告整改结果"),
            put("facts/answers", "rectification_result"),
            FieldEdit.SET(path="facts/done_at", value=FieldValue.TIME(value=done_at)),
            put("facts/proof", "会见笔录三份"),
            tell("会见笔录已补交入卷。", "statement"),
        )
        self.assertEqual(
            [(said["facts"]["answers"], said["statement"]) for said in [plan, result]],
            [("rectification_plan", "十日内补交会见笔录。"), ("rectification_result", "会见笔录已补交入卷。")],
        )
        self.assertEqual({said["facts"]["refers_to"] for said in [plan, result]}, {"整改通知〔2026〕3号"})
        self.assertEqual(result["facts"]["proof"], "会见笔录三份")
        for kind in ["rectification_plan", "rectification_result"]:
            self.assertIsNotNone(label(Language.ZH, "response_kind", kind))


class HowFarItIs(TwoObservers):
    """One vocabulary for all screens."""

    def test_every_stage_of_a_record_is_seen_on_a_phone(self):
        seen: dict[RecordStage, str] = {}

        def see(handset, record):
            [row] = [row for row in handset.phone.records() if row.record == record]
            stage = handset.phone.show(record).stage
            self.assertEqual(row.stage, stage, "a list says the same")
            words = label(Language.ZH, "record_stage", stage.name.lower())
            assert words is not None
            seen[stage] = words

        record = self.begin()
        see(self.chair, record)
        self.chair.write(record, put("facts/outcome", "attended"), self.chair.done())
        see(self.chair, record)
        self.observer.write(record, self.observer.done())
        self.meet()
        self.chair.phone.seal(record)
        see(self.chair, record)
        self.chair.sync()
        see(self.chair, record)

        lawyer = Handset.enrolled(self.centre, self.centre.undertaker_of(self.hearing["case"]))
        report = self.report(lawyer)
        see(lawyer, report)
        unlinked = self.chair.phone.start_unassigned("attendance")
        self.chair.sync()
        see(self.chair, unlinked)
        self.centre.manager.post(f"/records/{report}/returns", notes=[{"field": "evidence", "text": "请写明时段"}])
        lawyer.sync()
        see(lawyer, report)
        better = lawyer.phone.amend(report, "补充时段")
        lawyer.write(better, tell("二十时至二十二时。", "evidence"))
        lawyer.phone.seal(better)
        lawyer.sync()
        self.centre.manager.post(f"/records/{better}/checks", state="accepted")
        lawyer.sync()
        see(lawyer, better)
        see(lawyer, report)
        words = ["草稿", "已完成", "待上传", "已入库", "待核查", "有问题", "退回", "已通过", "已更正"]
        self.assertEqual(list(seen.items()), list(zip(RecordStage, words)))

    def report(self, lawyer):
        """A lawyer's report before the hearing, sealed and on the server."""
        due = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=7)).isoformat()
        members = {lawyer.phone.profile().person: "reporter"}
        subject = self.centre.subject_of(self.hearing["case"])
        task = self.centre.assign("pre_hearing_report", members, subjects=[subject], due_at=due)
        lawyer.sync()
        report = lawyer.phone.start(task, "pre_hearing_report")
        lawyer.write(
            report,
            put("facts/occasion", "before_hearing"),
            tell("已调取监控录像。", "evidence"),
            tell("不构成入户盗窃。", "viewpoint"),
            tell("争议焦点在住所的认定。", "analysis"),
        )
        lawyer.phone.seal(report)
        lawyer.sync()
        return report


if __name__ == "__main__":
    unittest.main()
