extension Tingfang {
    /// Fetches an attached file that is not on this phone, and waits for the end. `progress` hears how far it is, on a
    /// thread of the library's own.
    ///
    /// When the task that waits is cancelled, the fetch ends at the next opportunity and gives `cancelled`. What has
    /// come stays, and the next fetch goes on.
    public func fetch(
        _ digest: ContentDigest,
        of record: DocumentId,
        over transport: any Transport,
        progress: (@Sendable (FetchProgress) -> Void)? = nil
    ) async throws -> FetchEnd {
        let listener = progress.map(ProgressListener.init)
        let task = try startFetch(record: record, digest: digest, transport: transport, listener: listener)
        return try await withTaskCancellationHandler {
            try await task.outcome()
        } onCancel: {
            task.cancel()
        }
    }
}

/// Hands on how far a fetch is.
private final class ProgressListener: FetchListener {
    private let hear: @Sendable (FetchProgress) -> Void

    init(_ hear: @escaping @Sendable (FetchProgress) -> Void) {
        self.hear = hear
    }

    func onProgress(progress: FetchProgress) throws {
        hear(progress)
    }
}
