// A sample; built by `mobile-bindings/swift/check.sh` where there is a Swift toolchain, and not in CI.

import Tingfang

/// A section of a record's form, filled in.
public struct FormPart: Identifiable, Sendable {
    public let id: String
    public let label: String
    public let rows: [FormRow]
    /// What a new entry has; nothing where no entries are added.
    public let entry: [FormField]?
}

/// One field that is filled in, or is to be.
public struct FormRow: Identifiable, Sendable {
    /// Its path.
    public let id: String
    public let label: String
    public let kind: FieldKind
    public let isLongText: Bool
    public let value: FieldValue?
    /// Whether it must be filled before the seal.
    public let isMissing: Bool
    /// What else others have written there.
    public let conflict: Conflict?
}

/// Lays a record out by its form.
struct Layout {
    let view: RecordView
    let form: RecordForm
    /// The names behind the ids that stand in paths.
    let names: [String: String]
    let language: Language

    func parts() -> [FormPart] {
        // Files are attached with `attach`, which writes their entries itself.
        form.sections.filter { $0.name != "attachments" }.map { section in
            FormPart(id: section.name, label: label(section.name), rows: rows(section), entry: entry(section.layout))
        }
    }

    private func rows(_ section: FormSection) -> [FormRow] {
        switch section.layout {
        case .fields(let fields):
            fields.map { row("\(section.name)/\($0.name)", $0.kind) }
        case .entries(let fields):
            paths(under: section.name).map { path in
                row(path, fields.first { path.hasSuffix("/\($0.name)") }?.kind ?? .text(maxChars: 0))
            }
        case .keyed(_, let kind):
            paths(under: section.name).map { row($0, kind) }
        case .narrative:
            [row(section.name, .text(maxChars: .max), isLongText: true)]
        }
    }

    /// What is filled in under a section, and what still must be.
    private func paths(under section: String) -> [String] {
        let filled = view.fields.map(\.path)
        return (filled + view.missing.filter { !filled.contains($0) }).filter { $0.hasPrefix("\(section)/") }
    }

    private func row(_ path: String, _ kind: FieldKind, isLongText: Bool = false) -> FormRow {
        FormRow(
            id: path,
            label: label(path),
            kind: kind,
            isLongText: isLongText,
            value: view.fields.first { $0.path == path }?.value,
            isMissing: view.missing.contains(path),
            conflict: view.conflicts.first { $0.path == path }
        )
    }

    private func label(_ path: String) -> String {
        let key = path.split(separator: "/").last.map(String.init) ?? path
        return names[key] ?? fieldLabel(language: language, kind: view.kind, path: path)
    }

    private func entry(_ layout: SectionLayout) -> [FormField]? {
        if case .entries(let fields) = layout { fields } else { nil }
    }
}
