// A sample; it needs SwiftUI, so it is not compiled in CI.

import SupervisorModels
import SwiftUI
import Tingfang

/// One field of a form, whatever may stand in it. What a person answers is handed on at once.
struct FieldEditor: View {
    private let label: String
    private let kind: FieldKind
    private let value: FieldValue?
    private let supervisor: Supervisor
    private let write: (FieldValue?) -> Void

    init(
        _ label: String,
        _ kind: FieldKind,
        _ value: FieldValue?,
        _ supervisor: Supervisor,
        write: @escaping (FieldValue?) -> Void
    ) {
        self.label = label
        self.kind = kind
        self.value = value
        self.supervisor = supervisor
        self.write = write
    }

    var body: some View {
        switch kind {
        case .code(let list, let codes):
            Draft(value?.text, write: { write($0.map { .text(value: $0) }) }) { draft in
                Picker(label, selection: draft) {
                    Text("—").tag(String?.none)
                    ForEach(codes, id: \.self) { code in
                        Text(supervisor.label(list, code)).tag(String?.some(code))
                    }
                }
            }
        case .flag:
            Draft(value == .flag(value: true), write: { write(.flag(value: $0)) }) { draft in
                Toggle(label, isOn: draft)
            }
        case .time:
            if case .time(let time) = value {
                Draft(time, write: { write(.time(value: $0)) }) { draft in
                    DatePicker(label, selection: draft)
                }
            } else {
                Button(label) { write(.time(value: Moment())) }
            }
        case .integer(let min, let max):
            LineEditor(label, shown) { text in
                guard let number = Int64(text), min <= number, number <= max else { return false }
                write(.integer(value: number))
                return true
            }
        case .text(let maxChars):
            LineEditor(label, shown) { text in
                guard text.unicodeScalars.count <= maxChars else { return false }
                write(text.isEmpty ? nil : .text(value: text))
                return true
            }
        case .id:
            // What is an id was filled in from the task.
            LabeledContent(label, value: value == nil ? "" : "✓")
        }
    }

    private var shown: String {
        value.map { supervisor.shown($0, of: nil) } ?? ""
    }
}

/// What a person chooses, until it is written; it follows what others write.
private struct Draft<Value: Equatable, Content: View>: View {
    private let value: Value
    private let write: (Value) -> Void
    private let content: (Binding<Value>) -> Content
    @State private var draft: Value

    init(
        _ value: Value,
        write: @escaping (Value) -> Void,
        @ViewBuilder content: @escaping (Binding<Value>) -> Content
    ) {
        self.value = value
        self.write = write
        self.content = content
        _draft = State(initialValue: value)
    }

    var body: some View {
        content($draft)
            .onChange(of: draft) {
                if draft != value {
                    write(draft)
                }
            }
            .onChange(of: value) {
                draft = value
            }
    }
}

/// One line of text, handed on when the person leaves it.
private struct LineEditor: View {
    private let label: String
    private let value: String
    private let accept: (String) -> Bool
    @State private var text: String
    @FocusState private var isFocused: Bool

    init(_ label: String, _ value: String, accept: @escaping (String) -> Bool) {
        self.label = label
        self.value = value
        self.accept = accept
        _text = State(initialValue: value)
    }

    var body: some View {
        LabeledContent(label) {
            TextField("", text: $text)
                .focused($isFocused)
                .multilineTextAlignment(.trailing)
        }
        .onChange(of: isFocused) {
            // What may not stand there goes back to what stood there.
            if !isFocused && text != value && !accept(text) {
                text = value
            }
        }
        .onChange(of: value) {
            if !isFocused {
                text = value
            }
        }
    }
}

/// A long text that others may write at the same time: what a person changed is handed on, not the whole.
struct LongTextEditor: View {
    private let value: String
    private let change: (_ before: String, _ after: String) -> Void
    @State private var text: String
    /// What the person began with.
    @State private var before: String
    @FocusState private var isFocused: Bool

    init(_ row: FormRow, change: @escaping (_ before: String, _ after: String) -> Void) {
        value = row.value?.text ?? ""
        self.change = change
        _text = State(initialValue: value)
        _before = State(initialValue: value)
    }

    var body: some View {
        TextEditor(text: $text)
            .frame(minHeight: 120)
            .focused($isFocused)
            .onChange(of: isFocused) {
                if isFocused {
                    before = text
                } else if text != before {
                    change(before, text)
                }
            }
            .onChange(of: value) {
                if !isFocused {
                    text = value
                }
            }
    }
}
