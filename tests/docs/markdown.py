"""What the documentation test reads out of Markdown: fenced blocks, inline code, links, headings."""
import dataclasses
import pathlib
import re

FENCE = re.compile(r"^(\s*)(`{3,}|~{3,})\s*([\w-]*)\s*$")
LINK = re.compile(r"(?<!\!)\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")


@dataclasses.dataclass
class Block:
    path: pathlib.Path
    line: int  # of the first line inside
    language: str
    text: str


def files(root):
    """Every Markdown file of the project; nothing from build folders or hidden ones."""
    found = []
    for path in sorted(root.rglob("*.md")):
        parts = path.relative_to(root).parts
        if not any(part == "build" or part.startswith(".") for part in parts):
            found.append(path)
    return found


def split(path, text=None):
    """(fenced blocks, [(line number, text)] outside of them). A block without an end is an error."""
    blocks, outside, fence, lines, begin = [], [], None, [], 0
    for number, line in enumerate((path.read_text() if text is None else text).splitlines(), 1):
        match = FENCE.match(line)
        if fence is None and match:
            fence, lines, begin = match, [], number + 1
        elif fence is not None and line.strip() == fence.group(2):
            indent = len(fence.group(1))
            blocks.append(Block(path, begin, fence.group(3), "\n".join(item[indent:] for item in lines) + "\n"))
            fence = None
        elif fence is not None:
            lines.append(line)
        else:
            outside.append((number, line))
    if fence is not None:
        raise ValueError(f"{path}:{begin}: a fenced block without an end")
    return blocks, outside


def inline_code(outside):
    """[(line number, text)] of `code` in running text; a table's \\| is a |."""
    return [(number, code.replace("\\|", "|")) for number, line in outside for code in re.findall(r"`([^`]+)`", line)]


def anchors(path):
    """The anchors of the headings, as forges make them."""
    found, seen = set(), {}
    for _, line in split(path)[1]:
        match = re.match(r"^#{1,6}\s+(.*?)\s*#*$", line)
        if not match:
            continue
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", match.group(1)).replace("`", "").lower()
        anchor = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
        count = seen.get(anchor, 0)
        seen[anchor] = count + 1
        found.add(anchor if count == 0 else f"{anchor}-{count}")
    return found


def broken_links(root, path, text=None):
    """One line for each relative link that leads nowhere."""
    problems = []
    for number, line in split(path, text)[1]:
        for target in LINK.findall(line):
            if re.match(r"^[a-z][a-z0-9+.-]*:", target):
                continue
            place, _, anchor = target.partition("#")
            goal = (path.parent / place).resolve() if place else path
            where = f"{path.relative_to(root)}:{number}: link {target}"
            if not goal.exists():
                problems.append(f"{where}: there is no such file")
            elif not goal.is_relative_to(root):
                problems.append(f"{where}: leads out of the project")
            elif anchor and goal.suffix == ".md" and anchor not in anchors(goal):
                problems.append(f"{where}: {goal.name} has no such heading")
    return problems
