import Tingfang
import XCTest

/// A phone becomes its owner's, once, by a one-time code.
final class EnrollingStory: Story {
    func test_a_one_time_code_makes_a_phone_its_owners() async throws {
        let person = try desk.person("陈晓燕")
        let handset = try await Handset(of: person, at: desk)
        XCTAssertEqual(handset.phone.profile(), handset.profile)
        XCTAssertEqual([handset.profile.person, handset.profile.personName], [person, "陈晓燕"])
        let report = try await handset.sync()
        XCTAssertEqual(report.end, .complete)
        XCTAssertEqual(try handset.phone.agenda().items, [])
        XCTAssertNotNil(try handset.phone.status().syncedAt)
    }

    func test_a_code_that_was_used_enrols_no_second_phone() async throws {
        let code = try readEnrolmentCode(text: desk.enrolment(desk.person("陈晓燕")))
        let handset = try await Handset(code: code)
        let error = await failure { try await Handset(code: code) }
        guard case .Server(410, let reason) = error else { return XCTFail("\(String(describing: error))") }
        XCTAssertTrue(reason.contains("绑定码"), reason)
        XCTAssertEqual(error?.code(), "server")
        let again = await failure {
            try await enrol(
                code: code, deviceName: "旁听手机", keyStore: handset.keys, transport: handset.transport
            )
        }
        XCTAssertEqual(again, .AlreadyEnrolled)
    }

    func test_another_server_than_the_codes_is_told_before_the_code_is_spent() async throws {
        let code = try readEnrolmentCode(text: desk.enrolment(desk.person("陈晓燕")))
        let other = EnrolmentCode(
            server: code.server, code: code.code, fingerprint: Array(repeating: "0123", count: 8).joined()
        )
        let error = await failure { try await Handset(code: other) }
        XCTAssertEqual(error?.code(), "wrong_server")
        let handset = try await Handset(code: code)
        XCTAssertEqual(handset.profile.personName, "陈晓燕")
    }

    func test_a_phone_does_not_open_without_its_keys() async throws {
        let handset = try await Handset(of: desk.person("陈晓燕"), at: desk)
        try handset.keys.save(secrets: Data())
        let error = await failure { try handset.restart() }
        XCTAssertEqual(error?.code(), "no_keys")
    }
}
