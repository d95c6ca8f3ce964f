import Foundation
import Tingfang

/// A person's phone: its folder, its key store, and the library that was opened.
final class Handset {
    let folder: URL
    private let file: URL
    let keys: FileKeyStore
    let transport = URLSessionTransport()
    private(set) var profile: Profile
    private(set) var phone: Tingfang

    /// A fresh phone that is its owner's.
    convenience init(of person: PersonId, at desk: CentreDesk) async throws {
        try await self.init(code: readEnrolmentCode(text: desk.enrolment(person)))
    }

    init(code: EnrolmentCode) async throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("tingfang-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        file = folder.appendingPathComponent("phone.db")
        keys = FileKeyStore(folder.appendingPathComponent("keys"))
        profile = try await enrol(code: code, deviceName: "旁听手机", keyStore: keys, transport: transport)
        phone = try await Tingfang.inBackground { [path = file.path, profile, keys] in
            try Tingfang.open(path: path, profile: profile, keyStore: keys)
        }
    }

    deinit {
        phone.shut()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Where its store is.
    var path: String {
        file.path
    }

    /// Stops the app and starts it again. With another server in the profile, that one is asked from then on.
    func restart(server: String? = nil) throws {
        phone.shut()
        profile = Profile(
            server: server ?? profile.server,
            serverKey: profile.serverKey,
            tenant: profile.tenant,
            device: profile.device,
            person: profile.person,
            personName: profile.personName
        )
        phone = try Tingfang.open(path: file.path, profile: profile, keyStore: keys)
    }

    @discardableResult
    func sync() async throws -> SyncReport {
        try await phone.sync(over: transport)
    }

    /// Begins the shared record of an attendance, or finds the one that is there.
    func start(_ assignment: AssignmentId) throws -> DocumentId {
        try phone.start(assignment: assignment, kind: "attendance")
    }

    @discardableResult
    func write(_ record: DocumentId, _ edits: FieldEdit...) throws -> [EntryId] {
        try phone.edit(record: record, edits: edits)
    }

    /// Says that its owner has left the court room, and scans what is on paper; gives the file's digest.
    func scanned(_ record: DocumentId) throws -> ContentDigest {
        try write(record, put("facts/left_at", at: Date(timeIntervalSinceNow: -3600)))
        let page = Data([0xff, 0xd8, 0xff, 0xe0]) + Data((0..<100_000).map { UInt8(truncatingIfNeeded: $0 % 251) })
        let scan = NewAttachment(purpose: .scan, mediaType: .jpeg, name: "评分表.jpg")
        _ = try phone.attachBytes(record: record, attachment: scan, bytes: page)
        return try phone.attachments(record: record)[0].digest
    }

    /// What is filled in, by path.
    func values(_ record: DocumentId) throws -> [String: FieldValue] {
        let fields = try phone.show(record: record).fields
        return Dictionary(uniqueKeysWithValues: fields.map { ($0.path, $0.value) })
    }

    /// Where the owner's state stands in an attendance.
    var place: String {
        "observers/\(profile.person)"
    }

    /// The edit that says: this observer has written everything.
    var done: FieldEdit {
        put(place, "done")
    }
}

func put(_ path: String, _ value: String) -> FieldEdit {
    .set(path: path, value: .text(value: value))
}

func put(_ path: String, at time: Moment) -> FieldEdit {
    .set(path: path, value: .time(value: time))
}

func tell(_ words: String) -> FieldEdit {
    .append(path: "narrative", text: words)
}

func finding(_ severity: String, _ words: String) -> FieldEdit {
    let fields = ["severity": severity, "text": words]
    return .add(list: "findings", fields: fields.map { EntryField(name: $0.key, value: .text(value: $0.value)) })
}
