"""Carries out a Dockerfile's stages, each in a Debian root of its own."""

import pathlib
import shutil
import subprocess
import time
from dataclasses import dataclass, field

from . import context, instructions, way_out

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

@dataclass
class Image:
    """A stage that was carried out: its root, and what it says of running it."""
    root: pathlib.Path
    environment: dict = field(default_factory=dict)
    said: dict = field(default_factory=dict)  # the last USER, ENTRYPOINT, CMD, HEALTHCHECK, STOPSIGNAL, VOLUME, WORKDIR
    own_megabytes: int = 0

    @property
    def megabytes(self):
        return megabytes(self.root)


def say(text):
    print(f"replay: {text}", flush=True)


def megabytes(*paths):
    kilobytes = subprocess.run(["du", "-skxc", *map(str, paths)], check=True, capture_output=True, text=True).stdout
    return int(kilobytes.split("\n")[-2].split()[0]) // 1024


class Steps:
    def __init__(self, project, file, work, compiler_cache=None):
        self.project, self.file, self.work, self.compiler_cache = project, file, work, compiler_cache
        self.images = {}

    def carry_out(self):
        """All stages; gives the last."""
        self.work.mkdir(parents=True, exist_ok=True)
        for number, stage in enumerate(instructions.parse(self.file.read_text())):
            name = stage.name or f"stage-{number}"
            say(f"FROM {stage.base} AS {name}")
            self.images[name] = last = self.base(stage.base, name)
            for one in stage.steps:
                started = time.monotonic()
                getattr(self, one.word.lower(), self.remember)(last, one)
                if one.word in ("RUN", "COPY"):
                    say(f"{one.word} {one.text[:100]}: {time.monotonic() - started:.1f} s")
            way_out.close(last.root)
        return last

    def base(self, name, stage):
        if not name.startswith("debian:12"):
            raise SystemExit(f"replay: base image '{name}': expected debian:12…, which mmdebstrap can make")
        base, root = self.work / "debian-12.tar", self.work / stage
        if not base.exists():
            subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", "bookworm", base.with_suffix(".part.tar"),
                            *map(str, pathlib.Path("/etc/apt").glob("sources.list.d/debian.sources"))], check=True)
            base.with_suffix(".part.tar").rename(base)
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir()
        subprocess.run(["tar", "-xpf", base, "-C", root], check=True)
        way_out.open(root)
        return Image(root, {"PATH": PATH}, {"WORKDIR": "/", "SHELL": '["/bin/sh", "-c"]'})

    def remember(self, image, one):
        image.said[one.word] = one

    def env(self, image, one):
        image.environment.update(instructions.pairs(instructions.substitute(one.text, image.environment)))

    def arg(self, image, one):
        self.remember(image, one)

    def label(self, image, one):
        self.remember(image, one)

    def shell(self, image, one):
        image.said["SHELL"] = one.text

    def workdir(self, image, one):
        image.said["WORKDIR"] = one.text
        (image.root / one.text[1:]).mkdir(parents=True, exist_ok=True)

    def copy(self, image, one):
        *sources, target = one.text.split()
        target = image.root / pathlib.Path(image.said["WORKDIR"][1:]) / target if not target.startswith("/") else \
            image.root / target[1:]
        if "from" in one.flags:
            for source in sources:
                origin = self.images[one.flags["from"][0]].root / source[1:]
                image.own_megabytes += megabytes(origin)
                subprocess.run(["cp", "-a", "--no-preserve=ownership", f"{origin}/.", target], check=True)
            return
        for name in context.files(self.project, pathlib.Path(f"{self.file}.dockerignore")):
            for source in sources:
                if source in (".", name) or name.startswith(source + "/"):
                    place = target / pathlib.Path(name).relative_to(source) if name != source else target
                    place.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(self.project / name, place)

    def run(self, image, one):
        for mount in one.flags.get("mount", []):
            self.mount(image, dict(part.split("=", 1) for part in mount.split(",")))
        shell = instructions.words(image.said["SHELL"])
        script = f"cd {image.said['WORKDIR']} && {one.text}"
        subprocess.run(["chroot", image.root, *shell, script], check=True, stdin=subprocess.DEVNULL,
                       env={"HOME": "/root", **image.environment, **way_out.variables()})

    def mount(self, image, what):
        target = image.root / what["target"][1:]
        if what["type"] == "cache" and self.compiler_cache is None:
            return
        source = self.compiler_cache if what["type"] == "cache" else \
            self.images[what["from"]].root / what["source"][1:]
        target.mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "--bind", source, target], check=True)
