// A sample; it needs SwiftUI, so it is not compiled in CI.

import SupervisorModels
import SwiftUI
import Tingfang

/// 填报 one record: its form, saved at every answer; what differs between its writers; and the seal.
struct RecordScreen: View {
    private let supervisor: Supervisor
    @State private var model: RecordModel
    @State private var adding: FormPart?

    init(_ id: DocumentId, _ supervisor: Supervisor) {
        self.supervisor = supervisor
        _model = State(initialValue: RecordModel(id, supervisor))
    }

    var body: some View {
        Form {
            if let trouble = model.trouble {
                Text(trouble).foregroundStyle(.red)
            }
            ForEach(model.parts) { part in
                Section(part.label) {
                    ForEach(part.rows) { row in
                        self.row(row)
                    }
                    if part.entry != nil && isOpen {
                        Button("添加") { adding = part }
                    }
                }
            }
        }
        .navigationTitle(model.view.map { supervisor.label("kind", $0.kind) } ?? "")
        .toolbar { toolbar }
        .sheet(item: $adding) { part in
            EntryForm(part, supervisor, kind: model.view?.kind ?? "") { fields in
                Task { await model.add(to: part.id, fields) }
            }
        }
        .task { await model.follow() }
    }

    private var isOpen: Bool {
        model.view?.sealed == false
    }

    @ViewBuilder
    private func row(_ row: FormRow) -> some View {
        if row.isLongText {
            LongTextEditor(row) { before, after in
                Task { await model.rewrite(row.id, from: before, to: after) }
            }
            .disabled(!isOpen)
        } else {
            FieldEditor(row.isMissing ? "\(row.label) *" : row.label, row.kind, row.value, supervisor) { value in
                Task { await model.write(value, at: row.id) }
            }
            .disabled(!isOpen)
        }
        if let conflict = row.conflict {
            self.conflict(conflict)
        }
    }

    /// The values side by side; a tap says which one holds.
    private func conflict(_ conflict: Conflict) -> some View {
        ForEach(conflict.candidates, id: \.change) { candidate in
            Button {
                Task { await model.write(candidate.value, at: conflict.path) }
            } label: {
                LabeledContent(supervisor.shown(candidate.value, of: conflict.codes), value: writer(of: candidate))
            }
        }
    }

    private func writer(of candidate: Candidate) -> String {
        switch candidate.authorship {
        case .here(let at): "本机 \(supervisor.shown(at))"
        case .elsewhere(let writer, _, _, _, let receivedAt): "\(writer) \(supervisor.shown(receivedAt))"
        case nil: ""
        }
    }

    @ToolbarContentBuilder
    private var toolbar: some ToolbarContent {
        ToolbarItem(placement: .primaryAction) {
            if isOpen {
                Button("封存") { Task { await model.seal() } }
                    .disabled(model.view?.missing.isEmpty == false)
            } else if let view = model.view {
                Text(view.stage.label(in: supervisor.language))
            }
        }
    }
}

/// A new entry, for instance a finding: written at once, with all its fields.
private struct EntryForm: View {
    private let part: FormPart
    private let supervisor: Supervisor
    private let kind: String
    private let add: ([String: FieldValue]) -> Void
    @State private var fields: [String: FieldValue] = [:]
    @Environment(\.dismiss) private var dismiss

    init(_ part: FormPart, _ supervisor: Supervisor, kind: String, add: @escaping ([String: FieldValue]) -> Void) {
        self.part = part
        self.supervisor = supervisor
        self.kind = kind
        self.add = add
    }

    var body: some View {
        NavigationStack {
            Form {
                ForEach(part.entry ?? [], id: \.name) { field in
                    let label = fieldLabel(language: supervisor.language, kind: kind, path: "\(part.id)/\(field.name)")
                    FieldEditor(label, field.kind, fields[field.name], supervisor) { fields[field.name] = $0 }
                }
            }
            .navigationTitle(part.label)
            .toolbar {
                ToolbarItem(placement: .cancellationAction) {
                    Button("取消") { dismiss() }
                }
                ToolbarItem(placement: .confirmationAction) {
                    Button("添加") {
                        add(fields)
                        dismiss()
                    }
                    .disabled(fields.isEmpty)
                }
            }
        }
    }
}
