"""Every kind of record through the face that an app sees: begun by the role which may, checked field by field while it
is written, sealed, and on the server."""

import datetime
import json
import unittest
from collections.abc import Callable
from dataclasses import dataclass

from tingfang import (
    AssignmentKind,
    EntryField,
    FieldEdit,
    FieldValue,
    Language,
    RecordStage,
    SyncState,
    TaskProgress,
    TingfangError,
    field_label,
    label,
    record_form,
)

from centre import Problem
from handset import Handset, number, put, tell, text
from stage import Story, setUpModule

A_DAY_BEFORE = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)


def at(path):
    return FieldEdit.SET(path=path, value=FieldValue.TIME(value=A_DAY_BEFORE))


def flag(path):
    return FieldEdit.SET(path=path, value=FieldValue.FLAG(value=True))


def entry(section, **codes):
    fields = [EntryField(name=name, value=text(value)) for name, value in codes.items()]
    return FieldEdit.ADD(list=section, fields=fields)


def attempt():
    """Somebody was reached by phone."""
    when = EntryField(name="at", value=FieldValue.TIME(value=A_DAY_BEFORE))
    reached = entry("attempts", way="phone", outcome="connected")
    return FieldEdit.ADD(list="attempts", fields=[when, *reached.fields])


def words_of(edits):
    """What these write, word by word."""
    for edit in edits:
        if isinstance(edit, FieldEdit.APPEND):
            yield edit.text
        values = [field.value for field in edit.fields] if isinstance(edit, FieldEdit.ADD) else []
        values += [edit.value] if isinstance(edit, FieldEdit.SET) else []
        yield from (value.value for value in values if isinstance(value, FieldValue.TEXT))


@dataclass
class Work:
    """Whom somebody writes as, and about what."""

    myself: str
    case: str
    undertaker: str


@dataclass
class Asked:
    """By which task a kind is asked for, the duty of who seals it, a role that may have it, and one that never does."""

    task: str
    duty: str
    role: str
    never: str


@dataclass
class Kind:
    """What is peculiar to one kind."""

    kind: str
    asked: Asked
    # What must be filled before the seal; `{self}` is who writes.
    missing: set[str]
    # Something that does not fit.
    misfit: FieldEdit
    # What fills it.
    filled: Callable[[Work], list[FieldEdit]]
    # Whether every start begins another one.
    each_time: bool = False
    # Where it stands when the server has its seal.
    stage: RecordStage = RecordStage.STORED


KINDS = [
    Kind(
        "attendance",
        Asked("attendance", "chair", "supervisor", never="manager"),
        {"facts/outcome", "observers/{self}"},
        put("facts/outcome", "也许"),
        lambda work: [
            put("facts/outcome", "attended"),
            put(f"presence/{work.undertaker}", "on_time"),
            put(f"observers/{work.myself}", "done"),
            tell("公开开庭。"),
        ],
    ),
    Kind(
        "observer_sheet",
        Asked("attendance", "chair", "supervisor", never="assessor"),
        {"points"},
        number("points/HRG-01", -1),
        lambda work: [number("points/HRG-01", 800), number("points/HRG-05", 1_500)],
    ),
    Kind(
        "return_visit",
        Asked("return_visit", "lead", "supervisor", never="assessor"),
        {"attempts"},
        put("facts/respondent", "路人"),
        lambda work: [
            attempt(),
            put("facts/way", "phone"),
            put("facts/respondent", "recipient"),
            flag("facts/notice_read"),
            put("facts/verification", "call_record"),
        ],
    ),
    Kind(
        "court_visit",
        Asked("court_visit", "lead", "manager", never="undertaker"),
        {"facts/organ_kind", "facts/organ", "facts/purpose", "facts/visited_at", "lines"},
        put("facts/organ_kind", "邮局"),
        lambda work: [
            put("facts/organ_kind", "court"),
            put("facts/organ", "云河县人民法院"),
            put("facts/purpose", "many_undertakers"),
            at("facts/visited_at"),
            entry("lines", case=work.case, undertaker=work.undertaker, manners="good", skill="average"),
        ],
    ),
    Kind(
        "tracking_card",
        Asked("follow_up", "lead", "supervisor", never="assessor"),
        {"facts/issued_at", "facts/returned_at", "facts/recipient_mark", "steps"},
        put("facts/issued_at", "昨天"),
        lambda work: [
            put("facts/card_no", "跟踪卡〔2026〕1号"),
            at("facts/issued_at"),
            at("facts/returned_at"),
            put("facts/recipient_mark", "signature"),
            entry("steps", step="meeting", tick="yes"),
        ],
    ),
    Kind(
        "notice",
        Asked("follow_up", "lead", "manager", never="director"),
        {"delivery/topic", "delivery/way", "delivery/delivered_at", "delivery/proof"},
        put("delivery/way", "口头"),
        lambda work: [
            put("delivery/topic", "rights_and_duties"),
            put("delivery/way", "post"),
            at("delivery/delivered_at"),
            put("delivery/proof", "signature"),
        ],
        each_time=True,
    ),
    Kind(
        "progress_contact",
        Asked("follow_up", "lead", "supervisor", never="undertaker"),
        {"facts/at", "facts/with", "facts/way", "progress"},
        put("facts/with", "法官"),
        lambda work: [
            at("facts/at"),
            put("facts/with", "recipient"),
            put("facts/way", "phone"),
            tell("已约见受援人，正在取证。", "progress"),
        ],
        each_time=True,
    ),
    Kind(
        "complaint_intake",
        Asked("reception", "staff", "manager", never="assessor"),
        {"facts/ground", "facts/way", "facts/received_at", "facts/complainant_name", "account"},
        put("facts/ground", "迟到"),
        lambda work: [
            put("facts/ground", "took_money"),
            put("facts/way", "oral"),
            at("facts/received_at"),
            put("facts/complainant_name", "李某"),
            tell("承办人索要车费。", "account"),
        ],
        each_time=True,
    ),
    Kind(
        "discussion",
        Asked("discussion", "chair", "director", never="supervisor"),
        {"facts/ground", "facts/held_at", "opinions", "scheme", "members/{self}"},
        put("facts/ground", "简单"),
        lambda work: [
            put("facts/ground", "complicated"),
            at("facts/held_at"),
            put(f"members/{work.myself}", "signed"),
            entry("opinions", by=work.myself, stance="agrees", text="同意方案"),
            tell("申请非法证据排除。", "scheme"),
        ],
    ),
    Kind(
        "inspection",
        Asked("inspection", "lead", "manager", never="assessor"),
        {"facts/way", "facts/began_at", "facts/result", "points"},
        put("facts/result", "excellent"),
        lambda work: [
            put("facts/way", "unannounced"),
            at("facts/began_at"),
            put("facts/result", "to_rectify"),
            number("points/CTR-1", 2_000),
        ],
    ),
    Kind(
        "pre_hearing_report",
        Asked("pre_hearing_report", "reporter", "undertaker", never="supervisor"),
        {"facts/occasion", "evidence", "viewpoint", "analysis"},
        put("facts/file_reading", "略读"),
        lambda work: [
            put("facts/occasion", "before_hearing"),
            put("facts/file_reading", "whole"),
            FieldEdit.ADD(
                list="meetings",
                fields=[
                    EntryField(name="at", value=FieldValue.TIME(value=A_DAY_BEFORE)),
                    EntryField(name="place", value=text("看守所")),
                    EntryField(name="topic", value=text("核实口供")),
                ],
            ),
            tell("已调取监控录像。", "evidence"),
            tell("不构成入户盗窃。", "viewpoint"),
            tell("争议焦点在住所的认定。", "analysis"),
        ],
        stage=RecordStage.TO_CHECK,
    ),
    Kind(
        "response",
        Asked("response", "respondent", "undertaker", never="manager"),
        {"facts/answers", "statement"},
        put("facts/answers", "沉默"),
        lambda work: [put("facts/answers", "explanation"), tell("已及时会见，附会见笔录。", "statement")],
    ),
    Kind(
        "file_review",
        Asked("file_review", "reviewer", "assessor", never="manager"),
        {"marks"},
        put("papers/judgment", "丢了"),
        lambda work: [put("papers/judgment", "missing"), put("marks/CRM-1.1", "full")],
    ),
    Kind(
        "scoresheet",
        Asked("assessment", "assessor", "assessor", never="supervisor"),
        {"decisions"},
        put("decisions/CRM-1.1", "也许"),
        lambda work: [put("decisions/CRM-1.1", "not_observed"), put("reasons/CRM-1.1", "案卷中没有记载")],
    ),
]


class EveryKind(Story):
    """The same way for each: from the task to the seal."""

    def setUp(self):
        super().setUp()
        criminal = (case for case in self.centre.manager.all("/cases") if case["kind"] == "criminal")
        self.case = next(criminal)["id"]
        self.stranger = Handset.enrolled(self.centre, self.centre.add_person("无此任务", "supervisor"))
        self.stranger.sync()

    def test_every_kind_of_task_is_among_them(self):
        asked = {kind.asked.task for kind in KINDS}
        # It asks for the same sheets once more.
        self.assertEqual(asked | {"re_review"}, {kind.name.lower() for kind in AssignmentKind})

    def test_every_kind_goes_from_its_task_to_the_seal_by_the_role_that_may(self):
        for kind in KINDS:
            with self.subTest(kind=kind.kind):
                self.all_the_way(kind)

    def all_the_way(self, kind):
        person = self.person(kind.asked.role)
        work, task = self.assign(kind, person)
        with self.assertRaises(Problem) as never:
            self.assign(kind, self.centre.add_person("无此职责", kind.asked.never))
        self.assertEqual([error["code"] for error in never.exception.body["errors"]], ["role_missing"])
        handset = Handset.enrolled(self.centre, person)
        handset.sync()
        [item] = [item for item in handset.phone.agenda().items if item.task.assignment == task]
        self.assertEqual(item.progress, TaskProgress.TO_DO)

        with self.assertRaises(TingfangError.NoSuchTask):
            self.stranger.phone.start(task, kind.kind)
        record = handset.phone.start(task, kind.kind)
        self.assertEqual(handset.phone.start(task, kind.kind) != record, kind.each_time)
        missing = {place.format(self=person) for place in kind.missing}
        view = handset.phone.show(record)
        self.assertEqual((view.kind, set(view.missing), view.stage), (kind.kind, missing, RecordStage.DRAFT))
        with self.assertRaises(TingfangError.Incomplete) as incomplete:
            handset.phone.seal(record)
        self.assertEqual(set(incomplete.exception.missing), missing)
        self.spoken_of(kind.kind, missing)
        before = handset.values(record)
        with self.assertRaises(TingfangError.DoesNotFit) as misfit:
            handset.write(record, *kind.filled(work), kind.misfit)
        self.assertEqual(misfit.exception.path, kind.misfit.path)
        self.assertEqual(handset.values(record), before, "all of them, or none")

        handset.write(record, *kind.filled(work))
        self.answer(handset, record)
        self.assertEqual(handset.phone.show(record).missing, [])
        handset.phone.seal(record)
        self.assertEqual(handset.phone.show(record).stage, RecordStage.TO_UPLOAD)
        self.assertEqual(handset.sync().not_accepted, 0)
        view = handset.phone.show(record)
        self.assertEqual((view.sealed, view.sync, view.stage), (True, SyncState.STORED, kind.stage))
        kept = self.centre.manager.get(f"/records/{record}")
        self.assertEqual(kept["seal"]["person"], person)
        for word in words_of(kind.filled(work)):
            self.assertIn(word, json.dumps(kept["sealed_content"], ensure_ascii=False))
        with self.assertRaises(TingfangError.NotAllowed) as sealed:
            handset.write(record, *kind.filled(work))
        self.assertEqual(sealed.exception.rule, "record_sealed")

    def spoken_of(self, kind, paths):
        """A form and words are there for the kind and for each of these fields."""
        form = record_form(kind)
        assert form is not None
        sections = {section.name for section in form.sections}
        self.assertIsNotNone(label(Language.ZH, "kind", kind))
        for path in paths:
            self.assertIn(path.split("/")[0], sections)
            for language in [Language.ZH, Language.EN]:
                self.assertNotIn(field_label(language, kind, path), ["", path])

    def answer(self, handset, record):
        """Gives the best answer to whatever must be answered, until nothing more is asked."""
        while True:
            asked = [question.answer for question in handset.phone.questions(record) if question.is_required]
            unanswered = [answer for answer in asked if answer.given is None]
            if not unanswered:
                return
            handset.write(record, put(unanswered[0].path, unanswered[0].answers[0].code))

    def person(self, role):
        """Somebody with this role; who undertakes does so in the case."""
        if role == "undertaker":
            return self.centre.undertaker_of(self.case)
        return self.centre.add_person("经办人", role)

    def assign(self, kind, person):
        """Assigns what asks for the kind; gives what it is about, and the task."""
        asked = kind.asked.task
        subject = self.centre.subject_of(self.case)
        work = Work(person, subject["case"], subject["undertaker"])
        members = {person: kind.asked.duty}
        if asked == "attendance":
            hearing = next(self.centre.hearings)
            subject = self.centre.subject_of(hearing["case"])
            work = Work(person, subject["case"], subject["undertaker"])
            return work, self.centre.assign("attendance", members, hearing=hearing["id"])
        if asked in ["file_review", "assessment"]:
            round_id, _ = self.centre.begin_round(self.case)
            return work, self.centre.assign_in_round(round_id, asked, [person])
        more: dict = {"subjects": [subject]}
        if asked == "return_visit":
            more["stage"] = "after"
        if asked == "pre_hearing_report":
            more["due_at"] = (A_DAY_BEFORE + datetime.timedelta(days=8)).isoformat()
        if asked in ["reception", "inspection"]:
            more = {"organisation": self.centre.organisation}
        if asked == "inspection":
            more["inspected"] = self.centre.organisation
        return work, self.centre.assign(asked, members, **more)


if __name__ == "__main__":
    unittest.main()
