#if canImport(Security)
import Foundation
import Security

/// The phone's P-256 key in the Secure Enclave, which makes it and does not give it away.
///
/// An app calls `make` before it enrols, and never again: a phone whose key is gone must say so and be enrolled anew,
/// not sign with a key that its centre does not know.
public final class SecureEnclaveKey: HardwareKey, Sendable {
    private let tag: Data

    /// `profile` tells several people's keys on one phone apart.
    public init(profile: String = "owner") {
        tag = Data("org.tingfang.device.\(profile)".utf8)
    }

    /// Makes the key. One that is there stays. Throws where there is no Secure Enclave.
    public func make() throws {
        if try find() != nil {
            return
        }
        var failure: Unmanaged<CFError>?
        // No unlocked screen is asked for: a sync in the background signs too.
        let access = SecAccessControlCreateWithFlags(
            nil, kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly, .privateKeyUsage, &failure
        )
        guard let access else { throw failed("allowing the use of the key", failure) }
        let form: [String: Any] = [
            kSecAttrKeyType as String: kSecAttrKeyTypeECSECPrimeRandom,
            kSecAttrKeySizeInBits as String: 256,
            kSecAttrTokenID as String: kSecAttrTokenIDSecureEnclave,
            kSecUseDataProtectionKeychain as String: true,
            kSecPrivateKeyAttrs as String: [
                kSecAttrIsPermanent as String: true,
                kSecAttrApplicationTag as String: tag,
                kSecAttrAccessControl as String: access,
            ] as [String: Any],
        ]
        if SecKeyCreateRandomKey(form as CFDictionary, &failure) == nil {
            throw failed("making the key", failure)
        }
    }

    /// Forgets the key, as after a wipe.
    public func forget() throws {
        let status = SecItemDelete(item as CFDictionary)
        if status != errSecSuccess && status != errSecItemNotFound {
            throw TingfangError.Host(reason: "forgetting the key: the key chain says \(status)")
        }
    }

    /// 65 bytes: 4, then both coordinates.
    public func publicKey() throws -> Data {
        let key = try there()
        var failure: Unmanaged<CFError>?
        guard let point = SecKeyCopyPublicKey(key),
            let bytes = SecKeyCopyExternalRepresentation(point, &failure)
        else { throw failed("reading the public key", failure) }
        return bytes as Data
    }

    public func sign(message: Data) throws -> Data {
        let key = try there()
        let algorithm = SecKeyAlgorithm.ecdsaSignatureMessageX962SHA256
        var failure: Unmanaged<CFError>?
        guard let signature = SecKeyCreateSignature(key, algorithm, message as CFData, &failure) else {
            throw failed("signing", failure)
        }
        return signature as Data
    }

    private func there() throws -> SecKey {
        guard let key = try find() else {
            throw TingfangError.NoKeys(reason: "the key in the Secure Enclave is not there")
        }
        return key
    }

    private func find() throws -> SecKey? {
        var query = item
        query[kSecReturnRef as String] = true
        query[kSecMatchLimit as String] = kSecMatchLimitOne
        var found: CFTypeRef?
        let status = SecItemCopyMatching(query as CFDictionary, &found)
        if status == errSecItemNotFound {
            return nil
        }
        guard status == errSecSuccess, let found, CFGetTypeID(found) == SecKeyGetTypeID() else {
            throw TingfangError.Host(reason: "finding the key: the key chain says \(status)")
        }
        // What has this type is one; Swift has no cast that asks.
        return (found as! SecKey)
    }

    /// Which item of the key chain it is.
    private var item: [String: Any] {
        [
            kSecClass as String: kSecClassKey,
            kSecAttrKeyType as String: kSecAttrKeyTypeECSECPrimeRandom,
            kSecAttrApplicationTag as String: tag,
            kSecUseDataProtectionKeychain as String: true,
        ]
    }
}

private func failed(_ doing: String, _ failure: Unmanaged<CFError>?) -> TingfangError {
    let reason = failure.map { ($0.takeRetainedValue() as any Error).localizedDescription } ?? "no reason was given"
    return .Host(reason: "\(doing): \(reason)")
}
#endif
