import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

extension TransportFailure {
    /// What it means for a sync that `URLSession` gave no answer.
    init(_ error: any Error) {
        switch (error as? URLError)?.code {
        case .notConnectedToInternet, .networkConnectionLost, .timedOut, .cannotFindHost, .cannotConnectToHost,
            .dnsLookupFailed, .internationalRoamingOff, .callIsActive, .dataNotAllowed,
            // So is told, on some platforms, that the line was cut before the answer.
            .badServerResponse:
            self = .noConnection
        case .secureConnectionFailed, .serverCertificateUntrusted, .serverCertificateHasUnknownRoot,
            .serverCertificateHasBadDate, .serverCertificateNotYetValid, .clientCertificateRequired,
            .clientCertificateRejected:
            self = .notTrusted(reason: error.localizedDescription)
        default:
            self = .other(reason: error.localizedDescription)
        }
    }
}
