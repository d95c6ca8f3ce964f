import Foundation
import Tingfang

/// What an app does inside of a callback: once, and never mind what comes of it there.
final class Inside<Told: Sendable, Value: Sendable>: @unchecked Sendable {
    private let work: @Sendable (Told) throws -> Value
    private let came = Inbox<Result<Value, any Error>>()
    private let lock = NSLock()
    private var heard: [Told] = []

    init(_ work: @escaping @Sendable (Told) throws -> Value) {
        self.work = work
    }

    /// Everything that was told, also what came after the first.
    var told: [Told] {
        lock.lock()
        defer { lock.unlock() }
        return heard
    }

    func run(_ told: Told) {
        lock.lock()
        let isFirst = heard.isEmpty
        heard.append(told)
        lock.unlock()
        if isFirst {
            came.put(Result { try work(told) })
        }
    }

    /// What came of it; it throws what it threw there, or that it has never come back.
    func result() async throws -> Value {
        try await came.next().get()
    }
}

/// Something that a callback needs and that is there only after it was handed in.
final class Later<Value: Sendable>: @unchecked Sendable {
    private let came = DispatchSemaphore(value: 0)
    private var value: Value?

    struct NothingCame: Error {}

    func give(_ value: Value) {
        self.value = value
        came.signal()
    }

    /// Waits for it, once.
    func take() throws -> Value {
        guard came.wait(timeout: .now() + 60) == .success, let value else { throw NothingCame() }
        return value
    }
}

/// Does something that might wait for itself: then the story fails, and is not waited for.
func inTime<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    let came = Inbox<Result<Value, any Error>>()
    Thread.detachNewThread { came.put(Result { try work() }) }
    return try await came.next().get()
}

/// Waits for the end of a sync that might wait for itself.
func end(of syncing: SyncTask) async throws -> SyncReport {
    let came = Inbox<Result<SyncReport, any Error>>()
    Task {
        do {
            came.put(.success(try await syncing.outcome()))
        } catch {
            came.put(.failure(error))
        }
    }
    return try await came.next().get()
}

/// Waits for the end of a fetch that might wait for itself.
func end(of fetching: FetchTask) async throws -> FetchEnd {
    let came = Inbox<Result<FetchEnd, any Error>>()
    Task {
        do {
            came.put(.success(try await fetching.outcome()))
        } catch {
            came.put(.failure(error))
        }
    }
    return try await came.next().get()
}

/// A listener that does with what it hears what a story says.
final class ScriptedListener: Listener, SyncListener, FetchListener {
    private let change: @Sendable (Change) throws -> Void
    private let sync: @Sendable (SyncProgress) throws -> Void
    private let fetch: @Sendable (FetchProgress) throws -> Void

    init(
        change: @escaping @Sendable (Change) throws -> Void = { _ in },
        sync: @escaping @Sendable (SyncProgress) throws -> Void = { _ in },
        fetch: @escaping @Sendable (FetchProgress) throws -> Void = { _ in }
    ) {
        (self.change, self.sync, self.fetch) = (change, sync, fetch)
    }

    func onChange(change: Change) throws {
        try self.change(change)
    }

    func onProgress(progress: SyncProgress) throws {
        try sync(progress)
    }

    func onProgress(progress: FetchProgress) throws {
        try fetch(progress)
    }
}

/// A transport that takes a request, and does what a story says when it is to give it up.
final class TransportThatGivesUp: Transport {
    private let hanging = HangingTransport()
    private let givesUp: @Sendable (UInt64) throws -> Void

    init(_ givesUp: @escaping @Sendable (UInt64) throws -> Void) {
        self.givesUp = givesUp
    }

    func send(request: HttpRequest, reply: HttpReply) throws {
        try hanging.send(request: request, reply: reply)
    }

    func cancel(number: UInt64) throws {
        try hanging.cancel(number: number)
        try givesUp(number)
    }

    func nextRequest() async throws -> UInt64 {
        try await hanging.nextRequest()
    }

    func nextCancelled() async throws -> UInt64 {
        try await hanging.nextCancelled()
    }
}
