/// A value that stands for a code of a list, and has a label in both languages.
public protocol Coded: Sendable {
    /// The list: the section of its labels.
    static var section: String { get }

    /// The code, as the labels and the server know it.
    var code: String { get }
}

extension Coded {
    /// The name of the case, in the code's way of writing: `underWay` is `under_way`.
    public var code: String {
        var code = ""
        for letter in String(describing: self) {
            code += letter.isUppercase ? "_\(letter.lowercased())" : String(letter)
        }
        return code
    }

    /// What a person reads.
    public func label(in language: Language) -> String {
        TingfangKit.label(language: language, section: Self.section, key: code) ?? code
    }
}

extension AssignmentKind: Coded { public static let section = "assignment_kind" }
extension AttachmentPurpose: Coded { public static let section = "attachment_purpose" }
extension Channel: Coded { public static let section = "channel" }
extension ChannelState: Coded { public static let section = "channel_state" }
extension DecisionState: Coded { public static let section = "decision_state" }
extension DeviceStanding: Coded { public static let section = "device_standing" }
extension Duty: Coded { public static let section = "duty" }
extension FileState: Coded { public static let section = "file_state" }
extension Grade: Coded { public static let section = "grade" }
extension RecordStage: Coded { public static let section = "record_stage" }
extension RepresentationState: Coded { public static let section = "representation_state" }
extension SyncState: Coded { public static let section = "sync_state" }
extension TaskProgress: Coded { public static let section = "task_progress" }
extension TaskState: Coded { public static let section = "task_state" }
extension VisitStage: Coded { public static let section = "visit_stage" }

extension MediaType: Coded {
    public static let section = "media_type"

    public var code: String {
        switch self {
        case .jpeg: "image/jpeg"
        case .png: "image/png"
        case .webp: "image/webp"
        case .pdf: "application/pdf"
        case .m4a: "audio/mp4"
        case .mp3: "audio/mpeg"
        }
    }
}
