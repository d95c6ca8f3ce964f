import Foundation

/// One after the other: of the calls that write the phone lets in one at a time. A screen that must not wait behind a large
/// file calls `show` itself: it is a read of a few milliseconds.
private let queue = DispatchQueue(label: "org.tingfang.background", qos: .userInitiated)

extension Tingfang {
    /// Does something with the phone away from the main thread: lists, search, files.
    public func inBackground<Value: Sendable>(
        _ work: @escaping @Sendable (Tingfang) throws -> Value
    ) async throws -> Value {
        try await Tingfang.inBackground { try work(self) }
    }

    /// Does what needs no phone yet away from the main thread: opening one stretches its PIN, which takes a moment.
    ///
    /// The threads of Swift's own tasks are few and must not wait for a disk.
    public static func inBackground<Value: Sendable>(
        _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async {
                continuation.resume(with: Result { try work() })
            }
        }
    }
}
