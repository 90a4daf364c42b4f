#!/usr/bin/env python3
"""Lists the numbered sections of RFC texts: extract.py DIR NUMBER… reads DIR/rfcNUMBER.txt and writes NUMBER.txt here.

A section is a line of its own, between blank lines, that begins with its number: "3.10.7.4.  Other States",
"Appendix B.  …", "B.1.  …". Titles that run over two lines are cut at the first.
"""
import pathlib
import re
import sys

HEADING = re.compile(r"^ {0,14}(?:Appendix )?((?:\d{1,2}|[A-K])(?:\.\d{1,2}){0,6})(\.|:)? {1,4}([A-Za-z0-9\"(][^|]*)$")

STEP = re.compile(r"^ {2,6}\((\d{1,2}\.\d{1,2})\) (.*)$")  # RFC 6298 numbers its rules so: "(5.4) Retransmit …"


def sections(text):
    lines = [line.rstrip() for line in text.replace("\f", "").splitlines()]
    found = {}
    for i, line in enumerate(lines):
        if step := STEP.match(line):
            found.setdefault(step[1], (99, "(rule) " + step[2]))
        m = HEADING.match(line)
        if not m or i == 0 or lines[i - 1].strip() or "...." in line or ". . ." in line:
            continue
        number, dot, title = m.groups()
        if not title[0].isupper() and not (dot and "." in number):
            continue  # "15.3.1.  200 OK" is a heading, "5. the …" an item of a list
        if "." not in number and not dot:  # "5 The …" is a sentence, not a heading, unless it stands at the margin
            if line.startswith(" ") or len(line) > 60:
                continue
        if number.isalpha() and not line.lstrip().startswith("Appendix"):
            continue
        indent = len(line) - len(line.lstrip())
        if number not in found or indent < found[number][0]:  # a list's items stand further in than a heading
            found[number] = (indent, re.sub(r"\s+", " ", title).strip())
    return {number: title for number, (_, title) in found.items()}


for number in sys.argv[2:]:
    text = pathlib.Path(sys.argv[1], f"rfc{number}.txt").read_text(encoding="utf-8", errors="replace")
    key = lambda s: [(0, int(p), "") if p.isdigit() else (1, 0, p) for p in s.split(".")]
    found = sections(text)
    out = "".join(f"{n} {found[n]}\n" for n in sorted(found, key=key))
    pathlib.Path(f"{number}.txt").write_text(out)
    print(number, len(found))
