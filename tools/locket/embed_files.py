#!/usr/bin/env python3
"""Writes a C++ source that holds files, so that the program needs none beside it.

Usage: embed_files.py OUTPUT FUNCTION FILE...

The source defines `std::span<const EmbeddedFile> FUNCTION() noexcept`, with the files in the order they are named.
"""
import hashlib
import pathlib
import sys

PIECE_BYTES = 4096  # a compiler need not take a longer literal


def escaped(byte):
    if byte == 0x0A:
        return "\\n"
    plain = 0x20 <= byte < 0x7F and chr(byte) not in '"\\?'
    return chr(byte) if plain else f"\\{byte:03o}"


def literal(data):
    pieces = [data[at:at + PIECE_BYTES] for at in range(0, len(data), PIECE_BYTES)] or [b""]
    return "\n".join('     "' + "".join(map(escaped, piece)) + '"' for piece in pieces)


def entry(path):
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()[:32]
    return f'    {{"{path.name}", std::string_view(\n{literal(data)},\n     {len(data)}), "\\"{digest}\\""}},'


def main():
    output, function, *files = sys.argv[1:]
    entries = "\n".join(entry(pathlib.Path(file)) for file in files)
    pathlib.Path(output).write_text(f"""#include "embedded_file.hpp"

namespace locket::tool {{
namespace {{

constexpr EmbeddedFile files[] = {{
{entries}
}};

}}  // namespace

std::span<const EmbeddedFile> {function}() noexcept {{ return files; }}

}}  // namespace locket::tool
""", encoding="ascii")


if __name__ == "__main__":
    main()
