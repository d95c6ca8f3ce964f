import Foundation
import Tingfang
import XCTest

/// Whoever is called by the library may call it.
final class CallingBackStory: Story {
    func test_a_listener_writes_into_the_record_of_which_it_hears_and_shows_it() async throws {
        let pair = try await Pair(at: desk)
        let (record, phone) = (try pair.begin(), pair.chair.phone)
        let inside = Inside<Change, FieldValue?> { _ in
            _ = try phone.edit(record: record, edits: [tell("听后补记。")])
            return try narrative(of: record, on: phone)
        }
        let subscription = phone.listen(listener: ScriptedListener(change: inside.run))
        try pair.chair.write(record, tell("公开开庭。"))
        let shown = try await inside.result()
        XCTAssertEqual(shown, .text(value: "公开开庭。听后补记。"))
        _ = try await sent(from: pair.chair)
        XCTAssertEqual(try desk.content(record)["narrative"] as? String, "公开开庭。听后补记。")
        subscription.cancel()
    }

    func test_a_listener_gives_up_listening_and_hears_nothing_more() async throws {
        let pair = try await Pair(at: desk)
        let (record, phone) = (try pair.begin(), pair.chair.phone)
        let own = Later<Subscription>()
        let inside = Inside<Change, Void> { _ in try own.take().cancel() }
        own.give(phone.listen(listener: ScriptedListener(change: inside.run)))
        try pair.chair.write(record, tell("公开开庭。"))
        try await inside.result()
        _ = try await sent(from: pair.chair)
        let other = Inside<Change, Void> { _ in }
        let subscription = phone.listen(listener: ScriptedListener(change: other.run))
        try pair.chair.write(record, tell("休庭。"))
        try await other.result()
        XCTAssertEqual(inside.told, [.record(record: record)])
        subscription.cancel()
    }

    func test_a_listener_shuts_the_phone() async throws {
        let pair = try await Pair(at: desk)
        let (record, phone) = (try pair.begin(), pair.chair.phone)
        let inside = Inside<Change, Void> { _ in phone.shut() }
        let subscription = phone.listen(listener: ScriptedListener(change: inside.run))
        try pair.chair.write(record, tell("公开开庭。"))
        try await inside.result()
        let closed = await failure { try await inTime { try phone.show(record: record) } }
        XCTAssertEqual(closed, .Closed)
        subscription.cancel()
        try pair.chair.restart()
        XCTAssertEqual(try narrative(of: record, on: pair.chair.phone), .text(value: "公开开庭。"))
    }

    func test_who_hears_how_far_a_sync_is_shows_a_record_and_cancels_the_sync() async throws {
        let pair = try await Pair(at: desk)
        let (record, phone, wire) = (try pair.begin(), pair.chair.phone, pair.chair.transport)
        _ = try pair.chair.scanned(record)
        let own = Later<SyncTask>()
        let inside = Inside<SyncProgress, SyncState> { _ in
            let shown = try phone.show(record: record).sync
            try own.take().cancel()
            return shown
        }
        // Everything arrives but the bytes of the file.
        let hanging = HangingTransport()
        let transport = ScriptedTransport { request, reply in
            if request.method == "PATCH" {
                try hanging.send(request: request, reply: reply)
            } else {
                try wire.send(request: request, reply: reply)
            }
        }
        let syncing = try phone.startSync(transport: transport, listener: ScriptedListener(sync: inside.run))
        own.give(syncing)
        let shown = try await inside.result()
        XCTAssertEqual(shown, .stored, "text comes first")
        let cancelled = try await end(of: syncing)
        XCTAssertEqual(cancelled.end, .cancelled)
        let report = try await sent(from: pair.chair)
        XCTAssertEqual(report.filesSent, 1)
    }

    func test_who_hears_how_far_a_fetch_is_writes_into_the_record() async throws {
        let pair = try await Pair(at: desk)
        let (record, phone) = (try pair.begin(), pair.observer.phone)
        let digest = try pair.chair.scanned(record)
        try await pair.meet()
        let inside = Inside<FetchProgress, [EntryId]> { _ in
            try phone.edit(record: record, edits: [tell("已看评分表。")])
        }
        let fetching = try phone.startFetch(
            record: record, digest: digest, transport: pair.observer.transport,
            listener: ScriptedListener(fetch: inside.run)
        )
        let fetched = try await end(of: fetching)
        XCTAssertEqual(fetched, .complete)
        _ = try await inside.result()
        XCTAssertEqual(try narrative(of: record, on: phone), .text(value: "已看评分表。"))
    }

    func test_a_transport_that_is_sending_reads_and_writes_and_begins_no_second_sync() async throws {
        let pair = try await Pair(at: desk)
        let (record, phone, wire) = (try pair.begin(), pair.chair.phone, pair.chair.transport)
        try pair.chair.write(record, tell("公开开庭。"))
        let inside = Inside<UInt64, FieldValue?> { _ in
            try refusesASecondSync(phone, over: wire)
            _ = try phone.edit(record: record, edits: [tell("发送时写下。")])
            return try narrative(of: record, on: phone)
        }
        let transport = ScriptedTransport { request, reply in
            inside.run(request.number)
            try wire.send(request: request, reply: reply)
        }
        let report = try await end(of: phone.startSync(transport: transport))
        XCTAssertEqual(report.end, .complete)
        let shown = try await inside.result()
        XCTAssertEqual(shown, .text(value: "公开开庭。发送时写下。"))
        _ = try await sent(from: pair.chair)
        XCTAssertEqual(try desk.content(record)["narrative"] as? String, "公开开庭。发送时写下。")
    }

    func test_a_transport_that_shuts_the_phone_ends_the_sync_and_loses_nothing() async throws {
        let pair = try await Pair(at: desk)
        let (record, phone, wire) = (try pair.begin(), pair.chair.phone, pair.chair.transport)
        try pair.chair.write(record, tell("公开开庭。"))
        let inside = Inside<UInt64, Void> { _ in phone.shut() }
        let transport = ScriptedTransport { request, reply in
            inside.run(request.number)
            try wire.send(request: request, reply: reply)
        }
        let report = try await end(of: phone.startSync(transport: transport))
        XCTAssertEqual(report.end, .cancelled)
        try await inside.result()
        try pair.chair.restart()
        _ = try await sent(from: pair.chair)
        XCTAssertEqual(try desk.content(record)["narrative"] as? String, "公开开庭。")
    }

    func test_a_transport_that_is_to_give_up_shows_a_record() async throws {
        let pair = try await Pair(at: desk)
        let (record, phone) = (try pair.begin(), pair.chair.phone)
        try pair.chair.write(record, tell("公开开庭。"))
        let inside = Inside<UInt64, FieldValue?> { _ in try narrative(of: record, on: phone) }
        let transport = TransportThatGivesUp(inside.run)
        let syncing = try phone.startSync(transport: transport)
        _ = try await transport.nextRequest()
        syncing.cancel()
        let shown = try await inside.result()
        XCTAssertEqual(shown, .text(value: "公开开庭。"))
        let report = try await end(of: syncing)
        XCTAssertEqual(report.end, .cancelled)
        _ = try await sent(from: pair.chair)
        XCTAssertEqual(try desk.content(record)["narrative"] as? String, "公开开庭。")
    }

    func test_a_key_store_that_keeps_reads_and_begins_no_second_sync() async throws {
        let pair = try await Pair(at: desk)
        let (record, wire) = (try pair.begin(), pair.chair.transport)
        try pair.chair.write(record, tell("公开开庭。"))
        pair.chair.phone.shut()
        let keys = CallingKeyStore(pair.chair.keys)
        let phone = try Tingfang.open(path: pair.chair.path, profile: pair.chair.profile, keyStore: keys)
        let inside = Inside<Bool, FieldValue?> { _ in
            try refusesASecondSync(phone, over: wire)
            return try narrative(of: record, on: phone)
        }
        keys.call(inside.run)
        let report = try await end(of: phone.startSync(transport: wire))
        XCTAssertEqual(report.end, .complete)
        let shown = try await inside.result()
        XCTAssertEqual(shown, .text(value: "公开开庭。"))
        XCTAssertEqual(try desk.content(record)["narrative"] as? String, "公开开庭。")
        phone.shut()
        try pair.chair.restart()
    }

    func test_a_key_store_that_writes_while_it_keeps_is_given_up_and_nothing_is_lost() async throws {
        let pair = try await Pair(at: desk)
        let (record, wire) = (try pair.begin(), pair.chair.transport)
        try pair.chair.write(record, tell("公开开庭。"))
        pair.chair.phone.shut()
        let keys = CallingKeyStore(pair.chair.keys)
        let phone = try Tingfang.open(
            path: pair.chair.path, profile: pair.chair.profile, keyStore: keys, keyPatienceS: 2
        )
        let inside = Inside<Bool, [EntryId]> { _ in
            try phone.edit(record: record, edits: [tell("保存时写下。")])
        }
        keys.call(inside.run)
        let silent = await failure { try await end(of: phone.startSync(transport: wire)) }
        XCTAssertEqual(silent, .Host(reason: "the key store does not answer"))
        _ = try await inside.result()
        XCTAssertEqual(try narrative(of: record, on: phone), .text(value: "公开开庭。保存时写下。"))
        phone.shut()
        try pair.chair.restart()
        _ = try await sent(from: pair.chair)
        XCTAssertEqual(try desk.content(record)["narrative"] as? String, "公开开庭。保存时写下。")
    }

    func test_a_key_store_that_is_asked_calls_a_phone_that_is_open_already() async throws {
        let pair = try await Pair(at: desk)
        let (record, openAlready) = (try pair.begin(), pair.chair.phone)
        let (path, profile) = (pair.chair.path, pair.chair.profile)
        let keys = CallingKeyStore(pair.chair.keys)
        let inside = Inside<Bool, [EntryId]> { _ in
            try openAlready.edit(record: record, edits: [tell("打开时写下。")])
        }
        keys.call(inside.run)
        let phone = try await inTime { try Tingfang.open(path: path, profile: profile, keyStore: keys) }
        _ = try await inside.result()
        XCTAssertEqual(try narrative(of: record, on: phone), .text(value: "打开时写下。"))
        phone.shut()
    }

    /// Sends and reads everything.
    private func sent(from handset: Handset) async throws -> SyncReport {
        let report = try await end(of: handset.phone.startSync(transport: handset.transport))
        XCTAssertEqual(report.end, .complete)
        return report
    }
}

private func narrative(of record: DocumentId, on phone: Tingfang) throws -> FieldValue? {
    try phone.show(record: record).fields.first { $0.path == "narrative" }?.value
}

/// Asks for a sync while another is under way.
private func refusesASecondSync(_ phone: Tingfang, over wire: any Transport) throws {
    do {
        _ = try phone.startSync(transport: wire)
        XCTFail("a second sync began")
    } catch TingfangError.SyncUnderWay {}
}

/// A key store that calls back before it answers, once it is told what to do. It says whether it was to keep something.
private final class CallingKeyStore: KeyStore, @unchecked Sendable {
    private let keys: FileKeyStore
    private let lock = NSLock()
    private var callBack: (@Sendable (Bool) -> Void)?

    init(_ keys: FileKeyStore) {
        self.keys = keys
    }

    func call(_ callBack: @escaping @Sendable (Bool) -> Void) {
        lock.lock()
        defer { lock.unlock() }
        self.callBack = callBack
    }

    func load() throws -> Data? {
        asked?(false)
        return try keys.load()
    }

    func save(secrets: Data) throws {
        asked?(true)
        try keys.save(secrets: secrets)
    }

    private var asked: (@Sendable (Bool) -> Void)? {
        lock.lock()
        defer { lock.unlock() }
        return callBack
    }
}
