// One import gives an app everything: the records, errors and calls of the library, and what makes them at home in
// Swift.
//
//     let transport = URLSessionTransport()
//     let profile = try await enrol(code: readEnrolmentCode(text: scanned), deviceName: "旁听手机",
//                                   keyStore: KeychainKeyStore(), transport: transport)
//     let phone = try await Tingfang.inBackground {
//         try Tingfang.open(path: path, profile: profile, keyStore: KeychainKeyStore())
//     }
//     let report = try await phone.sync(over: transport)

@_exported import TingfangKit
