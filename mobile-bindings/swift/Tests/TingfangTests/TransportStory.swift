import Foundation
import XCTest

@testable import Tingfang

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// `URLSession` on the roads of this world.
final class TransportStory: XCTestCase {
    private var folder: URL!

    override func setUp() async throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("tingfang-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    }

    override func tearDown() async throws {
        try FileManager.default.removeItem(at: folder)
    }

    func test_the_page_of_a_public_network_is_told_from_the_server_and_not_remembered() async throws {
        let portal = try Portal()
        let transport = URLSessionTransport()
        for _ in 0..<2 {
            let error = await asked(portal.address + "/login", over: transport)
            XCTAssertEqual(error, .NotTheServer(status: 200, contentType: "text/html"))
        }
    }

    func test_a_redirection_is_not_followed() async throws {
        let portal = try Portal()
        let error = await asked(portal.address + "/elsewhere", over: URLSessionTransport())
        XCTAssertEqual(error, .NotTheServer(status: 302, contentType: "text/html"))
    }

    func test_a_line_that_breaks_and_a_server_that_is_not_there_are_no_connection() async throws {
        let portal = try Portal()
        let broken = await asked(portal.address + "/cut", over: URLSessionTransport())
        XCTAssertEqual(broken, .Offline(retryAfterS: nil))
        let nobody = await asked("http://127.0.0.1:9", over: URLSessionTransport())
        XCTAssertEqual(nobody, .Offline(retryAfterS: nil))
    }

    func test_an_answer_without_end_is_ended() async throws {
        let portal = try Portal()
        let error = await asked(portal.address + "/endless", over: URLSessionTransport())
        XCTAssertEqual(error, .Host(reason: "the answer is too large"))
    }

    func test_what_is_no_address_is_a_bad_argument() async throws {
        let error = await asked("http://[", over: URLSessionTransport())
        XCTAssertEqual(error?.code(), "bad_argument")
    }

    func test_every_failure_of_a_session_has_its_meaning() {
        let code: (TransportFailure) -> String = { String(describing: $0).prefix { $0 != "(" }.description }
        for lost in [URLError.Code.notConnectedToInternet, .timedOut, .cannotFindHost, .networkConnectionLost] {
            XCTAssertEqual(TransportFailure(URLError(lost)), .noConnection)
        }
        for doubted in [URLError.Code.serverCertificateUntrusted, .secureConnectionFailed] {
            XCTAssertEqual(code(TransportFailure(URLError(doubted))), "notTrusted")
        }
        XCTAssertEqual(code(TransportFailure(URLError(.unsupportedURL))), "other")
        XCTAssertEqual(code(TransportFailure(CocoaError(.fileNoSuchFile))), "other")
    }

    /// Asks what answers there, as an enrolment does first.
    private func asked(_ server: String, over transport: any Transport) async -> TingfangError? {
        let code = EnrolmentCode(server: server, code: "ABCD-EFGH", fingerprint: nil)
        let keys = FileKeyStore(folder.appendingPathComponent("keys"))
        do {
            _ = try await enrol(code: code, deviceName: "旁听手机", keyStore: keys, transport: transport)
            XCTFail("nobody enrols there")
        } catch let error as TingfangError {
            return error
        } catch {
            XCTFail("another error: \(error)")
        }
        return nil
    }
}
