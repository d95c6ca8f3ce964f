// A sample; built by `mobile-bindings/swift/check.sh` where there is a Swift toolchain, and not in CI.

import Observation
import Tingfang

/// 今日 what is to be done, and how much of it is on the server.
@MainActor
@Observable
public final class TodayModel {
    public private(set) var items: [AgendaItem] = []
    public private(set) var figures: [MonthFigure] = []
    public private(set) var status: SyncStatus?
    public private(set) var progress: SyncProgress?
    public private(set) var trouble: String?

    private let supervisor: Supervisor

    public init(_ supervisor: Supervisor) {
        self.supervisor = supervisor
    }

    /// Reads, and reads again after every change, as long as the screen is shown.
    public func follow() async {
        // Heard of before the first reading, so that nothing falls between.
        let changes = supervisor.phone.changes()
        await read()
        for await _ in changes {
            await read()
        }
    }

    /// Sends and reads everything. It ends with the task that waits for it.
    public func sync() async {
        trouble = nil
        let (told, tell) = AsyncStream<SyncProgress>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let showing = Task {
            for await progress in told {
                self.progress = progress
            }
        }
        do {
            let report = try await supervisor.phone.sync(over: supervisor.transport) { tell.yield($0) }
            // What could not be signed stays on the phone, and its owner must know.
            if report.end == .otherKey { throw TingfangError.OtherKey }
        } catch {
            trouble = supervisor.sentence(error)
        }
        tell.finish()
        await showing.value
        progress = nil
    }

    /// The record that the next task asks for, begun or found; nothing when there is no task.
    public func beginNext() async -> DocumentId? {
        guard let next = items.first else { return nil }
        return await begin(next)
    }

    /// The record that a task asks for first.
    public func begin(_ item: AgendaItem) async -> DocumentId? {
        if let begun = item.records.first {
            return begun.record
        }
        do {
            let (assignment, kind) = (item.task.assignment, item.task.kind.firstRecord)
            let subject = item.task.subjects.first
            let about = About(case: subject?.case, undertaker: subject?.undertaker)
            return try await supervisor.phone.inBackground {
                try $0.start(assignment: assignment, kind: kind, about: about)
            }
        } catch {
            trouble = supervisor.sentence(error)
            return nil
        }
    }

    private func read() async {
        do {
            let now = Moment()
            (items, figures, status) = try await supervisor.phone.inBackground {
                try ($0.agenda().items, $0.monthFigures(inMonth: now), $0.status())
            }
        } catch {
            trouble = supervisor.sentence(error)
        }
    }
}

extension AssignmentKind {
    /// The kind of the record that such a task begins with.
    var firstRecord: String {
        switch self {
        case .attendance, .fileReview, .returnVisit, .courtVisit, .preHearingReport, .discussion, .inspection,
            .response:
            code
        case .assessment, .reReview: "scoresheet"
        case .followUp: "tracking_card"
        case .reception: "complaint_intake"
        }
    }
}
