import Foundation
import Tingfang
import XCTest

/// Who only hears, or is only told to give up, may throw or never come back: it harms nobody, and the next is served.
final class BadListenerStory: Story {
    func test_who_hears_how_far_it_is_and_throws_changes_nothing() async throws {
        let pair = try await Pair(at: desk)
        let record = try pair.begin()
        let digest = try pair.chair.scanned(record)
        let surprises: [any Error] = [Surprise(), TingfangError.Offline(retryAfterS: nil)]
        for thrown in surprises {
            try pair.chair.write(record, tell("开庭。"))
            let (syncs, fetches) = (Inbox<SyncProgress>(), Inbox<FetchProgress>())
            let bad = ScriptedListener(
                sync: { syncs.put($0); throw thrown },
                fetch: { fetches.put($0); throw thrown }
            )
            let chair = pair.chair
            let report = try await end(of: chair.phone.startSync(transport: chair.transport, listener: bad))
            XCTAssertEqual(report.end, .complete)
            XCTAssertGreaterThan(report.stored, 0)
            _ = try await syncs.next()
            try await pair.observer.sync()
            let phone = pair.observer.phone
            let fetched = try await end(
                of: phone.startFetch(
                    record: record, digest: digest, transport: pair.observer.transport, listener: bad
                )
            )
            XCTAssertEqual(fetched, .complete)
            _ = try await fetches.next()
            try phone.freeAttachment(record: record, digest: digest)
        }
        XCTAssertEqual(try desk.content(record)["narrative"] as? String, "开庭。开庭。")
    }

    func test_who_hears_how_far_it_is_and_never_comes_back_holds_up_nothing() async throws {
        let pair = try await Pair(at: desk)
        let (record, chair) = (try pair.begin(), pair.chair)
        let digest = try chair.scanned(record)
        let (syncs, fetches) = (Inbox<SyncProgress>(), Inbox<FetchProgress>())
        let goOn = DispatchSemaphore(value: 0)
        defer {
            goOn.signal()
            goOn.signal()
        }
        let hanging = ScriptedListener(
            sync: { syncs.put($0); goOn.wait() },
            fetch: { fetches.put($0); goOn.wait() }
        )
        let report = try await end(of: chair.phone.startSync(transport: chair.transport, listener: hanging))
        XCTAssertEqual(report.end, .complete)
        XCTAssertEqual(report.filesSent, 1)
        try await pair.observer.sync()
        let fetched = try await end(
            of: pair.observer.phone.startFetch(
                record: record, digest: digest, transport: pair.observer.transport, listener: hanging
            )
        )
        XCTAssertEqual(fetched, .complete)
        _ = try await syncs.next()
        _ = try await fetches.next()
        try chair.write(record, tell("照常。"))
        let next = try await end(of: chair.phone.startSync(transport: chair.transport))
        XCTAssertEqual(next.end, .complete)
        XCTAssertEqual(try desk.content(record)["narrative"] as? String, "照常。")
    }

    func test_a_transport_that_throws_or_never_comes_back_when_it_is_to_give_up_harms_nobody() async throws {
        let pair = try await Pair(at: desk)
        let (record, chair) = (try pair.begin(), pair.chair)
        let goOn = DispatchSemaphore(value: 0)
        defer { goOn.signal() }
        let ways: [@Sendable (UInt64) throws -> Void] = [
            { _ in throw Surprise() },
            { _ in throw TingfangError.Host(reason: "停不下来") },
            { _ in goOn.wait() },
        ]
        for way in ways {
            try chair.write(record, tell("开庭。"))
            let transport = TransportThatGivesUp(way)
            let syncing = try chair.phone.startSync(transport: transport)
            let number = try await transport.nextRequest()
            syncing.cancel()
            let cancelled = try await end(of: syncing)
            XCTAssertEqual(cancelled.end, .cancelled)
            let givenUp = try await transport.nextCancelled()
            XCTAssertEqual(givenUp, number)
            let next = try await end(of: chair.phone.startSync(transport: chair.transport))
            XCTAssertGreaterThan(next.stored, 0)
        }
        XCTAssertEqual(try desk.content(record)["narrative"] as? String, "开庭。开庭。开庭。")
    }
}

/// An error that nobody has declared.
private struct Surprise: Error {}
