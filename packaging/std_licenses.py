"""Prints, as plain text, the licences of Rust's standard library that the toolchain comes with.

std_licenses.py COPYRIGHT-library.html: without the crates of other systems, and without the other texts where a crate offers MIT's.
"""

import html
import re
import sys
from pathlib import Path

OTHER_SYSTEMS = ("dlmalloc", "fortanix-sgx", "hermit", "moto-rt", "r-efi", "vex-sdk", "wasi", "wit-bindgen")

page = Path(sys.argv[1]).read_text(encoding="utf-8")
notices = re.compile(r"<details>\s*<summary><code>(.*?)</code></summary>.*?</details>", re.DOTALL)
in_tree, *crates = page[page.index('<h2 id="in-tree-files">') :].split("<h3>📦 ")
texts = [in_tree]
for crate in crates:
    if not crate.startswith(OTHER_SYSTEMS):
        offers_mit = any("MIT" in name.upper() for name in notices.findall(crate))
        texts.append(notices.sub(lambda notice: "" if offers_mit and "MIT" not in notice[1].upper() else notice[0], crate))
for text in texts:
    lines = html.unescape(re.sub(r"<[^>]*>", "", text)).splitlines()
    print(re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip(), end=f"\n{'-' * 80}\n")
