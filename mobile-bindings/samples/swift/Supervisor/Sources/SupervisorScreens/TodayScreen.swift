// A sample; it needs SwiftUI, so it is not compiled in CI.

import SupervisorModels
import SwiftUI
import Tingfang

/// 今日 what is to be done: the overdue on top, then by time; one button opens the next task's form.
public struct TodayScreen: View {
    private let supervisor: Supervisor
    @State private var today: TodayModel
    @State private var path: [Place] = []

    public init(_ supervisor: Supervisor) {
        self.supervisor = supervisor
        _today = State(initialValue: TodayModel(supervisor))
    }

    public var body: some View {
        NavigationStack(path: $path) {
            List {
                Section { SyncBar(today, supervisor) }
                Section {
                    ForEach(today.items, id: \.task.assignment) { item in
                        TaskRow(item, supervisor) { open(item) }
                    }
                }
                Section {
                    ForEach(today.figures, id: \.kind) { figure in
                        let kind = supervisor.label("assignment_kind", figure.kind)
                        LabeledContent(kind, value: "\(figure.done)/\(figure.all)")
                    }
                }
            }
            .navigationTitle("今日")
            .navigationDestination(for: Place.self) { place in
                switch place {
                case .aCase(let id): CaseScreen(id, supervisor)
                case .record(let id): RecordScreen(id, supervisor)
                }
            }
            .safeAreaInset(edge: .bottom) {
                Button { beginNext() } label: {
                    Text("开始下一项").frame(maxWidth: .infinity)
                }
                .buttonStyle(.borderedProminent)
                .disabled(today.items.isEmpty)
                .padding()
            }
        }
        .task { await today.follow() }
    }

    private func beginNext() {
        Task {
            if let record = await today.beginNext() {
                path.append(.record(record))
            }
        }
    }

    private func open(_ item: AgendaItem) {
        if let subject = item.task.subjects.first {
            path.append(.aCase(subject.case))
            return
        }
        Task {
            if let record = await today.begin(item) {
                path.append(.record(record))
            }
        }
    }
}

/// Where a tap leads.
enum Place: Hashable {
    case aCase(CaseId)
    case record(DocumentId)
}

/// How much is on the server, and what stands in the way.
private struct SyncBar: View {
    private let today: TodayModel
    private let supervisor: Supervisor
    /// The sync that its owner has asked for, so that they can also stop it.
    @State private var syncing: Task<Void, Never>?

    init(_ today: TodayModel, _ supervisor: Supervisor) {
        self.today = today
        self.supervisor = supervisor
    }

    var body: some View {
        HStack {
            if let status = today.status {
                let state: SyncState = status.notAccepted > 0 ? .attention : status.waiting > 0 ? .waiting : .stored
                let waiting = today.progress?.waiting ?? status.waiting
                Text(state.label(in: supervisor.language))
                if waiting > 0 {
                    Text("\(waiting)").monospacedDigit()
                }
            }
            Spacer()
            if let syncing {
                ProgressView()
                Button("停止", role: .cancel) { syncing.cancel() }
            } else {
                Button("同步") { sync() }
            }
        }
        if let trouble = today.trouble {
            Text(trouble).foregroundStyle(.red)
        }
    }

    private func sync() {
        syncing = Task {
            await today.sync()
            syncing = nil
        }
    }
}

/// A task: when, what, where, and how far it has come.
private struct TaskRow: View {
    private let item: AgendaItem
    private let supervisor: Supervisor
    private let open: () -> Void

    init(_ item: AgendaItem, _ supervisor: Supervisor, open: @escaping () -> Void) {
        self.item = item
        self.supervisor = supervisor
        self.open = open
    }

    var body: some View {
        Button { open() } label: {
            VStack(alignment: .leading) {
                HStack {
                    Text(item.task.kind.label(in: supervisor.language)).font(.headline)
                    Spacer()
                    Text(item.progress.label(in: supervisor.language))
                        .foregroundStyle(item.progress == .overdue ? Color.red : Color.secondary)
                }
                if let at = item.at {
                    Text(supervisor.shown(at))
                }
                if let hearing = item.task.hearing {
                    Text([hearing.court, hearing.courtroom ?? ""].joined(separator: " "))
                }
                ForEach(item.task.subjects, id: \.self) { subject in
                    Text("\(subject.caseNo) · \(subject.undertakerName)").foregroundStyle(.secondary)
                }
            }
        }
        .buttonStyle(.plain)
    }
}
