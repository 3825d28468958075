#!/usr/bin/env python3
"""Makes a page of the pictures that an import stored.

Usage: contact_sheet.py first IMPORT.jsonl                 prints the id of the first stored iModel
       contact_sheet.py write IMPORT.jsonl PICTURES PAGE   writes the page; PICTURES is what `locket export` wrote

IMPORT.jsonl is what `locket import --json` printed.
"""
import html
import json
import os
import pathlib
import sys

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Thumbnails</title>
<style>
  :root {{ color-scheme: light dark; font: 15px/1.4 system-ui, sans-serif; }}
  body {{ margin: 2rem auto; max-width: 84rem; padding: 0 1rem; }}
  section {{ display: grid; gap: 2rem 1.5rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 38rem), 1fr)); }}
  figure {{ margin: 0; }}
  .pair {{ align-items: end; display: flex; gap: .75rem; }}
  .pair a {{ flex: 2; }} .pair a + a {{ flex: 1; }}
  img {{ border-radius: 4px; display: block; height: auto; width: 100%; box-shadow: 0 0 0 1px #8884;
    background: repeating-conic-gradient(#8882 0 25%, #0000 0 50%) 0 0 / 16px 16px; }}
  figcaption {{ margin-top: .5rem; overflow-wrap: anywhere; }}
  code {{ font-size: .85em; opacity: .75; }}
</style>
<h1>{title}</h1>
<section>
{figures}
</section>
{failures}
</html>
"""

FIGURE = """<figure>
  <div class="pair">
    <a href="{folder}/{imodel}.large.png"><img loading="lazy" width="800" height="500" alt="{name}, large" src="{folder}/{imodel}.large.png"></a>
    <a href="{folder}/{imodel}.small.png"><img loading="lazy" width="400" height="250" alt="{name}, small" src="{folder}/{imodel}.small.png"></a>
  </div>
  <figcaption>{name}<br><code>{imodel}</code></figcaption>
</figure>"""


def read_lines(path):
    """The import's lines: those of stored pictures, and those of failed ones."""
    with open(path, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    items = [line for line in lines if "status" in line]
    return ([item for item in items if item["status"] != "failed"], [item for item in items if item["status"] == "failed"])


def write_page(stored, failed, pictures, page):
    folder = os.path.relpath(pictures, page.parent)
    figures = [FIGURE.format(folder=html.escape(folder), imodel=html.escape(item["imodel_id"]),
                             name=html.escape(pathlib.PurePath(item["file"]).name)) for item in stored]
    failures = ""
    if failed:
        rows = "".join(f"<li>{html.escape(pathlib.PurePath(item['file']).name)}: {html.escape(item['reason'])}</li>\n"
                       for item in failed)
        failures = f"<h2>Not stored</h2>\n<ul>\n{rows}</ul>"
    title = "1 thumbnail" if len(stored) == 1 else f"{len(stored)} thumbnails"
    page.write_text(PAGE.format(title=title, figures="\n".join(figures), failures=failures), encoding="utf-8")


def main(arguments):
    if arguments[:1] == ["first"] and len(arguments) == 2:
        stored, _ = read_lines(arguments[1])
        if not stored:
            sys.exit("none of the pictures could be stored")
        print(stored[0]["imodel_id"])
    elif arguments[:1] == ["write"] and len(arguments) == 4:
        write_page(*read_lines(arguments[1]), pathlib.Path(arguments[2]), pathlib.Path(arguments[3]))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
