#!/usr/bin/env bash
# Builds what SQLCipher ciphers with: libtomcrypt, out of the very crate that has SQLCipher's source. It takes
# 0.1 MB of the library where OpenSSL takes 4.
#
# usage: cipher.sh FOLDER
#
# The compiler, the archiver, what lists symbols and the flags are CC, AR, NM and CFLAGS. FOLDER/env then holds the
# settings, one NAME=VALUE on a line, with which `cargo build --features mobile` finds it:
#
#   set -a; . FOLDER/env; set +a
#
# Apple's platforms need none of it: there SQLCipher ciphers with what the system brings.
set -euo pipefail

[ $# -eq 1 ] || {
    echo "usage: cipher.sh FOLDER" >&2
    exit 1
}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
made=$(mkdir -p "$1" && cd "$1" && pwd)

manifest=$(cd "$root" && cargo metadata --format-version 1 --locked --all-features |
    grep -o '"manifest_path":"[^"]*sqlcipher-src-[^"]*"' | cut -d '"' -f 4 || true)
manifest=${manifest%%$'\n'*}
[ -n "$manifest" ] || {
    echo "cipher.sh: Cargo.lock names no sqlcipher-src" >&2
    exit 1
}
sources=$(dirname "$manifest")/sqlcipher
list=$(dirname "$manifest")/src/libtomcrypt_sources.rs

# Only what SQLCipher asks for. Both sides are compiled with these, so that their structures agree.
switches="-DLTC_NOTHING -DLTC_RIJNDAEL -DLTC_CBC_MODE -DLTC_SHA1 -DLTC_SHA256 -DLTC_SHA512 -DLTC_HASH_HELPERS"
switches="$switches -DLTC_HMAC -DLTC_FORTUNA -DLTC_PKCS_5 -DLTC_RNG_GET_BYTES -DLTC_PRNG_ENABLE_LTC_RNG"
switches="$switches -DLTC_NO_TEST -DLTC_NO_ASM -DLTC_NO_MATH -DLTC_CLEAN_STACK -DARGTYPE=4"
# Randomness is the system's; without these it would be that of a clock.
switches="$switches -DLTC_DEVRANDOM -DLTC_TRY_URANDOM_FIRST"
# What of SQLite a phone never asks for.
unused="-USQLITE_ENABLE_FTS3 -USQLITE_ENABLE_FTS3_PARENTHESIS -USQLITE_ENABLE_RTREE -USQLITE_ENABLE_DBSTAT_VTAB"
unused="$unused -USQLITE_ENABLE_LOAD_EXTENSION -DSQLITE_OMIT_LOAD_EXTENSION -USQLITE_SOUNDEX"

objects=$made/objects
rm -rf "$objects" "$made/lib" && mkdir -p "$objects" "$made/lib"
nth=0
random=
while IFS= read -r file; do
    nth=$((nth + 1))
    # shellcheck disable=SC2086 # several flags in one variable
    ${CC:-cc} ${CFLAGS:-} $switches -DLTC_SOURCE -Os -fPIC -ffunction-sections -fdata-sections -w \
        -I "$sources/libtomcrypt/headers" -c "$sources/$file" -o "$objects/$nth.o"
    case $file in */rng_get_bytes.c) random=$objects/$nth.o ;; esac
done < <(grep -o '"[^"]*\.c"' "$list" | tr -d '"')
# The name by which SQLCipher's build asks for its cryptography.
${AR:-ar} crs "$made/lib/libcrypto.a" "$objects"/*.o

[ -n "$random" ] && "${NM:-nm}" "$random" | grep 'U fopen' >/dev/null || {
    echo "cipher.sh: what gives random bytes does not ask the system for them" >&2
    exit 1
}

cat >"$made/env" <<SETTINGS
OPENSSL_LIB_DIR='$made/lib'
OPENSSL_INCLUDE_DIR='$sources/libtomcrypt/headers'
LIBSQLITE3_FLAGS='-DSQLCIPHER_CRYPTO_LIBTOMCRYPT $switches $unused'
SETTINGS
