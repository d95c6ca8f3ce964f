#!/usr/bin/env bash
# Builds the library for Android phones, with the Kotlin that goes with it, into target/android:
#
#   jniLibs/<abi>/libtingfang.so   what ships
#   symbols/<abi>/libtingfang.so   the same with symbols, by which a crash report is read; keep it for every release
#   kotlin/                        the generated Kotlin
#
# usage: android.sh
#
# It needs cargo-ndk, the Rust targets of the three ABIs, and NDK r28 or later in ANDROID_NDK_HOME or below
# ANDROID_HOME.
set -euo pipefail

stop() {
    echo "android.sh: $*" >&2
    exit 1
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
target=$(mkdir -p "${CARGO_TARGET_DIR:-target}" && cd "${CARGO_TARGET_DIR:-target}" && pwd)
made=$target/android

# An ABI as Android calls it, and the target that Rust calls it by.
abis=(
    "arm64-v8a aarch64-linux-android"
    "armeabi-v7a armv7-linux-androideabi"
    "x86_64 x86_64-linux-android"
)
oldest_ndk=28
oldest_android=26

command -v cargo >/dev/null || stop "cargo is missing; install Rust with rustup"
cargo ndk --version >/dev/null 2>&1 || stop "cargo-ndk is missing; cargo install cargo-ndk --version '^4' --locked"

ndk=${ANDROID_NDK_HOME:-}
if [ -z "$ndk" ] && [ -d "${ANDROID_HOME:-/none}/ndk" ]; then
    ndk=$(find "$ANDROID_HOME/ndk" -mindepth 1 -maxdepth 1 -type d | sort -V | tail -n 1)
fi
[ -n "$ndk" ] || stop "no NDK was found; set ANDROID_NDK_HOME to NDK r$oldest_ndk or later"
[ -f "$ndk/source.properties" ] || stop "$ndk is no NDK: it has no source.properties"
revision=$(sed -n 's/^Pkg\.Revision *= *//p' "$ndk/source.properties")
[ "${revision%%.*}" -ge "$oldest_ndk" ] || stop "the NDK in $ndk is r${revision%%.*}; r$oldest_ndk or later is needed"
strip=$(find "$ndk/toolchains/llvm/prebuilt" -name llvm-strip | head -n 1)
[ -n "$strip" ] || stop "the NDK in $ndk has no llvm-strip"
export ANDROID_NDK_HOME=$ndk
tools=$(dirname "$strip")

if command -v rustup >/dev/null; then
    installed=$(rustup target list --installed)
    for abi in "${abis[@]}"; do
        grep -qx "${abi#* }" <<<"$installed" || stop "a Rust target is missing; rustup target add ${abi#* }"
    done
fi

# Symbols stay in here, and go below into a copy of their own. A build id tells which copy is whose.
export CARGO_PROFILE_MOBILE_STRIP=none
export RUSTFLAGS="${RUSTFLAGS:-} -C link-arg=-Wl,-z,max-page-size=16384 -C link-arg=-Wl,-z,common-page-size=16384"
export RUSTFLAGS="$RUSTFLAGS -C link-arg=-Wl,--build-id=sha1"

set -a
# shellcheck disable=SC1091 # stands beside this
. "$root/mobile-bindings/scripts/smaller.env"
set +a
export RUSTFLAGS="$RUSTFLAGS $RUST_SMALLER $LINK_SMALLER -C link-arg=-Wl,--pack-dyn-relocs=android"

rm -rf "$made"
for abi in "${abis[@]}"; do
    name=${abi% *}
    echo "building for $name"
    # Clang names a 32 bit target otherwise than Rust does.
    clang=${abi#* } && clang=${clang/armv7-/armv7a-}
    CC="$tools/clang --target=$clang$oldest_android" AR=$tools/llvm-ar NM=$tools/llvm-nm \
        "$root/mobile-bindings/scripts/cipher.sh" "$target/cipher/$name"
    set -a
    # shellcheck disable=SC1091 # made a line above
    . "$target/cipher/$name/env"
    set +a
    cargo ndk --target "$name" --platform "$oldest_android" \
        build -p tingfang-mobile --lib --profile mobile --features mobile
    mkdir -p "$made/jniLibs/$name" "$made/symbols/$name"
    cp "$target/${abi#* }/mobile/libtingfang.so" "$made/symbols/$name/"
    "$strip" --strip-all -o "$made/jniLibs/$name/libtingfang.so" "$made/symbols/$name/libtingfang.so"
done

# Read from a copy with symbols: what the library says of itself is among them. All three say the same.
unset RUSTFLAGS CFLAGS
cargo run -q -p tingfang-bindgen -- generate --no-format --language kotlin --config mobile-bindings/android.toml \
    --out-dir "$made/kotlin" "$made/symbols/arm64-v8a/libtingfang.so"

"$root/mobile-bindings/scripts/verify-artifacts.sh" "$made/jniLibs" "$made/symbols"
echo "made in $made; next: gradle -p mobile-bindings/kotlin :android:assembleRelease"
