import Foundation
import Tingfang
import XCTest

/// What the app's own side does wrong costs nothing that was written.
final class BadHostStory: Story {
    func test_a_phone_that_was_shut_says_so_and_opens_again() async throws {
        let pair = try await Pair(at: desk)
        let record = try pair.begin()
        let phone = pair.chair.phone
        phone.shut()
        phone.shut()
        let read = await failure { try phone.show(record: record) }
        XCTAssertEqual(read, .Closed)
        let written = await failure { try phone.edit(record: record, edits: [tell("补记。")]) }
        XCTAssertEqual(written, .Closed)
        let sent = await failure { try await pair.chair.sync() }
        XCTAssertEqual(sent, .Closed)
        try pair.chair.restart()
        XCTAssertEqual(try pair.chair.phone.show(record: record).record, record)
    }

    func test_a_text_that_is_no_id_is_a_bad_argument() async throws {
        let handset = try await Handset(of: desk.person("陈晓燕"), at: desk)
        let phone = handset.phone
        let tooLong = String(repeating: "0", count: 100_000)
        for text in ["", "云援刑字第17号", "019a2b3c-0000-7000-8000-00000000000", "\u{0}", tooLong] {
            let shown = await failure { try phone.show(record: text) }
            XCTAssertEqual(shown?.code(), "bad_argument")
            let begun = await failure { try phone.start(assignment: text, kind: "attendance") }
            XCTAssertEqual(begun?.code(), "bad_argument")
            let fetched = await failure {
                try await phone.fetchAttachment(record: text, digest: text, transport: handset.transport)
            }
            XCTAssertEqual(fetched?.code(), "bad_argument")
        }
        let nowhere = "019a2b3c-0000-7000-8000-000000000000"
        let error = await failure { try phone.show(record: nowhere) }
        XCTAssertEqual(error, .NoSuchRecord(record: nowhere))
        XCTAssertNil(try phone.case(id: nowhere))
    }

    func test_a_listener_that_throws_hears_of_the_next_change() async throws {
        let pair = try await Pair(at: desk)
        let record = try pair.begin()
        let listener = ThrowingListener()
        let subscription = pair.chair.phone.listen(listener: listener)
        for words in ["开庭。", "休庭。"] {
            try pair.chair.write(record, tell(words))
            let change = try await listener.heard.next()
            XCTAssertEqual(change, .record(record: record))
        }
        subscription.cancel()
        let task = try pair.chair.phone.startSync(transport: pair.chair.transport, listener: ThrowingListener())
        let report = try await task.outcome()
        XCTAssertEqual(report.end, .complete)
    }

    func test_a_key_store_that_refuses_ends_the_enrolment_in_its_own_words() async throws {
        let code = try readEnrolmentCode(text: desk.enrolment(desk.person("陈晓燕")))
        let locked = TingfangError.NoKeys(reason: "the key chain is locked")
        let refused = { (thrown: any Error) in
            await self.failure {
                let keys = RefusingKeyStore(thrown)
                return try await enrol(
                    code: code, deviceName: "旁听手机", keyStore: keys, transport: URLSessionTransport()
                )
            }
        }
        let told = await refused(locked)
        XCTAssertEqual(told, locked)
        let undeclared = await refused(Surprise())
        XCTAssertEqual(undeclared?.code(), "host")
        // Both were refused before the code was spent.
        _ = try await Handset(code: code)
    }

    func test_a_phone_whose_keys_are_lost_is_opened_by_the_centre_and_goes_on() async throws {
        let pair = try await Pair(at: desk)
        let (record, chair) = (try pair.begin(), pair.chair)
        try chair.write(record, tell("开庭。"))
        chair.phone.shut()
        try chair.keys.save(secrets: Data())
        let lost = await failure { try chair.restart() }
        XCTAssertEqual(lost?.code(), "no_keys")
        let request = try recoveryRequest(path: chair.path, profile: chair.profile, keyStore: chair.keys)
        try recover(profile: chair.profile, keyStore: chair.keys, answer: desk.openPhone(request))
        try chair.restart()
        try await chair.sync()
        XCTAssertEqual(try desk.content(record)["narrative"] as? String, "开庭。")
    }

    func test_a_key_store_that_never_answers_is_given_up() async throws {
        let handset = try await Handset(of: desk.person("陈晓燕"), at: desk)
        handset.phone.shut()
        let (path, profile, hanging) = (handset.path, handset.profile, HangingKeyStore())
        let silent = await failure {
            try Tingfang.open(path: path, profile: profile, keyStore: hanging, keyPatienceS: 1)
        }
        hanging.goOn.signal()
        XCTAssertEqual(silent, .Host(reason: "the key store does not answer"))
        try handset.restart()
    }

    func test_a_hardware_key_that_is_none_or_refuses_ends_the_enrolment() async throws {
        let code = try readEnrolmentCode(text: desk.enrolment(desk.person("陈晓燕")))
        let bad: [(HardwareKey, String)] = [
            (ScriptedKey { Data([4]) }, "bad_argument"),
            (ScriptedKey { Data() }, "bad_argument"),
            (ScriptedKey { throw Surprise() }, "host"),
            (ScriptedKey { throw TingfangError.NoKeys(reason: "the key is gone") }, "no_keys"),
        ]
        for (key, expected) in bad {
            let error = await failure {
                try await enrol(
                    code: code,
                    deviceName: "旁听手机",
                    keyStore: RefusingKeyStore(Surprise()),
                    transport: URLSessionTransport(),
                    hardwareKey: key
                )
            }
            XCTAssertEqual(error?.code(), expected)
        }
        _ = try await Handset(code: code)
    }

    func test_a_sync_ends_with_what_the_transport_throws_and_the_next_sends_everything() async throws {
        let pair = try await Pair(at: desk)
        let record = try pair.begin()
        try pair.chair.write(record, tell("开庭。"))
        let page = HttpResponse(
            status: 200,
            headers: [HttpHeader(name: "Content-Type", value: "text/html; charset=gbk")],
            body: Data("<html>请登录</html>".utf8)
        )
        let bad: [(ScriptedTransport, String)] = [
            (ScriptedTransport { _, _ in throw TingfangError.TokenRefused }, "token_refused"),
            (ScriptedTransport { _, _ in throw Surprise() }, "host"),
            (ScriptedTransport { _, _ in }, "host"),
            (ScriptedTransport { _, reply in reply.fail(failure: .notTrusted(reason: "旧证书")) }, "not_trusted"),
            (ScriptedTransport { _, reply in reply.complete(response: page) }, "not_the_server"),
            (
                ScriptedTransport { _, reply in
                    reply.fail(failure: .noConnection)
                    reply.complete(response: page)
                    throw Surprise()
                }, "offline"
            ),
        ]
        for (transport, code) in bad {
            let error = await failure { try await pair.chair.phone.sync(over: transport) }
            XCTAssertEqual(error?.code(), code)
        }
        XCTAssertEqual(try pair.chair.phone.show(record: record).sync, .waiting)
        try await pair.chair.sync()
        XCTAssertEqual(try pair.chair.phone.show(record: record).sync, .stored)
    }

    func test_a_transport_that_hangs_is_given_up_and_its_late_answer_is_dropped() async throws {
        let pair = try await Pair(at: desk)
        let transport = HangingTransport()
        let options = SyncOptions(patienceS: 1)
        let error = await failure { try await pair.chair.phone.sync(over: transport, options: options) }
        XCTAssertEqual(error, .Offline(retryAfterS: nil))
        let (asked, cancelled) = (try await transport.nextRequest(), try await transport.nextCancelled())
        XCTAssertEqual(asked, cancelled)
        let reply = try await transport.nextReply()
        XCTAssertFalse(reply.isWanted())
        reply.complete(response: HttpResponse(status: 200, headers: [], body: Data()))
        let report = try await pair.chair.sync()
        XCTAssertEqual(report.end, .complete)
    }

    func test_cancelling_a_sync_hangs_up_on_a_server_that_hangs() async throws {
        let portal = try Portal()
        let handset = try await Handset(of: desk.person("陈晓燕"), at: desk)
        try handset.restart(server: portal.address + "/hang")
        let (phone, transport) = (handset.phone, handset.transport)
        let syncing = Task { try await phone.sync(over: transport) }
        XCTAssertEqual(try portal.hear(), "hangs")
        let cancelledAt = Date()
        syncing.cancel()
        let report = try await syncing.value
        XCTAssertEqual(report.end, .cancelled)
        XCTAssertEqual(try portal.hear(), "left")
        // The session by itself would leave when its patience ends, after a minute.
        XCTAssertLessThan(Date().timeIntervalSince(cancelledAt), 30)
    }

    func test_a_task_that_is_cancelled_already_syncs_nothing() async throws {
        let handset = try await Handset(of: desk.person("陈晓燕"), at: desk)
        let (phone, transport) = (handset.phone, handset.transport)
        let syncing = Task {
            while !Task.isCancelled {
                await Task.yield()
            }
            return try await phone.sync(over: transport)
        }
        syncing.cancel()
        let report = try await syncing.value
        XCTAssertEqual(report.end, .cancelled)
    }
}

/// An error that nobody has declared.
private struct Surprise: Error {}

private final class RefusingKeyStore: KeyStore {
    private let error: any Error

    init(_ error: any Error) {
        self.error = error
    }

    func load() throws -> Data? {
        throw error
    }

    func save(secrets: Data) throws {
        throw error
    }
}

private final class HangingKeyStore: KeyStore {
    let goOn = DispatchSemaphore(value: 0)

    func load() throws -> Data? {
        goOn.wait()
        return nil
    }

    func save(secrets: Data) throws {}
}

private final class ScriptedKey: HardwareKey {
    private let point: @Sendable () throws -> Data

    init(_ point: @escaping @Sendable () throws -> Data) {
        self.point = point
    }

    func publicKey() throws -> Data {
        try point()
    }

    func sign(message: Data) throws -> Data {
        Data()
    }
}

private final class ThrowingListener: Listener, SyncListener {
    let heard = Inbox<Change>()

    func onChange(change: Change) throws {
        heard.put(change)
        throw Surprise()
    }

    func onProgress(progress: SyncProgress) throws {
        throw Surprise()
    }
}
