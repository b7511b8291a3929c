"""Checks the commands of a shell block against what the project has: programs, flags, make targets, presets, files."""
import json
import pathlib
import re
import shlex

import programs

SEPARATORS = {"&&", "||", ";", "|", "&", "(", ")", "|&"}
PREFIXES = {"sudo", "exec", "time", "nohup", "env", "source"}


def commands(text, console=False):
    """The simple commands of a block, each as its words; comments, assignments and redirections are left out."""
    lines = text.splitlines()
    if console:  # what follows no prompt is output
        lines = [line[2:] for line in lines if line.startswith("$ ")]
    joined = "\n".join(lines).replace("\\\n", " ")
    joined = re.sub(r"<<-?'?(\w+)'?.*?^\1$", "", joined, flags=re.S | re.M)
    found = []
    for line in joined.splitlines():
        line = re.sub(r"\$\((.*?)\)", r"; \1 ;", line)
        line = re.sub(r"<\(|[()]", " ; ", line)
        lexer = shlex.shlex(line, posix=True, punctuation_chars=";|&")
        lexer.commenters = "#"
        words = []
        for word in [*lexer, ";"]:
            if word in SEPARATORS:
                found.append(words)
                words = []
            else:
                words.append(word)
    return [stripped for words in found if (stripped := _strip(words))]


def _strip(words):
    while words and (re.match(r"^\w+=", words[0]) or words[0] in PREFIXES or (words[0].startswith("-") and len(words) > 1)):
        words = words[1:]
    kept, skip = [], False
    for word in words:
        if skip:
            skip = False
        elif re.match(r"^\d?[<>]{1,2}$", word):
            skip = True
        elif not re.match(r"^\d?[<>]", word):
            kept.append(word)
    return kept


class Checker:
    def __init__(self, root, bin_dir):
        self.root, self.bin = root, pathlib.Path(bin_dir)
        self.vrtg = programs.Vrtg(self.bin / "vrtg")
        self.targets = set(re.findall(r"^([a-z][a-z-]*):", (root / "Makefile").read_text(), re.M))
        presets = json.loads((root / "CMakePresets.json").read_text())["buildPresets"]
        self.presets = {preset["name"] for preset in presets}
        self.flags = {}

    def check(self, words):
        """What is wrong with one command; empty: nothing, or not ours to say."""
        name, rest = words[0].rpartition("/")[2], words[1:]
        if name == "kubectl" and rest[:1] == ["virtrigaud"] or name == "kubectl-virtrigaud":
            name, rest = "vrtg", rest[1 if name == "kubectl" else 0:]
        if name == "vrtg":
            return self.vrtg.check(rest) or self._files(rest)
        if name.startswith("virtrigaud-"):
            return self._program(name, rest)
        if name == "make":
            wrong = [word for word in rest if not word.startswith("-") and "=" not in word and word not in self.targets]
            return f"the Makefile has no target {', '.join(wrong)}" if wrong else self._preset(rest, r"^PRESET=(\w+)$")
        if name in ("cmake", "ctest"):
            return self._preset([" ".join(rest)], r"--preset[ =](\w+)")
        if name == "kubectl":
            return self._files(rest)
        if name in ("python3", "bash") and rest and not rest[0].startswith("-"):
            return self._script(rest[0], rest[1:])
        if re.match(r"^(\./)?(hack|tools|tests|bench|\.ci)/", words[0]):
            return self._script(words[0], rest)
        return ""

    def _program(self, name, rest):
        program = self.bin / name
        if not program.exists():
            return f"there is no program {name}"
        if name == "virtrigaud-gen-crds":
            return ""
        if name not in self.flags:
            self.flags[name] = programs.flags_of(program)[0]
        return programs.check_flags(self.flags[name], rest)

    def _preset(self, words, pattern):
        for word in words:
            match = re.search(pattern, word)
            if match and match.group(1) not in self.presets:
                return f"CMakePresets.json has no preset {match.group(1)}"
        return ""

    def _script(self, name, rest):
        script = self.root / name
        if not script.is_file():
            return f"there is no file {name}"
        known = set(programs.FLAG.findall(script.read_text()))
        return programs.check_flags(known | {"--help", "-h"}, rest)

    def _files(self, rest):
        """-f of a path that begins like one of ours must exist."""
        for flag, value in zip(rest, rest[1:]):
            if flag in ("-f", "--filename") and re.match(r"^(examples|config)/", value) and not (self.root / value).exists():
                return f"there is no {value}"
        return ""

    def check_block(self, block):
        problems = []
        try:
            found = commands(block.text, block.language == "console")
        except ValueError as error:
            return [f"{block.path.relative_to(self.root)}:{block.line}: not shell: {error}"]
        for words in found:
            problem = self.check(words)
            if problem:
                problems.append(f"{block.path.relative_to(self.root)}:{block.line}: {' '.join(words)}: {problem}")
        return problems
