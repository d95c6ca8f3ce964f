import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// A request that is under way, and what has come of its answer.
struct Exchange: Sendable {
    let number: UInt64
    let task: URLSessionTask
    let reply: HttpReply
    var body = Data()

    init(number: UInt64, task: URLSessionTask, reply: HttpReply) {
        self.number = number
        self.task = task
        self.reply = reply
    }
}

/// Everything that is under way in one session. Each exchange is taken out once, by whoever ends it.
final class Exchanges: NSObject, URLSessionDataDelegate, Sendable {
    /// By the identifier of the task.
    private let underWay = Guarded<[Int: Exchange]>([:])

    /// More than the server ever sends at once. Who answers in its place may send for ever.
    private static let mostBytes = 16 * 1024 * 1024

    func begin(_ exchange: Exchange) {
        underWay.with { $0[exchange.task.taskIdentifier] = exchange }
    }

    /// Ends the exchange of this request, when there still is one. Nobody waits for its answer.
    func cancel(_ number: UInt64) {
        let found = underWay.with { exchanges in exchanges.values.first { $0.number == number } }
        guard let exchange = found, take(exchange.task) != nil else { return }
        exchange.task.cancel()
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let size = underWay.with { exchanges in
            exchanges[dataTask.taskIdentifier]?.body.append(data)
            return exchanges[dataTask.taskIdentifier]?.body.count ?? 0
        }
        if size > Self.mostBytes {
            take(dataTask)?.reply.fail(failure: .other(reason: "the answer is too large"))
            dataTask.cancel()
        }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        guard let exchange = take(task) else { return }
        if let error {
            exchange.reply.fail(failure: TransportFailure(error))
        } else if let answer = task.response as? HTTPURLResponse {
            exchange.reply.complete(response: HttpResponse(answer, body: exchange.body))
        } else {
            exchange.reply.fail(failure: .other(reason: "the answer is not HTTP"))
        }
    }

    // A redirection is not followed: the device's token would go with it.
    #if canImport(FoundationNetworking)
    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest,
        completionHandler: @escaping (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }
    #else
    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest
    ) async -> URLRequest? {
        nil
    }
    #endif

    private func take(_ task: URLSessionTask) -> Exchange? {
        underWay.with { $0.removeValue(forKey: task.taskIdentifier) }
    }
}

extension HttpResponse {
    fileprivate init(_ answer: HTTPURLResponse, body: Data) {
        let headers = answer.allHeaderFields.map { HttpHeader(name: "\($0.key)", value: "\($0.value)") }
        self.init(status: UInt16(clamping: answer.statusCode), headers: headers, body: body)
    }
}
