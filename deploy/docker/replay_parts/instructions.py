"""A Dockerfile as data: the part of the language that ours uses. What is unknown is refused, never skipped."""

import json
import re
from dataclasses import dataclass, field


@dataclass
class Step:
    word: str  # FROM, COPY, RUN, …
    flags: dict  # --from=build → {"from": ["build"]}
    text: str


@dataclass
class Stage:
    base: str
    name: str
    steps: list = field(default_factory=list)


KNOWN = {"ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "RUN", "SHELL", "STOPSIGNAL",
         "USER", "VOLUME", "WORKDIR"}


def logical_lines(text):
    """Comments gone, continued lines joined."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    return [line.strip() for line in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines() if line.strip()]


def step(line):
    word, _, text = line.partition(" ")
    if word not in KNOWN:
        raise SystemExit(f"replay: the Dockerfile says '{word}', which this script does not know")
    flags = {}
    while match := re.match(r"\s*--([a-z-]+)=(\S+)\s*", text):
        flags.setdefault(match[1], []).append(match[2])
        text = text[match.end():]
    return Step(word, flags, text.strip())


def substitute(text, variables):
    return re.sub(r"\$\{(\w+)\}|\$(\w+)", lambda m: variables.get(m[1] or m[2], ""), text)


def pairs(text):
    """ENV, ARG and LABEL: a=1 b="two words"."""
    return {m[1]: (m[2] if m[2] is not None else m[3]) for m in re.finditer(r'([\w.]+)=(?:"([^"]*)"|(\S*))', text)}


def words(text):
    """The exec form, or words."""
    text = text.strip()
    return json.loads(text) if text.startswith("[") else text.split()


def parse(text):
    """The stages in order; ARGs before the first FROM are in their bases already."""
    variables, stages = {}, []
    for one in map(step, logical_lines(text)):
        if one.word == "FROM":
            base, *rest = substitute(one.text, variables).split()
            stages.append(Stage(base, rest[1] if rest else ""))
        elif stages:
            stages[-1].steps.append(one)
        else:
            variables.update(pairs(one.text))
    return stages
