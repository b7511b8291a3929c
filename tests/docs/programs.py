"""The built programs as their --help describes them: subcommands and flags."""
import functools
import re
import subprocess

FLAG = re.compile(r"(?<![\w-])(--?[a-zA-Z][\w-]*)")


class Vrtg:
    """vrtg's commands; each help text is asked for once."""

    def __init__(self, program):
        self.program = program

    @functools.lru_cache(maxsize=None)
    def help(self, path):
        done = subprocess.run([self.program, *path, "--help"], text=True, capture_output=True, check=True, timeout=60)
        return done.stdout

    @functools.lru_cache(maxsize=None)
    def subcommands(self, path):
        section = re.search(r"^Subcommands:\n((?:  .*\n)+)", self.help(path), re.M)
        return frozenset(re.findall(r"^  (\S+)", section.group(1), re.M)) if section else frozenset()

    @functools.lru_cache(maxsize=None)
    def flags(self, path):
        """{flag: whether it takes a value}"""
        section = re.search(r"^Options:\n((?: .*\n)+)", self.help(path), re.M)
        found = {}
        for names, kind in re.findall(r"^  (-[^\s]*)(.*)$", section.group(1), re.M):
            takes = bool(re.match(r" [A-Z]+[: ]", kind + " "))
            for name in re.sub(r"\{\w+\}", "", names).split(","):
                found[name] = takes
        return found

    def check(self, words):
        """What is wrong with `vrtg WORDS...`; empty: nothing."""
        path, rest = (), list(words)
        while rest:
            word = rest.pop(0)
            if word.startswith("-") and word != "-":
                name, equals, _ = word.partition("=")
                known = {**self.flags(()), **self.flags(path)}
                if re.match(r"^-[a-zA-Z]\w", word):  # -ojson
                    name, equals = word[:2], "="
                if name not in known:
                    return f"'vrtg {' '.join(path)}' has no flag {name}"
                if known[name] and not equals:
                    if not rest:
                        return f"{name} needs a value"
                    rest.pop(0)
            elif self.subcommands(path):
                if word not in self.subcommands(path):
                    return f"'vrtg {' '.join(path)}' has no command '{word}'"
                path += (word,)
        return ""


def flags_of(program):
    """Every flag that a program's --help names."""
    done = subprocess.run([program, "--help"], text=True, capture_output=True, check=True, timeout=60)
    return set(FLAG.findall(done.stdout)), done.stdout


def check_flags(known, words):
    for word in words:
        if word.startswith("-") and word.partition("=")[0] not in known:
            return f"no flag {word.partition('=')[0]}"
    return ""


def variables_in(help_text):
    """The environment variables that a --help text lists; WORD_{A,B} stands for several."""
    found = set()
    for prefix, names in re.findall(r"\b([A-Z][A-Z0-9_]*_)\{([A-Z0-9_,]+)\}", help_text):
        found |= {prefix + name for name in names.split(",")}
    plain = re.sub(r"\b[A-Z][A-Z0-9_]*_\{[^}]*\}", "", help_text)
    return found | set(re.findall(r"(?<![\w/])\$?([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b", plain))
