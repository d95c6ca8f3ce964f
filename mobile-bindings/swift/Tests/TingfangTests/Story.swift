import Tingfang
import XCTest

/// A story at the centre.
class Story: XCTestCase {
    private(set) var desk: CentreDesk!

    override func setUp() async throws {
        desk = try CentreDesk.shared.get()
        // An earlier story may have cut the server off.
        try desk.serve()
    }

    /// Runs what must fail, and gives the error for a closer look.
    func failure<Value>(
        file: StaticString = #filePath,
        line: UInt = #line,
        of work: () async throws -> Value
    ) async -> TingfangError? {
        do {
            _ = try await work()
            XCTFail("nothing was thrown", file: file, line: line)
        } catch let error as TingfangError {
            return error
        } catch {
            XCTFail("another error: \(error)", file: file, line: line)
        }
        return nil
    }
}

/// A chair and an observer are sent to one hearing, and their phones know it.
struct Pair {
    let chair: Handset
    let observer: Handset
    let attendance: CentreDesk.Attendance

    init(at desk: CentreDesk) async throws {
        let people = [try desk.person("陈晓燕"), try desk.person("刘志远")]
        attendance = try desk.attendance(chair: people[0], observer: people[1])
        chair = try await Handset(of: people[0], at: desk)
        observer = try await Handset(of: people[1], at: desk)
        try await chair.sync()
        try await observer.sync()
    }

    /// Both begin the shared record; neither asks anybody.
    func begin() throws -> DocumentId {
        let record = try chair.start(attendance.assignment)
        XCTAssertEqual(try observer.start(attendance.assignment), record, "they begin the same record")
        return record
    }

    /// Both send, and both read what the other sent.
    func meet() async throws {
        for handset in [chair, observer, chair] {
            try await handset.sync()
        }
    }

    /// The record of the hearing as it is when nothing is missing any more.
    func sealed() async throws -> DocumentId {
        let record = try begin()
        try observer.write(record, tell("辩护人当庭提交书面意见。"), observer.done)
        try chair.write(record, put("facts/outcome", "attended"), chair.done)
        try await meet()
        try chair.phone.seal(record: record)
        try await chair.sync()
        return record
    }
}
