// swift-tools-version: 6.0

import PackageDescription

// The first three screens of a supervisor's app. The screens are built on a Mac alone, and not in CI.
let package = Package(
    name: "Supervisor",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [.library(name: "SupervisorScreens", targets: ["SupervisorScreens"])],
    dependencies: [.package(path: "../../../swift")],
    targets: [
        .target(name: "SupervisorModels", dependencies: [.product(name: "Tingfang", package: "swift")]),
        .target(name: "SupervisorScreens", dependencies: ["SupervisorModels"]),
    ]
)
