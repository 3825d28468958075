#!/usr/bin/env python3
"""Draws the seed corpora of the fuzz targets into tests/fuzz/corpus, a folder a target. Pillow makes the JPEGs."""
import base64
import io
import json
import pathlib
import sqlite3
import struct
import zlib

from PIL import Image, ImageCms

HERE = pathlib.Path(__file__).resolve().parent
CORPUS = HERE / "corpus"


def write(target, name, data):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(colour, depth, interlace=0, before=(), after=(), size=(9, 7)):
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    rows = b""
    for x, y, dx, dy in passes if interlace else [(0, 0, 1, 1)]:
        width, height = -(-(size[0] - x) // dx), -(-(size[1] - y) // dy)
        if width < 1 or height < 1:
            continue
        row_bytes = (width * channels * depth + 7) // 8
        for row in range(height):
            body = bytes((row * 37 + i * 11) % (4 if colour == 3 else 256) for i in range(row_bytes))
            rows += bytes([row % 5]) + (bytes(row_bytes) if colour == 3 else body)
    parts = [chunk(b"IHDR", struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, interlace)), *before]
    if colour == 3:
        parts.append(chunk(b"PLTE", bytes(range(12))))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts + [*after, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")])


def pictures():
    for colour, depths in {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}.items():
        for depth in depths:
            for interlace in (0, 1):
                write("png-reader", f"c{colour}d{depth}i{interlace}.png", png(colour, depth, interlace))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
    iccp = b"p\0\0" + zlib.compress(profile)
    write("png-reader", "profile.png", png(2, 8, before=[chunk(b"iCCP", iccp)]))
    write("png-reader", "exif.png", png(6, 8, before=[chunk(b"eXIf", exif)]))
    write("png-reader", "transparent.png", png(3, 8, after=[chunk(b"tRNS", b"\0\x80\xff")]))
    write("png-reader", "key.png", png(2, 8, after=[chunk(b"tRNS", b"\0\x01\0\x02\0\x03")]))
    write("png-reader", "animated.png", png(6, 8, before=[chunk(b"acTL", struct.pack(">II", 1, 0))]))
    write("png-reader", "large.png", png(2, 8, size=(120, 90)))
    for name, body in {"orientation": exif, "profile": b"\x02" + profile, "profile-in-chunk": iccp}.items():
        write("metadata", name, body)
    picture = Image.new("RGB", (33, 21))
    picture.putdata([(x * 7 % 256, y * 11 % 256, (x ^ y) % 256) for y in range(21) for x in range(33)])
    for name, form, options in (("baseline", "RGB", {}), ("progressive", "RGB", {"progressive": True}), ("grey", "L", {}),
                                ("inks", "CMYK", {}), ("restarts", "RGB", {"restart_marker_blocks": 2}),
                                ("whole", "RGB", {"subsampling": 0, "icc_profile": profile, "exif": b"Exif\0\0" + exif})):
        out = io.BytesIO()
        picture.convert(form).save(out, "JPEG", quality=60, **options)
        write("jpeg-reader", name + ".jpg", out.getvalue())
        write("import", name + ".jpg", out.getvalue())
    write("import", "rgba.png", png(6, 8, size=(40, 25)))
    write("import", "palette.png", png(3, 4, 1, size=(40, 25)))


def hostile_profile(signature, tag):
    """A profile of one tag, as the chunk of a PNG that is RGB."""
    body = struct.pack(">I4sII", 1, signature, 144, len(tag)) + tag
    head = struct.pack(">I4sI12s12s4s", 128 + len(body), b"none", 0x04300000, b"mntrRGB XYZ ", bytes(12), b"acsp")
    return b"n\0\0" + zlib.compress(head.ljust(128, b"\0") + body, 9)


def hostile_profiles():
    """What Little CMS would work on for minutes, and what it would take 99 MB for."""
    count = 12_000
    element = b"matf" + struct.pack(">IHH12f", 0, 3, 3, .99, .01, 0, 0, 1, .01, 0, 0, 1, .001, 0, 0)
    places = struct.pack(">II", 16 + 8 * count, len(element)) * count
    write("metadata", "elements-without-end",
          hostile_profile(b"D2B0", struct.pack(">4sIHHI", b"mpet", 0, 3, 3, count) + places + element))
    identity = [65536, 0, 0, 0, 65536, 0, 0, 0, 65536]
    write("metadata", "table-that-is-not-there",
          hostile_profile(b"A2B0", struct.pack(">4sIBBBB9iHH", b"mft2", 0, 3, 3, 255, 0, *identity, 2, 2) + bytes(48)))


def streams():
    text = b"".join(b"row %d of a picture; " % i for i in range(60))
    for name, body in (("text", text), ("zeros", bytes(5000)), ("bytes", bytes(range(256)) * 3), ("empty", b"")):
        for level in (0, 1, 9):
            write("inflater", f"{name}-{level}", struct.pack("<HH", 299, 999) + zlib.compress(body, level))
    fixed = zlib.compressobj(6, zlib.DEFLATED, 15, 8, zlib.Z_FIXED)
    write("inflater", "fixed", struct.pack("<HH", 3, 17) + fixed.compress(text) + fixed.flush())
    for number in range(15):
        head = struct.pack("<BBBHHBBBBBB", number, number, number % 8, 17 + 97 * number, 250 - 13 * number, number % 3, number % 8,
                           number % 3, number % 5, number * 17, number * 5)
        seen = struct.pack("<BBBHBHB", number, 5 * number, 31 - number, 65535 - 4000 * number, 17 * number, 4000 * number, 128)
        write("resizer", f"job-{number}", head + seen + bytes((number * 31 + i * i) % 256 for i in range(40)))
        write("png-writer", f"image-{number}", struct.pack("<HBBB", 13 + 41 * number, 3 + number, number % 3, number % 2) +
              (bytes([number]) * 4 if number % 3 else bytes(range(0, 250, number + 1))))


def documents():
    claims = {"iss": "i", "sub": "alice", "client_id": "client", "aud": ["a"], "scope": ["itwin-platform"], "exp": 1800003600,
              "nbf": 1799999000, "iat": 1799999000}
    for name, text in {"claims": json.dumps(claims), "numbers": "[0,-1,1.5e-7,9223372036854775807,1e308]", "literals": "[true,false,null]",
                       "text": '"\\u00e9\\ud83d\\ude00\\n\\/"', "nested": "[" * 31 + "{}" + "]" * 31, "keys": '{"a":{"b":[{}]},"":0}'}.items():
        write("json", name, text)
    head = base64.urlsafe_b64encode(b'{"alg":"ES256","typ":"at+jwt","kid":"k"}').rstrip(b"=")
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=")
    write("token", "text", b"\x01" + head + b"." + body + b"." + b"A" * 86)
    write("token", "bearer", b"\x01Bearer " + head + b"." + body + b"." + b"A" * 86)
    write("token", "payload", b"\x02" + json.dumps(claims).encode())
    write("token", "signed", b"\x10" + json.dumps(claims).encode())
    write("token", "scope-as-text", b"\x10" + json.dumps({**claims, "scope": "openid itwin-platform"}).encode())
    point = {"kty": "EC", "crv": "P-256", "kid": "e", "use": "sig", "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY",
             "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"}
    modulus = base64.urlsafe_b64encode(bytes([0xC1]) + bytes((i * 89 + 7) % 256 for i in range(254)) + b"\xA7").rstrip(b"=").decode()
    number = {"kty": "RSA", "n": modulus, "e": "AQAB", "alg": "PS256", "kid": "r"}
    write("key-set", "point", json.dumps({"keys": [point]}))
    write("key-set", "both", json.dumps({"keys": [point, number, {"kty": "oct", "k": "AA"}]}))
    example = json.loads((HERE.parent.parent / "examples/access.json").read_text(encoding="utf-8"))
    write("access-document", "example", json.dumps(example))
    write("access-document", "empty", "{}")


def requests():
    shown, empty = "11111111-1111-4111-8111-111111111111", "33333333-3333-4333-8333-333333333333"
    tiny = png(0, 8, size=(4, 3)).decode("latin-1")
    for name, method, imodel, query, headers, body in (
            ("get", 0, shown, "size=large", ["Authorization:{alice}"], ""), ("head", 2, shown, "", ["authorization:{max}"], ""),
            ("default", 0, empty, "a=b&size=small", ["Authorization:{alice}", "If-None-Match:*"], ""),
            ("put", 1, empty, "", ["Authorization:{max}", "Content-Type:image/png"], tiny),
            ("put-if-match", 1, shown, "", ["Authorization:{max}", "content-type:image/png; q=1", 'If-Match:"0", *'], tiny),
            ("put-viewer", 1, shown, "", ["Authorization:{alice}", "Content-Type:image/jpeg"], "x"),
            ("hidden", 0, shown, "size=no", ["Authorization:{mallory}"], ""), ("other", 3, shown, "", ["Authorization:{max}"], ""),
            ("no-token", 0, shown, "", [], ""), ("bad-token", 0, shown, "", ["Authorization:Bearer a.b.c"], "")):
        text = "\n".join([chr(method) + imodel, query, *headers, "", body])
        write("request", name, text.encode("latin-1"))


def connections():
    shown, empty = "11111111-1111-4111-8111-111111111111", "33333333-3333-4333-8333-333333333333"
    tiny = png(0, 8, size=(4, 3)).decode("latin-1")
    host, path = "Host: localhost\r\n", f"/imodels/{shown}/thumbnail"
    alice, manager = host + "Authorization: {alice}\r\n", host + "Authorization: {max}\r\nContent-Type: image/png\r\n"
    chunked = "".join(f"{len(tiny[at:at + 40]):x};a=b\r\n{tiny[at:at + 40]}\r\n" for at in range(0, len(tiny), 40)) + "0\r\nX: y\r\n\r\n"
    get = f"GET {path}?size=large HTTP/1.1\r\n{alice}\r\n"
    put = f"PUT /imodels/{empty}/thumbnail HTTP/1.1\r\n{manager}"
    for name, text in {
            "get": get, "no-token": f"GET {path} HTTP/1.1\r\n{host}\r\n", "hidden": f"GET {path} HTTP/1.1\r\n{host}Authorization: {{mallory}}\r\n\r\n",
            "head-then-get": f"HEAD {path} HTTP/1.1\r\n{alice}If-None-Match: *\r\n\r\n" + get, "http-1.0": f"GET {path} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            "pipelined": get * 3 + "OPTIONS * HTTP/1.1\r\n" + host + "Origin: https://example.org\r\n\r\n", "proxied": f"GET http://localhost{path} HTTP/1.1\r\n{alice}\r\n",
            "put": f"{put}Content-Length: {len(tiny)}\r\n\r\n{tiny}" + get, "put-chunked": f"{put}Transfer-Encoding: chunked\r\n\r\n{chunked}" + get,
            "put-expect": f"{put}Content-Length: {len(tiny)}\r\nExpect: 100-continue\r\n\r\n{tiny}", "put-too-large": f"{put}Content-Length: 5242881\r\n\r\n",
            "put-refused": f"PUT {path} HTTP/1.1\r\n{alice}Content-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n{chunked}",
            "both-lengths": f"{put}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "delete": f"DELETE {path} HTTP/1.1\r\n{alice}\r\n",
            "health": f"GET /health HTTP/1.1\r\n{host}\r\n", "metrics": f"GET /metrics HTTP/1.1\r\n{host}Connection: close\r\n\r\n", "openapi": f"GET /openapi.json HTTP/1.1\r\n{host}\r\n",
            "page": f"GET / HTTP/1.1\r\n{host}\r\n", "gallery": f"GET /gallery/imodels HTTP/1.1\r\n{alice}\r\nGET /gallery/imodels/{shown} HTTP/1.1\r\n{alice}\r\n"}.items():
        write("http", name, ("0" + text).encode("latin-1"))
    write("http", "in-pieces", b"%" + (get + put + "Transfer-Encoding: chunked\r\n\r\n" + chunked).encode("latin-1"))


def model(name, statements, page=512):
    path = CORPUS / "imodel-file" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    file = sqlite3.connect(path)
    file.executescript(f"PRAGMA page_size={page}; PRAGMA application_id={0x42654462}; PRAGMA user_version=10;")
    for sql, *values in statements:
        file.execute(sql, values)
    file.commit()
    file.close()


def models():
    table = ("CREATE TABLE be_Prop (Namespace CHAR NOT NULL, Name CHAR NOT NULL, Id INT NOT NULL, SubId INT NOT NULL, "
             "TxnMode Int NOT NULL, StrData CHAR, RawSize INT, Data BLOB, PRIMARY KEY(Namespace, Name, Id, SubId))",)
    insert = "INSERT INTO be_Prop VALUES (?,?,?,0,0,?,?,?)"
    picture = png(2, 8, size=(16, 16))
    guid = (insert, "be_Db", "DbGuid", 0, None, None, bytes(range(16)))
    view = '{"format":"png","height":16,"width":16}'
    model("raw.bim", [table, guid, (insert, "dgn_View", "Thumbnail", 7, view, None, picture),
                      (insert, "dgn_View", "DefaultView", 0, None, None, struct.pack("<Q", 7))])
    model("compressed.bim", [table, (insert, "dgn_View", "Thumbnail", 9, view, len(picture), zlib.compress(picture))])
    model("overflow.bim", [table, (insert, "dgn_View", "Thumbnail", 3, view, 0, png(2, 8, size=(30, 30)) + bytes(2000))])
    model("view-store.bim", [("CREATE TABLE thumbnails (Id INTEGER PRIMARY KEY, json TEXT, owner TEXT, data BLOB NOT NULL)",),
                             ("CREATE TABLE viewGroups (id INTEGER PRIMARY KEY, defaultViewId INTEGER)",),
                             ("INSERT INTO thumbnails VALUES (4, ?, NULL, ?)", view, picture), ("INSERT INTO viewGroups VALUES (1, 4)",)])


def stores():
    write("store-file", "sound", b"")
    for place in range(0, 1200, 60):
        write("store-file", f"patched-{place}", struct.pack("<HBB", place, place % 64, 7) + bytes([0xFF, 0, 1, 0x80, 0x7F, 0, 9, 3]))


if __name__ == "__main__":
    for draw in (pictures, hostile_profiles, streams, documents, requests, connections, models, stores):
        draw()
    print(sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()), "bytes")
