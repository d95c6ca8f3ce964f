#if canImport(Security)
import Foundation
import Security

/// Keeps the phone's secrets in the key chain: on this phone alone, in no backup, readable from the first unlocking
/// after a start, so that a sync in the background can open the phone. The PIN is the library's own.
///
/// The key chain outlives the app. An app without its store and its `Profile`, to which `enrol` says `AlreadyEnrolled`,
/// was taken away and brought back: it saves an empty value, and enrols anew. While the store is there nothing may do
/// that: the store is encrypted under these secrets.
public final class KeychainKeyStore: KeyStore, Sendable {
    private let service: String
    private let profile: String

    /// `profile` tells several people's secrets on one phone apart.
    public init(service: String = "org.tingfang.keys", profile: String = "owner") {
        self.service = service
        self.profile = profile
    }

    public func load() throws -> Data? {
        var query = item
        query[kSecReturnData as String] = true
        query[kSecMatchLimit as String] = kSecMatchLimitOne
        var found: CFTypeRef?
        let status = SecItemCopyMatching(query as CFDictionary, &found)
        if status == errSecItemNotFound {
            return nil
        }
        try check(status, "reading the secrets")
        return found as? Data
    }

    public func save(secrets: Data) throws {
        if secrets.isEmpty {
            try forget()
            return
        }
        let kept: [String: Any] = [
            kSecValueData as String: secrets,
            kSecAttrAccessible as String: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly,
        ]
        let status = SecItemUpdate(item as CFDictionary, kept as CFDictionary)
        if status == errSecItemNotFound {
            let fresh = item.merging(kept) { _, new in new }
            try check(SecItemAdd(fresh as CFDictionary, nil), "keeping the secrets")
        } else {
            try check(status, "keeping the secrets")
        }
    }

    private func forget() throws {
        let status = SecItemDelete(item as CFDictionary)
        if status != errSecItemNotFound {
            try check(status, "forgetting the secrets")
        }
    }

    /// Which item of the key chain it is.
    private var item: [String: Any] {
        [
            kSecClass as String: kSecClassGenericPassword,
            kSecAttrService as String: service,
            kSecAttrAccount as String: profile,
            // On a Mac, too, the key chain of the phone's kind.
            kSecUseDataProtectionKeychain as String: true,
        ]
    }

    private func check(_ status: OSStatus, _ doing: String) throws {
        if status != errSecSuccess {
            throw TingfangError.Host(reason: "\(doing): the key chain says \(status)")
        }
    }
}
#endif
