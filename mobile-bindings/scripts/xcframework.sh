#!/usr/bin/env bash
# Builds the library for iPhones and their simulators, with the Swift that goes with it, for the package in
# mobile-bindings/swift:
#
#   mobile-bindings/swift/TingfangFFI.xcframework
#   mobile-bindings/swift/Sources/TingfangKit/TingfangKit.swift
#   target/apple/TingfangFFI.xcframework.zip, and its checksum, for who fetches it as a binary target
#
# usage: xcframework.sh
#
# It needs macOS with Xcode, and three Rust targets.
set -euo pipefail

stop() {
    echo "xcframework.sh: $*" >&2
    exit 1
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
target=$(mkdir -p "${CARGO_TARGET_DIR:-target}" && cd "${CARGO_TARGET_DIR:-target}" && pwd)
made=$target/apple
package=$root/mobile-bindings/swift

phone=aarch64-apple-ios
simulators=(aarch64-apple-ios-sim x86_64-apple-ios)

[ "$(uname -s)" = Darwin ] || stop "only macOS can build for Apple's phones; this is $(uname -s)"
command -v cargo >/dev/null || stop "cargo is missing; install Rust with rustup"
xcodebuild -version >/dev/null 2>&1 || stop "Xcode is missing; the command line tools alone are not enough"
xcrun --sdk iphoneos --show-sdk-path >/dev/null 2>&1 || stop "Xcode has no SDK for iOS; install it in its settings"
if command -v rustup >/dev/null; then
    installed=$(rustup target list --installed)
    for one in "$phone" "${simulators[@]}"; do
        grep -qx "$one" <<<"$installed" || stop "a Rust target is missing; rustup target add $one"
    done
fi

export IPHONEOS_DEPLOYMENT_TARGET=16.0
set -a
# shellcheck disable=SC1091 # stands beside this
. "$root/mobile-bindings/scripts/smaller.env"
set +a
for one in "$phone" "${simulators[@]}"; do
    echo "building for $one"
    cargo rustc -p tingfang-mobile --lib --crate-type staticlib --profile mobile --target "$one" \
        --no-default-features --features mobile
done

rm -rf "$made"
# A folder that bears the module's name, so that two libraries of this kind can live in one app.
mkdir -p "$made/simulator" "$made/generated" "$made/headers/TingfangFFI"
slices=()
for one in "${simulators[@]}"; do
    slices+=("$target/$one/mobile/libtingfang.a")
done
lipo -create "${slices[@]}" -output "$made/simulator/libtingfang.a"

unset IPHONEOS_DEPLOYMENT_TARGET CFLAGS
cargo run -q -p tingfang-bindgen -- generate --no-format --language swift \
    --out-dir "$made/generated" "$target/$phone/mobile/libtingfang.a"
cp "$made/generated/TingfangFFI.h" "$made/headers/TingfangFFI/TingfangFFI.h"
cp "$made/generated/TingfangFFI.modulemap" "$made/headers/TingfangFFI/module.modulemap"

framework=$package/TingfangFFI.xcframework
rm -rf "$framework"
xcodebuild -create-xcframework \
    -library "$target/$phone/mobile/libtingfang.a" -headers "$made/headers" \
    -library "$made/simulator/libtingfang.a" -headers "$made/headers" \
    -output "$framework"
mkdir -p "$package/Sources/TingfangKit"
cp "$made/generated/TingfangKit.swift" "$package/Sources/TingfangKit/TingfangKit.swift"

ditto -c -k --sequesterRsrc --keepParent "$framework" "$made/TingfangFFI.xcframework.zip"
echo "made $framework"
echo "checksum of $made/TingfangFFI.xcframework.zip:"
swift package --package-path "$package" compute-checksum "$made/TingfangFFI.xcframework.zip"
