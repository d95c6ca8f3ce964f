import Foundation

/// A program in Python beside the tests, asked and heard line by line. It ends when its input does.
final class Helper: @unchecked Sendable {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let lock = NSLock()
    private var unread = Data()

    init(_ script: URL) throws {
        // To write to one that has ended is an error, and not the end of the tests.
        signal(SIGPIPE, SIG_IGN)
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", script.path]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// Writes a line and waits for the one that answers it.
    func ask(_ line: String) throws -> String {
        lock.lock()
        defer { lock.unlock() }
        try input.fileHandleForWriting.write(contentsOf: Data("\(line)\n".utf8))
        return try nextLine()
    }

    /// Waits for the next line.
    func hear() throws -> String {
        lock.lock()
        defer { lock.unlock() }
        return try nextLine()
    }

    private func nextLine() throws -> String {
        while true {
            if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: unread[..<end], as: UTF8.self)
                unread = Data(unread[unread.index(after: end)...])
                return line
            }
            let more = output.fileHandleForReading.availableData
            if more.isEmpty {
                throw Ended()
            }
            unread.append(more)
        }
    }

    struct Ended: Error {}
}
