import Foundation
import Tingfang

/// A legal aid centre with a real server: who works there, what is assigned, and what the server then holds.
final class CentreDesk: Sendable {
    /// All stories share the centre. Each has people, phones and a hearing of its own.
    static let shared = Result { try CentreDesk() }

    struct Attendance {
        let hearing: HearingId
        let assignment: AssignmentId
        let `case`: CaseId
    }

    struct Failed: Error {
        let why: String
    }

    private let helper: Helper

    init() throws {
        let bindings = (0..<4).reduce(URL(fileURLWithPath: #filePath)) { folder, _ in
            folder.deletingLastPathComponent()
        }
        helper = try Helper(bindings.appendingPathComponent("stories/centre_desk.py"))
    }

    /// Adds somebody and gives their id.
    func person(_ name: String, role: String = "supervisor") throws -> PersonId {
        try ask("person", name, role)[0]
    }

    /// The person who undertakes a case.
    func undertaker(of aCase: CaseId) throws -> PersonId {
        try ask("undertaker", aCase)[0]
    }

    /// What stands in the QR code of a fresh one-time code.
    func enrolment(_ person: PersonId) throws -> String {
        try ask("enrolment", person)[0]
    }

    /// Sends two people to the next hearing that may be attended.
    func attendance(chair: PersonId, observer: PersonId) throws -> Attendance {
        let made = try ask("attendance", chair, observer)
        return Attendance(hearing: made[0], assignment: made[1], case: made[2])
    }

    /// Declares somebody a relative in a case: what they write about it is not accepted.
    func relate(_ aCase: CaseId, _ person: PersonId) throws {
        _ = try ask("relate", aCase, person)
    }

    /// Has a case assessed, one attendance of which is sealed, and gives the decision on its final grade.
    func graded(_ aCase: CaseId) throws -> String {
        try ask("graded", aCase)[0]
    }

    /// Answers a phone that asks to be opened, with the recovery key from the safe.
    func openPhone(_ request: String) throws -> String {
        try ask("open_phone", request)[0]
    }

    /// What stands in a record, as a manager reads it.
    func content(_ record: DocumentId) throws -> [String: Any] {
        let text = try ask("content", record)[0]
        let content = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        guard let content else { throw Failed(why: text) }
        return content
    }

    /// Kills the server, as a power cut would.
    func cutOff() throws {
        _ = try ask("cut_off")
    }

    /// Starts it again at the same address, when it does not run.
    func serve() throws {
        _ = try ask("serve")
    }

    private func ask(_ words: String...) throws -> [String] {
        let answer = try helper.ask(words.joined(separator: "\t"))
        let said = answer.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        guard said.first == "ok" else { throw Failed(why: answer) }
        return Array(said.dropFirst())
    }
}
