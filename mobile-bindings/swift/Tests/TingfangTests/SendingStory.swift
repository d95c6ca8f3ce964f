import Foundation
import Tingfang
import XCTest

/// What comes of what was written.
final class SendingStory: Story {
    func test_what_the_server_refuses_is_shown_with_its_words_and_its_reason() async throws {
        let pair = try await Pair(at: desk)
        let record = try pair.observer.start(pair.attendance.assignment)
        try pair.observer.write(record, tell("还不知道要回避。"))
        try desk.relate(pair.attendance.case, pair.observer.profile.person)
        let report = try await pair.observer.sync()
        XCTAssertGreaterThan(report.notAccepted, 0)
        let first = try pair.observer.phone.refused(limit: 1)
        let second = try pair.observer.phone.refused(after: XCTUnwrap(first.next))
        let refused = first.items + second.items
        XCTAssertEqual(Set(refused.map(\.rule)), ["relation_bars"])
        XCTAssertEqual(Set(refused.map(\.record)), [record])
        XCTAssertEqual(Set(refused.map(\.kind)), ["attendance"])
        XCTAssertTrue(refused.flatMap(\.edits).contains(tell("还不知道要回避。")))
        let sentence = label(language: .zh, section: "rule", key: "relation_bars")
        XCTAssertEqual(sentence?.contains("回避"), true)
        XCTAssertEqual(try pair.observer.phone.show(record: record).sync, .attention)
    }

    func test_a_sync_that_was_cancelled_is_resumed_by_the_next() async throws {
        let pair = try await Pair(at: desk)
        let record = try pair.begin()
        try pair.chair.write(record, tell("开庭。"))
        let transport = HangingTransport()
        let phone = pair.chair.phone
        let syncing = Task { try await phone.sync(over: transport) }
        let number = try await transport.nextRequest()
        let second = await failure { try await pair.chair.sync() }
        XCTAssertEqual(second, .SyncUnderWay)
        try pair.chair.write(record, tell("同步时写下。"))
        syncing.cancel()
        let report = try await syncing.value
        XCTAssertEqual(report.end, .cancelled)
        let cancelled = try await transport.nextCancelled()
        XCTAssertEqual(cancelled, number)
        XCTAssertEqual(try phone.show(record: record).sync, .waiting)

        try await pair.chair.sync()
        XCTAssertEqual(try phone.show(record: record).sync, .stored)
        XCTAssertEqual(try desk.content(record)["narrative"] as? String, "开庭。同步时写下。")
    }

    func test_progress_and_changes_are_told_while_a_sync_runs() async throws {
        let pair = try await Pair(at: desk)
        let record = try pair.begin()
        let changes = pair.chair.phone.changes()
        try pair.chair.write(record, tell("开庭。"))
        let (told, tell) = AsyncStream<SyncProgress>.makeStream()
        _ = try await pair.chair.phone.sync(over: pair.chair.transport) { tell.yield($0) }
        var progress = told.makeAsyncIterator()
        let last = await progress.next()
        XCTAssertEqual(last?.waiting, 0)
        var heard = changes.makeAsyncIterator()
        let written = await heard.next()
        XCTAssertEqual(written?.concerns(record), true)
        var next = await heard.next()
        while let change = next, change != .synced {
            next = await heard.next()
        }
        XCTAssertEqual(next, .synced)
    }

    func test_an_attachment_reaches_the_other_phone() async throws {
        let pair = try await Pair(at: desk)
        let record = try pair.begin()
        let scan = NewAttachment(purpose: .scan, mediaType: .jpeg, name: "旁听笔记.jpg")
        let bytes = Data([0xff, 0xd8, 0xff, 0xe0]) + Data((0..<1_500_000).map { UInt8(truncatingIfNeeded: $0 % 251) })
        let early = await failure {
            try pair.chair.phone.attachBytes(record: record, attachment: scan, bytes: bytes)
        }
        XCTAssertEqual(early, .NotAllowed(rule: "scan_after_leaving"))
        try pair.chair.write(record, put("facts/left_at", at: Date(timeIntervalSinceNow: -3600)))
        let entry = try pair.chair.phone.attachBytes(record: record, attachment: scan, bytes: bytes)
        let attached = try XCTUnwrap(pair.chair.phone.attachments(record: record).first)
        XCTAssertEqual(attached.entry, entry)
        XCTAssertEqual(attached.state, .waiting)
        let textAlone = try await pair.chair.phone.sync(
            over: pair.chair.transport, options: SyncOptions(sendFiles: false)
        )
        XCTAssertEqual(textAlone.filesSent, 0)
        let report = try await pair.chair.sync()
        XCTAssertEqual(report.filesSent, 1)
        XCTAssertEqual(try pair.chair.phone.attachments(record: record).first?.state, .stored)

        try await pair.observer.sync()
        let (phone, digest) = (pair.observer.phone, attached.digest)
        XCTAssertEqual(try phone.attachments(record: record).first?.isHere, false)
        let file = pair.observer.folder.appendingPathComponent("shown.jpg")
        let elsewhere = await failure { try phone.writeAttachment(record: record, digest: digest, path: file.path) }
        XCTAssertEqual(elsewhere?.code(), "bad_argument")
        let end = try await phone.fetch(digest, of: record, over: pair.observer.transport)
        XCTAssertEqual(end, .complete)
        try phone.writeAttachment(record: record, digest: digest, path: file.path)
        XCTAssertEqual(try Data(contentsOf: file), bytes)
    }

    func test_an_undertaker_reads_the_grade_of_their_own_work() async throws {
        var pair = try await Pair(at: desk)
        // Not for every kind of case there is a rubric.
        while try pair.chair.phone.case(id: pair.attendance.case)?.caseKind != "criminal" {
            pair = try await Pair(at: desk)
        }
        for handset in [pair.chair, pair.observer] {
            try score(pair.attendance.assignment, on: handset)
        }
        _ = try await pair.sealed()
        XCTAssertEqual(try pair.chair.phone.agenda().items, [], "nothing is left to do")
        let aCase = pair.attendance.case
        let undertaker = try await Handset(of: desk.undertaker(of: aCase), at: desk)
        try await undertaker.sync()
        XCTAssertEqual(try undertaker.phone.results().items, [])
        let decision = try desk.graded(aCase)
        try await undertaker.sync()
        let result = try XCTUnwrap(undertaker.phone.results().items.first)
        XCTAssertEqual([result.decision, result.case], [decision, aCase])
        XCTAssertEqual(result.state, .final)
        let told = try XCTUnwrap(result.told)
        XCTAssertFalse(told.explanation.zh.isEmpty)
        XCTAssertNotEqual(told.grade.label(in: .zh), told.grade.code)
    }

    /// Fills in an observer's own sheet with all the points that there are, and seals it.
    private func score(_ assignment: AssignmentId, on handset: Handset) throws {
        let sheet = try handset.phone.start(assignment: assignment, kind: "observer_sheet")
        let items = try XCTUnwrap(handset.phone.score(record: sheet)).items
        for item in items {
            try handset.write(sheet, .set(path: "points/\(item.item)", value: .integer(value: item.most)))
        }
        XCTAssertEqual(try handset.phone.score(record: sheet)?.score, 10_000)
        try handset.phone.seal(record: sheet)
    }
}
