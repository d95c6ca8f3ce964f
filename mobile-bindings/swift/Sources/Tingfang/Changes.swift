extension Tingfang {
    /// What changes on this phone, from now on, for as long as somebody reads: come and read again.
    ///
    /// It ends with the task that reads it.
    ///
    ///     for await change in phone.changes() where change.concerns(record) { … }
    public func changes() -> AsyncStream<Change> {
        AsyncStream { changes in
            let subscription = listen(listener: ChangeListener(changes))
            changes.onTermination = { _ in subscription.cancel() }
        }
    }
}

extension Change {
    /// Whether a record may be other than before.
    public func concerns(_ record: DocumentId) -> Bool {
        switch self {
        case .record(let changed): changed == record
        case .synced: true
        case .courtRoom: false
        }
    }
}

/// Hands on what the library tells.
private final class ChangeListener: Listener {
    private let changes: AsyncStream<Change>.Continuation

    init(_ changes: AsyncStream<Change>.Continuation) {
        self.changes = changes
    }

    func onChange(change: Change) throws {
        changes.yield(change)
    }
}
