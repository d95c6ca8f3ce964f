#!/usr/bin/env bash
# Looks at built libraries as a phone would, before they ship.
#
# usage: verify-artifacts.sh JNILIBS [SYMBOLS]
#        verify-artifacts.sh LIBRARY.so [LIBRARY WITH SYMBOLS]
#
# JNILIBS has a folder for each ABI; SYMBOLS, by default the folder `symbols` beside it, has the same with symbols.
# For a single library that is the file LIBRARY.so.symbols. Asked of each library:
#
#   - it is an ELF library of its ABI's machine, and no ABI is missing
#   - its segments are aligned for memory pages of 16 KB
#   - it has no symbols but those that a loader needs, and the copy beside it has them, of the very same build
#   - it is not larger than 7 MB (6 are aimed at; docs/measurements.md says where they go; cargo xtask test allows the
#     one for x86-64 Linux 6.75, which other ABIs with longer instructions miss)
#
# Says all that is wrong, and ends with 1 if anything is.
set -euo pipefail

most_bytes=$((7 * 1000 * 1000))
page_bytes=$((16 * 1024))

stop() {
    echo "verify-artifacts.sh: $*" >&2
    exit 1
}

readelf=
for one in readelf llvm-readelf greadelf; do
    if command -v "$one" >/dev/null; then
        readelf=$one
        break
    fi
done
[ -n "$readelf" ] || stop "neither readelf nor llvm-readelf is here; install binutils or LLVM"
[ $# -ge 1 ] && [ $# -le 2 ] || stop "usage: verify-artifacts.sh JNILIBS|LIBRARY.so [SYMBOLS]"

problems=0
problem() {
    echo "$1: $2" >&2
    problems=$((problems + 1))
}

# The machine of an ABI, in readelf's words.
machine_of() {
    case $1 in
        arm64-v8a) echo "ELF64 AArch64" ;;
        armeabi-v7a) echo "ELF32 ARM" ;;
        x86_64) echo "ELF64 Advanced Micro Devices X86-64" ;;
        *) return 1 ;;
    esac
}

# What readelf says of a file; of one that is no ELF file, nothing.
read_elf() {
    LC_ALL=C "$readelf" -W "$@" 2>/dev/null || true
}

# `Class` or another line of a file's header.
header() {
    read_elf -h "$2" | sed -n "s/^[[:space:]]*$1: *//p"
}

machine() {
    echo "$(header Class "$1") $(header Machine "$1")"
}

build_id() {
    read_elf -n "$1" | sed -n 's/.*Build ID: *//p'
}

# The names of sections that hold symbols for people: the loader's own table is another.
symbol_sections() {
    read_elf -S "$1" | { grep -oE '\.z?debug_[a-z_]+|\.symtab\b|\.gnu_debugdata' || true; } | sort -u | tr '\n' ' '
}

# The alignments of the segments that are loaded, as readelf writes them: 0x4000.
alignments() {
    read_elf -l "$1" | awk '$1 == "LOAD" { print $NF }'
}

# One library: its file, the machine that it is for (or nothing), and its copy with symbols.
verify() {
    local file=$1 wanted=$2 symbols=$3 before=$problems
    if [ ! -f "$file" ]; then
        problem "$file" "is missing"
        return
    fi
    if [[ $(header Type "$file") != DYN* ]]; then
        problem "$file" "is no ELF library"
        return
    fi
    local found
    found=$(machine "$file")
    if [ -n "$wanted" ] && [ "$found" != "$wanted" ]; then
        problem "$file" "is for $found, not for $wanted"
    elif [ -z "$wanted" ] && ! grep -qxF "$found" <<<"$known"; then
        problem "$file" "is for $found, which is no machine of ours"
    fi

    local loads=0 alignment
    for alignment in $(alignments "$file"); do
        loads=$((loads + 1))
        if [ $((alignment)) -lt "$page_bytes" ] || [ $((alignment % page_bytes)) -ne 0 ]; then
            problem "$file" "a segment is aligned to $((alignment)) bytes; phones with 16 KB pages need $page_bytes"
            break
        fi
    done
    [ "$loads" -gt 0 ] || problem "$file" "has no segment to load"

    local left
    left=$(symbol_sections "$file")
    [ -z "$left" ] || problem "$file" "still has symbols: ${left% }"

    local id
    id=$(build_id "$file")
    [ -n "$id" ] || problem "$file" "has no build id, so that no crash can be matched with its symbols"
    if [ ! -f "$symbols" ]; then
        problem "$file" "its copy with symbols is missing: $symbols"
    else
        [ -n "$(symbol_sections "$symbols")" ] || problem "$symbols" "is to have symbols and has none"
        [ "$(build_id "$symbols")" = "$id" ] || problem "$symbols" "is of another build than $file"
    fi

    local bytes
    bytes=$(wc -c <"$file")
    if [ "$bytes" -gt "$most_bytes" ]; then
        problem "$file" "has $((bytes)) bytes; at most $most_bytes ship"
    fi
    [ "$problems" -gt "$before" ] || echo "$file: good, $((bytes)) bytes, $found"
}

abis="arm64-v8a armeabi-v7a x86_64"
known=$(for abi in $abis; do machine_of "$abi"; done)

if [ -d "$1" ]; then
    folder=${1%/}
    symbols=${2:-$(dirname "$folder")/symbols}
    for abi in $abis; do
        verify "$folder/$abi/libtingfang.so" "$(machine_of "$abi")" "$symbols/$abi/libtingfang.so"
    done
    for other in "$folder"/*/; do
        name=$(basename "$other")
        machine_of "$name" >/dev/null || [ ! -d "$other" ] || problem "$other" "is no ABI that ships"
    done
elif [ -f "$1" ]; then
    verify "$1" "" "${2:-$1.symbols}"
else
    stop "$1 is neither a folder nor a file"
fi

if [ "$problems" -gt 0 ]; then
    echo "verify-artifacts.sh: problems: $problems" >&2
    exit 1
fi
