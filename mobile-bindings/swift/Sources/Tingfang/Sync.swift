extension Tingfang {
    /// Sends what waits and reads what is new, and waits for the end. `progress` hears how far it is, on a thread of
    /// the library's own.
    ///
    /// When the task that waits is cancelled, the sync ends at the next opportunity and its report says `cancelled`.
    /// What the server has stays there, and the next sync goes on.
    ///
    /// Throws `SyncUnderWay`, `InCourtRoom`, `LeaseOver` and `Closed`, and what ends a sync: `Offline`, `NotTrusted`,
    /// `NotTheServer`, `TokenRefused`, `Server`, `BadResponse`, and what the transport itself threw.
    public func sync(
        over transport: any Transport,
        options: SyncOptions = SyncOptions(),
        progress: (@Sendable (SyncProgress) -> Void)? = nil
    ) async throws -> SyncReport {
        let listener = progress.map(ProgressListener.init)
        let task = try startSync(transport: transport, options: options, listener: listener)
        // To stop waiting would not stop the sync: a cancelled task of Swift's goes on until somebody tells it.
        return try await withTaskCancellationHandler {
            try await task.outcome()
        } onCancel: {
            task.cancel()
        }
    }
}

/// Hands on how far a sync is.
private final class ProgressListener: SyncListener {
    private let hear: @Sendable (SyncProgress) -> Void

    init(_ hear: @escaping @Sendable (SyncProgress) -> Void) {
        self.hear = hear
    }

    func onProgress(progress: SyncProgress) throws {
        hear(progress)
    }
}
