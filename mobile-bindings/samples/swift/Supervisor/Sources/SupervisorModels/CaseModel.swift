// A sample; built by `mobile-bindings/swift/check.sh` where there is a Swift toolchain, and not in CI.

import Observation
import Tingfang

/// 案件 a case: what its channels have brought, and the records about it.
@MainActor
@Observable
public final class CaseModel {
    public private(set) var card: CaseCard?
    public private(set) var trouble: String?

    private let id: CaseId
    private let supervisor: Supervisor

    public init(_ id: CaseId, _ supervisor: Supervisor) {
        self.id = id
        self.supervisor = supervisor
    }

    /// Reads, and reads again after every change, as long as the screen is shown.
    public func follow() async {
        let changes = supervisor.phone.changes()
        await read()
        for await _ in changes {
            await read()
        }
    }

    private func read() async {
        do {
            card = try await supervisor.phone.inBackground { [id] phone in try phone.case(id: id) }
        } catch {
            trouble = supervisor.sentence(error)
        }
    }
}
