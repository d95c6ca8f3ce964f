// A sample; built by `mobile-bindings/swift/check.sh` where there is a Swift toolchain, and not in CI.

import Foundation
import Tingfang

extension Supervisor {
    /// What stands in the way, as a sentence.
    public func sentence(_ error: any Error) -> String {
        guard let error = error as? TingfangError else { return error.localizedDescription }
        // The server's own sentence says more than any other.
        if case .Server(_, let reason) = error, !reason.isEmpty {
            return reason
        }
        guard let (key, words) = problem(error) else { return error.description }
        return words.reduce(label("phone_problem", key)) { sentence, word in
            sentence.replacingOccurrences(of: "{\(word.key)}", with: word.value)
        }
    }

    /// The key of the sentence, and the words that stand in it.
    private func problem(_ error: TingfangError) -> (key: String, words: [String: String])? {
        switch error {
        case .NotAllowed(let rule): ("not_allowed", ["reason": label("rule", rule)])
        case .Offline: ("unreachable", ["server": phone.profile().server])
        case .InCourtRoom(let since): ("in_court_room", ["since": since])
        case .LeaseOver(let until): ("lease_over", ["until": until])
        case .OtherKey: ("other_key", [:])
        case .TokenRefused: ("token_refused", [:])
        case .Server(let status, _): ("server", ["status": String(status)])
        case .Store(let reason): ("store", ["reason": reason])
        case .Damaged(let reason): ("damaged", ["reason": reason])
        case .BadResponse(let reason): ("bad_response", ["reason": reason])
        default: nil
        }
    }
}
