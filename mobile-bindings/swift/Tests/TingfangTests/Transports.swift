import Foundation
import Tingfang

/// Takes a request and is never heard of again.
final class HangingTransport: Transport {
    private let requests = Inbox<UInt64>()
    private let cancelled = Inbox<UInt64>()
    private let replies = Inbox<HttpReply>()

    func send(request: HttpRequest, reply: HttpReply) throws {
        replies.put(reply)
        requests.put(request.number)
    }

    func cancel(number: UInt64) throws {
        cancelled.put(number)
    }

    func nextRequest() async throws -> UInt64 {
        try await requests.next()
    }

    func nextCancelled() async throws -> UInt64 {
        try await cancelled.next()
    }

    func nextReply() async throws -> HttpReply {
        try await replies.next()
    }
}

/// Does with a request what a story says.
final class ScriptedTransport: Transport {
    private let act: @Sendable (HttpRequest, HttpReply) throws -> Void

    init(_ act: @escaping @Sendable (HttpRequest, HttpReply) throws -> Void) {
        self.act = act
    }

    func send(request: HttpRequest, reply: HttpReply) throws {
        try act(request, reply)
    }

    func cancel(number: UInt64) throws {}
}

/// What came and was not taken out yet. Who waits for more than a minute is told that nothing came.
final class Inbox<Value: Sendable>: Sendable {
    private let stream: AsyncStream<Value>
    private let feed: AsyncStream<Value>.Continuation

    struct NothingCame: Error {}

    init() {
        (stream, feed) = AsyncStream<Value>.makeStream()
    }

    func put(_ value: Value) {
        feed.yield(value)
    }

    func next() async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { [stream] in
                for await value in stream {
                    return value
                }
                throw NothingCame()
            }
            group.addTask {
                try await Task.sleep(nanoseconds: 60_000_000_000)
                throw NothingCame()
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw NothingCame() }
            return first
        }
    }
}
