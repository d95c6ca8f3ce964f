#!/usr/bin/env bash
# Builds the library and its Swift, runs the stories against a real server, and ends with `N passed, N failed`.
#
# usage: check.sh [--built]
#
# With --built it takes the library, the server and the generator that are in the target folder already. Without a
# Swift toolchain it says so and is content.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

# Another program is called `swift`, too.
if ! swift --version 2>/dev/null | grep -q "Swift version"; then
    echo "swift: skipped, no Swift toolchain was found"
    exit 0
fi

cd "$root"
if [ "${1:-}" != "--built" ]; then
    cargo build -p tingfang-mobile -p tingfang-bindgen -p tingfang-server
fi
target=$(cd "${CARGO_TARGET_DIR:-target}" && pwd)
debug=$target/debug
case $(uname) in
    Darwin) library=$debug/libtingfang.dylib ;;
    *) library=$debug/libtingfang.so ;;
esac

# The sources are made from the very library that is linked, so that the two can never be of different versions.
generated=$target/swift-bindings
rm -rf "$generated"
mkdir -p "$generated" "$here/Sources/TingfangFFI" "$here/Sources/TingfangKit"
"$debug/tingfang-bindgen" generate --no-format --language swift \
    --out-dir "$generated" "$library"
# Swift builds again what is newer: what is the same as before stays as it was.
lay() {
    cmp -s "$1" "$2" || cp "$1" "$2"
}
lay "$generated/TingfangKit.swift" "$here/Sources/TingfangKit/TingfangKit.swift"
lay "$generated/TingfangFFI.h" "$here/Sources/TingfangFFI/TingfangFFI.h"
lay "$generated/TingfangFFI.modulemap" "$here/Sources/TingfangFFI/module.modulemap"

# The code of the guide, as one file beside the stories: what stands there compiles.
sed -n '/^```swift$/,/^```$/{/^```/d;p;}' docs/mobile-guide.md > "$generated/Guide.swift"
lay "$generated/Guide.swift" "$here/Tests/TingfangTests/Guide.swift"

flags=(-Xswiftc -warnings-as-errors -Xlinker "-L$debug" -Xlinker -rpath -Xlinker "$debug")

# The view models of the samples build everywhere, their screens only where SwiftUI is.
samples=(--target SupervisorModels)
if [ "$(uname)" = Darwin ]; then
    samples=()
fi
swift build --package-path "$here/../samples/swift/Supervisor" --scratch-path "$target/swift-samples" \
    "${flags[@]}" ${samples[@]+"${samples[@]}"}

swift build --package-path "$here" --scratch-path "$target/swift" --build-tests "${flags[@]}"
log=$target/swift-test.log
export TINGFANG_BIN=${TINGFANG_BIN:-$debug/tingfang}
ended=0
swift test --package-path "$here" --scratch-path "$target/swift" --skip-build "${flags[@]}" 2>&1 |
    tee "$log" || ended=$?

passed=$(grep -c "^Test Case .* passed (" "$log" || true)
failed=$(grep -c "^Test Case .* failed (" "$log" || true)
if ! grep -q "^Test Suite 'All tests' \(passed\|failed\) at" "$log"; then
    echo "the run ended in the middle of a test"
    failed=$((failed + 1))
fi
echo "$passed passed, $failed failed"
if [ "$ended" -ne 0 ] || [ "$failed" -ne 0 ]; then
    exit 1
fi
