import Tingfang
import XCTest

/// What a person changed in a long text.
final class TextChangeTests: XCTestCase {
    func test_a_change_is_the_one_part_that_is_other_than_before() {
        let cases: [(String, String, (UInt32, UInt32, String))] = [
            ("", "开庭。", (0, 0, "开庭。")),
            ("开庭。", "开庭。休庭。", (3, 0, "休庭。")),
            ("开庭。休庭。", "开庭。", (3, 3, "")),
            ("辩护人到庭。", "辩护人准时到庭。", (3, 0, "准时")),
            ("哈哈", "哈哈哈", (2, 0, "哈")),
            ("哈哈哈", "哈哈", (2, 1, "")),
            // Counted in code points, not in what looks like one sign.
            ("𠮷👨‍👩‍👧。", "𠮷👨‍👩‍👧!", (6, 1, "!")),
            ("甲乙丙", "", (0, 3, "")),
        ]
        for (before, after, (at, delete, insert)) in cases {
            XCTAssertEqual(
                FieldEdit.change(of: "narrative", from: before, to: after),
                .splice(path: "narrative", at: at, delete: delete, insert: insert)
            )
        }
        XCTAssertNil(FieldEdit.change(of: "narrative", from: "开庭。", to: "开庭。"))
    }

    func test_what_others_wrote_since_stays() {
        let cases: [(String, String, String, String)] = [
            ("公开开庭。", "公开开庭。休庭。", "上午公开开庭。", "上午公开开庭。休庭。"),
            ("公开开庭。", "上午公开开庭。", "公开开庭。休庭。", "上午公开开庭。休庭。"),
            ("甲乙丙", "甲丙", "甲乙丙丁", "甲丙丁"),
            ("甲乙丙", "甲丁丙", "甲戊丙", "甲丁戊丙"),
            ("", "甲", "乙", "甲乙"),
        ]
        for (before, after, now, merged) in cases {
            let edit = FieldEdit.change(of: "narrative", from: before, to: after, now: now)
            guard case .splice(_, let at, let delete, let insert) = edit else { return XCTFail("\(after)") }
            var text = Array(now.unicodeScalars)
            text.replaceSubrange(Int(at)..<Int(at + delete), with: insert.unicodeScalars)
            XCTAssertEqual(String(String.UnicodeScalarView(text)), merged)
        }
        let gone = FieldEdit.change(of: "narrative", from: "甲乙丙", to: "甲丙", now: "丙")
        XCTAssertNil(gone, "others have deleted it already")
    }
}
