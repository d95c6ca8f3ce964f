// swift-tools-version: 6.0

import Foundation
import PackageDescription

// An app gets the library as an xcframework, with its header inside. Without one, the library is that of this
// machine: `check.sh` lays its header beside this file and tells the linker where it is.
let framework = "TingfangFFI.xcframework"
let hasFramework = FileManager.default.fileExists(atPath: "\(Context.packageDirectory)/\(framework)")

let package = Package(
    name: "Tingfang",
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: [.library(name: "Tingfang", targets: ["Tingfang"])],
    targets: [
        hasFramework
            ? .binaryTarget(name: "TingfangFFI", path: framework)
            : .systemLibrary(name: "TingfangFFI"),
        .target(
            name: "TingfangKit",
            dependencies: ["TingfangFFI"],
            // What is generated is not written for the strict rules of Swift 6.
            swiftSettings: [.swiftLanguageMode(.v5)],
            linkerSettings: hasFramework ? [] : [.linkedLibrary("tingfang")]
        ),
        .target(name: "Tingfang", dependencies: ["TingfangKit"]),
        .testTarget(name: "TingfangTests", dependencies: ["Tingfang"], exclude: ["portal.py"]),
    ]
)
