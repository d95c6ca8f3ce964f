import Foundation
import Tingfang

/// Keeps the secrets in a plain file. For tests alone: whoever has the file has the phone.
final class FileKeyStore: KeyStore {
    private let file: URL

    init(_ file: URL) {
        self.file = file
    }

    func load() throws -> Data? {
        FileManager.default.fileExists(atPath: file.path) ? try Data(contentsOf: file) : nil
    }

    func save(secrets: Data) throws {
        if secrets.isEmpty {
            try FileManager.default.removeItem(at: file)
        } else {
            try secrets.write(to: file, options: .atomic)
        }
    }
}
