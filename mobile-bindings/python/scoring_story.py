"""From a file to what it comes to: a reviewer marks, and assessors score through the face that an app sees."""

import unittest

from tingfang import TingfangError

from handset import Handset, number, put
from stage import Story, setUpModule


class ScoringAFile(Story):
    """What a reviewer marks in a file, assessors score item by item, each for themselves."""

    def setUp(self):
        super().setUp()
        criminal = (case for case in self.centre.manager.all("/cases") if case["kind"] == "criminal")
        self.case = next(criminal)["id"]
        self.round_id, self.rubric = self.centre.begin_round(self.case)

    def test_an_assessor_scores_what_was_reviewed_and_sees_at_once_what_it_comes_to(self):
        self.review()
        people = [self.centre.add_person(name, "assessor") for name in ["周敏", "吴桐"]]
        task = self.centre.assign_in_round(self.round_id, "assessment", people)
        assessor, other = (Handset.enrolled(self.centre, person) for person in people)
        assessor.sync()
        sheet = assessor.phone.start(task, "scoresheet")
        score = assessor.phone.score(sheet)
        self.assertEqual((score.earned, score.applicable, score.score), (0, 0, None))
        self.assertEqual(score.undecided, len(score.items))
        first, second, third, *rest = score.items
        self.assertEqual((first.default_points, second.default_points), (first.most, 0))
        self.assertIn("案卷", first.evidence.zh)
        self.decide(assessor, sheet, first, "accepted", first.default_points)
        self.comes_to(assessor, sheet, first.most, first.most, len(rest) + 2)
        half = second.most // 2
        self.decide(assessor, sheet, second, "adjusted", half)
        self.comes_to(assessor, sheet, first.most + half, first.most + second.most, len(rest) + 1)
        assessor.write(sheet, put(f"decisions/{third.item}", "not_applicable"))
        self.comes_to(assessor, sheet, first.most + half, first.most + second.most, len(rest))

        needing = [item.item for item in assessor.phone.score(sheet).items if item.needs_reason]
        self.assertEqual(needing, [second.item, third.item])
        with self.assertRaises(TingfangError.Incomplete) as unreasoned:
            assessor.phone.seal(sheet)
        self.assertEqual(unreasoned.exception.missing, [f"reasons/{item}" for item in needing])
        assessor.write(sheet, *(put(f"reasons/{item}", "阅卷所见与依据不一") for item in needing))
        for item in rest:
            self.decide(assessor, sheet, item, "accepted", item.default_points)
        whole = assessor.phone.score(sheet)
        self.assertEqual((whole.undecided, [item for item in whole.items if item.needs_reason]), (0, []))
        assessor.phone.seal(sheet)
        assessor.sync()
        self.assertEqual(self.scores(), [(sheet, True, None), (None, False, None)], "nobody sees one alone")

        other.sync()
        second_sheet = other.phone.start(task, "scoresheet")
        for item in other.phone.score(second_sheet).items:
            self.decide(other, second_sheet, item, "accepted", item.default_points)
        other.phone.seal(second_sheet)
        other.sync()
        second_score = other.phone.score(second_sheet).score
        self.assertNotEqual(second_score, whole.score)
        expected = [(sheet, True, whole.score), (second_sheet, True, second_score)]
        self.assertEqual(self.scores(), expected)

    def review(self):
        """Somebody reads the file: the first item is all there, nothing of the second, and most of the others."""
        reviewer = Handset.enrolled(self.centre, self.centre.add_person("孙立", "assessor"))
        task = self.centre.assign_in_round(self.round_id, "file_review", [reviewer.phone.profile().person])
        reviewer.sync()
        review = reviewer.phone.start(task, "file_review")
        first, second, *others = self.centre.rubric_items(self.rubric)
        marks = {first: "full", second: "none"} | {item: "mostly" for item in others}
        reviewer.write(review, *(put(f"marks/{item}", mark) for item, mark in marks.items()))
        reviewer.phone.seal(review)
        reviewer.sync()

    def decide(self, assessor, sheet, item, decision, given):
        edits = [put(f"decisions/{item.item}", decision)]
        if given is not None:
            edits.append(number(f"points/{item.item}", given))
        assessor.write(sheet, *edits)

    def comes_to(self, assessor, sheet, earned, applicable, undecided):
        score = assessor.phone.score(sheet)
        self.assertEqual((score.earned, score.applicable, score.undecided), (earned, applicable, undecided))
        self.assertEqual(score.score, round(earned * 10_000 / applicable))

    def scores(self):
        """What the manager sees of the sheets: which, whether it is sealed, and what it comes to."""
        [case] = self.centre.manager.get(f"/rounds/{self.round_id}/scoresheets")["items"]
        return [(sheet.get("record"), sheet["sealed"], sheet.get("score")) for sheet in case["sheets"]]


if __name__ == "__main__":
    unittest.main()
