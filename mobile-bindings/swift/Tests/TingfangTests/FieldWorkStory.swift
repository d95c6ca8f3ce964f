import Tingfang
import XCTest

/// From the task to the seal.
final class FieldWorkStory: Story {
    func test_a_month_without_a_network_costs_nothing() async throws {
        let (chair, observer) = (try desk.person("陈晓燕"), try desk.person("刘志远"))
        var assignments: [AssignmentId] = []
        for _ in 0..<4 {
            assignments.append(try desk.attendance(chair: chair, observer: observer).assignment)
        }
        let handset = try await Handset(of: chair, at: desk)
        try await handset.sync()
        XCTAssertEqual(Set(try handset.phone.agenda().items.map(\.task.assignment)), Set(assignments))
        XCTAssertEqual(try handset.phone.caseCount(), 4)

        try desk.cutOff()
        var records: [DocumentId] = []
        for (day, assignment) in assignments.enumerated() {
            let record = try handset.start(assignment)
            let entries = try handset.write(
                record, tell("第\(day + 1)次旁听。"), finding("ordinary", "未围绕争议焦点发问"),
                put("facts/outcome", "attended"), handset.done
            )
            XCTAssertEqual(entries.count, 1)
            records.append(record)
            let offline = await failure { try await handset.sync() }
            XCTAssertEqual(offline, .Offline(retryAfterS: nil))
            // The phone is switched off at night.
            try handset.restart()
        }
        XCTAssertEqual(try handset.phone.agenda().items.map(\.progress), Array(repeating: .underWay, count: 4))
        XCTAssertEqual(try handset.phone.records().count, 4)
        let found = try await handset.phone.inBackground { try $0.search(text: "第3次") }
        XCTAssertEqual(found.items.map(\.record), [records[2]])
        let waiting = try handset.phone.status().waiting
        XCTAssertGreaterThan(waiting, 0)

        try desk.serve()
        let report = try await handset.sync()
        XCTAssertEqual([report.stored, report.notAccepted], [waiting, 0])
        for (day, record) in records.enumerated() {
            XCTAssertEqual(try handset.phone.show(record: record).sync, .stored)
            XCTAssertEqual(try desk.content(record)["narrative"] as? String, "第\(day + 1)次旁听。")
        }
    }

    func test_a_conflict_is_shown_with_both_writers_until_the_chair_settles_it() async throws {
        let pair = try await Pair(at: desk)
        let record = try pair.begin()
        try pair.chair.write(record, put("facts/outcome", "attended"))
        try pair.observer.write(record, put("facts/outcome", "adjourned"))
        try await pair.meet()
        let conflict = try XCTUnwrap(pair.chair.phone.show(record: record).conflicts.first)
        XCTAssertEqual([conflict.path, conflict.codes], ["facts/outcome", "attendance_outcome"])
        let authors = Dictionary(
            uniqueKeysWithValues: conflict.candidates.map { ($0.value, $0.authorship) }
        )
        guard case .here = authors[.text(value: "attended")] else { return XCTFail("\(authors)") }
        guard case .elsewhere(let writer, let device, _, let from?, let until) = authors[.text(value: "adjourned")]
        else { return XCTFail("\(authors)") }
        XCTAssertEqual([writer, device], ["刘志远", pair.observer.profile.device])
        XCTAssertLessThanOrEqual(from, until)

        try pair.chair.write(record, put("facts/outcome", "attended"))
        try await pair.meet()
        for handset in [pair.chair, pair.observer] {
            XCTAssertEqual(try handset.phone.show(record: record).conflicts, [])
            XCTAssertEqual(try handset.values(record)["facts/outcome"], .text(value: "attended"))
        }
    }

    func test_the_chair_seals_when_nothing_is_missing_and_the_server_has_the_seal() async throws {
        let pair = try await Pair(at: desk)
        let record = try pair.begin()
        let early = await failure { try pair.chair.phone.seal(record: record) }
        guard case .Incomplete(let missing) = early else { return XCTFail("\(String(describing: early))") }
        XCTAssertEqual(Set(missing), ["facts/outcome", pair.chair.place, pair.observer.place])
        XCTAssertEqual(try pair.chair.phone.show(record: record).missing, missing)
        XCTAssertEqual(fieldLabel(language: .zh, kind: "attendance", path: "facts/outcome"), "旁听结果")

        let same = try await pair.sealed()
        XCTAssertEqual(same, record)
        XCTAssertEqual(try pair.chair.phone.show(record: record).stage, .stored)
        try await pair.observer.sync()
        XCTAssertTrue(try pair.observer.phone.show(record: record).sealed)
        XCTAssertEqual(try desk.content(record)["narrative"] as? String, "辩护人当庭提交书面意见。")
        let late = await failure { try pair.observer.write(record, tell("补记。")) }
        XCTAssertEqual(late, .NotAllowed(rule: "record_sealed"))
    }

    func test_in_a_court_room_nothing_is_sent() async throws {
        let pair = try await Pair(at: desk)
        let record = try pair.begin()
        let inside = try pair.chair.phone.enterCourtRoom(record: record)
        XCTAssertEqual(inside.record, record)
        let error = await failure { try await pair.chair.sync() }
        XCTAssertEqual(error?.code(), "in_court_room")
        try pair.chair.phone.leaveCourtRoom()
        let report = try await pair.chair.sync()
        XCTAssertEqual(report.end, .complete)
    }
}
