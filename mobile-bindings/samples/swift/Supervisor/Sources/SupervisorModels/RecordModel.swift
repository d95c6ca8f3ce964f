// A sample; built by `mobile-bindings/swift/check.sh` where there is a Swift toolchain, and not in CI.

import Observation
import Tingfang

/// 填报 a record, field by field: every answer is on the disk when its edit returns.
@MainActor
@Observable
public final class RecordModel {
    public private(set) var view: RecordView?
    public private(set) var parts: [FormPart] = []
    public private(set) var trouble: String?

    private let record: DocumentId
    private let supervisor: Supervisor

    public init(_ record: DocumentId, _ supervisor: Supervisor) {
        self.record = record
        self.supervisor = supervisor
    }

    /// Reads, and reads again when the record may be other than before, as long as the screen is shown.
    public func follow() async {
        let changes = supervisor.phone.changes()
        await read()
        for await change in changes where change.concerns(record) {
            await read()
        }
    }

    /// Writes a field, or empties it. Settling a conflict is the same: write the value that holds.
    public func write(_ value: FieldValue?, at path: String) async {
        await edit(value.map { .set(path: path, value: $0) } ?? .clear(path: path))
    }

    /// Writes what a person changed in a long text. What others have written since they began stays.
    public func rewrite(_ path: String, from before: String, to after: String) async {
        await attempt { [record] phone in
            let now = try phone.show(record: record).fields.first { $0.path == path }?.value
            if let change = FieldEdit.change(of: path, from: before, to: after, now: now?.text ?? "") {
                _ = try phone.edit(record: record, edits: [change])
            }
        }
    }

    /// Adds an entry to a list, for instance a finding.
    public func add(to list: String, _ fields: [String: FieldValue]) async {
        let fields = fields.sorted { $0.key < $1.key }.map { EntryField(name: $0.key, value: $0.value) }
        await edit(.add(list: list, fields: fields))
    }

    /// Closes the record as it stands.
    public func seal() async {
        await attempt { [record] in try $0.seal(record: record) }
    }

    private func edit(_ edit: FieldEdit) async {
        await attempt { [record] in _ = try $0.edit(record: record, edits: [edit]) }
    }

    private func attempt(_ work: @escaping @Sendable (Tingfang) throws -> Void) async {
        do {
            trouble = nil
            try await supervisor.phone.inBackground(work)
        } catch TingfangError.Incomplete {
            // The fields that are missing are marked already.
            await read()
        } catch {
            trouble = supervisor.sentence(error)
        }
    }

    private func read() async {
        do {
            let language = supervisor.language
            (view, parts) = try await supervisor.phone.inBackground { [record] phone in
                let view = try phone.show(record: record)
                guard let form = recordForm(kind: view.kind) else { return (view, []) }
                let task = try view.assignment.flatMap { try phone.task(assignment: $0) }
                let layout = Layout(view: view, form: form, names: task?.names ?? [:], language: language)
                return (view, layout.parts())
            }
        } catch {
            trouble = supervisor.sentence(error)
        }
    }
}

extension FieldValue {
    /// The text, where it is one.
    public var text: String? {
        if case .text(let text) = self { text } else { nil }
    }
}

extension TaskCard {
    /// The names behind the ids that stand in paths.
    var names: [String: String] {
        let people = members.map { ($0.person, $0.name) } + subjects.map { ($0.undertaker, $0.undertakerName) }
        return Dictionary(people) { first, _ in first }
    }
}
