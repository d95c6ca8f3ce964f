import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// Sends requests with `URLSession`, and so through the phone's proxy, VPN and certificates.
///
/// One is enough for an app. Nothing is kept between requests: no cookie, no cache, no password. A redirection is an
/// answer like any other, since the server sends none.
public final class URLSessionTransport: Transport, Sendable {
    private let session: URLSession
    private let exchanges = Exchanges()

    public init() {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpCookieStorage = nil
        configuration.httpShouldSetCookies = false
        configuration.httpCookieAcceptPolicy = .never
        configuration.urlCredentialStorage = nil
        configuration.urlCache = nil
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        session = URLSession(configuration: configuration, delegate: exchanges, delegateQueue: nil)
    }

    deinit {
        // A session keeps what it talks to until it is told that no more comes.
        session.finishTasksAndInvalidate()
    }

    public func send(request: HttpRequest, reply: HttpReply) throws {
        guard let url = URL(string: request.url) else {
            throw TingfangError.BadArgument(reason: "the server's address is no URL")
        }
        let task = session.dataTask(with: URLRequest(request, to: url))
        exchanges.begin(Exchange(number: request.number, task: task, reply: reply))
        // Whoever gave up before the exchange stood in the table did not find it there.
        if reply.isWanted() {
            task.resume()
        } else {
            exchanges.cancel(request.number)
        }
    }

    public func cancel(number: UInt64) throws {
        exchanges.cancel(number)
    }
}

extension URLRequest {
    fileprivate init(_ request: HttpRequest, to url: URL) {
        self.init(url: url, timeoutInterval: TimeInterval(request.patienceS))
        httpMethod = request.method
        httpBody = request.body.isEmpty ? nil : request.body
        for header in request.headers {
            addValue(header.value, forHTTPHeaderField: header.name)
        }
    }
}
