"""Which files of the project an image is built from: those of git that .dockerignore lets through."""

import re
import subprocess


def pattern(glob):
    """A .dockerignore pattern as a regular expression; it holds for everything beneath as well."""
    parts = (re.escape(part).replace(r"\*", "[^/]*") if part != "**" else ".*" for part in glob.strip("/").split("/"))
    return re.compile("/".join(parts).replace(".*/", "(.*/)?") + "(/.*)?")


def rules(text):
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.startswith("!"), pattern(line.lstrip("!"))) for line in lines]


def allowed(path, ignore_rules):
    """The last rule that matches decides."""
    keep = True
    for lets_through, expression in ignore_rules:
        if expression.fullmatch(path):
            keep = lets_through
    return keep


def files(project, ignore_file):
    ignore_rules = rules(ignore_file.read_text())
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=project, check=True, capture_output=True).stdout
    return [path for path in listed.decode().split("\0") if path and allowed(path, ignore_rules)]
