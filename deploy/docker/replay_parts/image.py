"""Carries out a Dockerfile's stages, each in a Debian root of its own."""

import hashlib
import pathlib
import shutil
import subprocess
import time
from dataclasses import dataclass, field

from . import context, instructions, layers, way_out

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
    def __init__(self, project, file, options):
        self.project, self.file, self.work = project, file, options.work
        self.compiler_cache, self.layers = options.compiler_cache, layers.Layers(options.layers)
        self.images = {}

    def carry_out(self):
        """All stages; gives the last."""
        self.work.mkdir(parents=True, exist_ok=True)
        for number, stage in enumerate(instructions.parse(self.file.read_text())):
            name = stage.name or f"stage-{number}"
            say(f"FROM {stage.base} AS {name}")
            keys = list(self.layers.keys(stage.base, stage.steps, self.content_of))
            reused = self.layers.last_of(keys)
            self.images[name] = last = self.base(stage.base, name, self.layers.file(keys[reused]) if reused >= 0 else None)
            for index, one in enumerate(stage.steps):
                if index > reused or one.word not in ("RUN", "COPY"):
                    self.carry_out_one(last, one, keys[index])
            way_out.close(last.root)
        return last

    def carry_out_one(self, image, one, key):
        started = time.monotonic()
        getattr(self, one.word.lower(), self.remember)(image, one)
        if one.word in ("RUN", "COPY"):
            say(f"{one.word} {one.text[:100]}: {time.monotonic() - started:.1f} s")
        if one.word == "RUN" and not one.flags:
            way_out.close(image.root)
            self.layers.keep(key, image.root)
            way_out.open(image.root)

    def content_of(self, one):
        if one.word != "COPY" or "from" in one.flags:
            return b""
        names = [name for name, _ in self.copied(one.text.split()[:-1])]
        return b"".join(name.encode() + b"\0" + hashlib.sha256((self.project / name).read_bytes()).digest() for name in names)

    def base(self, name, stage, layer):
        if not name.startswith("debian:12"):
            raise SystemExit(f"replay: base image '{name}': expected debian:12…, which mmdebstrap can make")
        base, root = self.work / "debian-12.tar", self.work / stage
        if not base.exists():
            subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", "bookworm", base.with_suffix(".part.tar"),
                            *map(str, pathlib.Path("/etc/apt").glob("sources.list.d/debian.sources"))], check=True)
            base.with_suffix(".part.tar").rename(base)
        way_out.close(root)
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir()
        if layer:
            say(f"reused: {layer.name}")
        subprocess.run(["tar", "-xpf", layer or base, "-C", root], check=True)
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
        for name, source in self.copied(sources):
            place = target / pathlib.Path(name).relative_to(source) if name != source else target
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(self.project / name, place)

    def copied(self, sources):
        """Each file of the project that COPY takes, and the source that it is found under."""
        for name in context.files(self.project, pathlib.Path(f"{self.file}.dockerignore")):
            for source in sources:
                if source in (".", name) or name.startswith(source + "/"):
                    yield name, source

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
