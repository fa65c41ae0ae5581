"""A root that holds the program, what it links, and nothing else: read-only, entered as an unprivileged user.

As root: a mount namespace, bind mounts and chroot, then uid 10001. As anybody else: bubblewrap, which makes a user
namespace. Where neither can be had, SkipTest says so, and ctest reports the test as skipped."""

import os
import pathlib
import re
import shutil
import subprocess
import unittest

GLIMPSE = pathlib.Path(os.environ["GLIMPSE"])
UID = 10001
MODULES = pathlib.Path("/usr/lib/x86_64-linux-gnu/vips-modules-8.14")  # opened by libvips, hence not seen by ldd
PLUGINS = ("libopenvino_intel_cpu_plugin.so", "libopenvino_ir_frontend.so.*")  # opened by libopenvino


def linked(file):
    listed = subprocess.run(["ldd", file], check=True, capture_output=True, text=True).stdout
    return {pathlib.Path(path) for path in re.findall(r"(/\S+) \(0x", listed)}


def closure():
    """Every library, by the path that the loader looks at."""
    first = linked(GLIMPSE)
    openvino = next(path.parent for path in first if path.name.startswith("libopenvino"))
    opened = [plugin for glob in PLUGINS for plugin in openvino.glob(glob)] + sorted(MODULES.glob("vips-heif.so"))
    return first | set(opened) | {path for plugin in opened for path in linked(plugin)}


def place(source, root, name):
    target = root / str(name).lstrip("/")
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(os.path.realpath(source), target)
    except OSError:
        shutil.copy(os.path.realpath(source), target)


class SmallRoot:
    """`mounts`: paths inside → (folder outside, "rw" or "ro")."""

    def __init__(self, directory, mounts, environment):
        self.root, self.mounts, self.environment = directory / "root", mounts, environment
        for library in closure():
            place(library, self.root, library)
        place(GLIMPSE, self.root, "/usr/bin/glimpse")
        share = GLIMPSE.parent.parent / "share/glimpse"
        for file in share.rglob("*"):
            if file.is_file():
                place(file, self.root, pathlib.Path("/usr/share/glimpse") / file.relative_to(share))
        for inside in [*mounts, "/tmp", "/proc", "/dev"]:
            (self.root / inside[1:]).mkdir(parents=True, exist_ok=True)
        os.chmod(self.root, 0o755)
        self.way = self.as_root if os.geteuid() == 0 else self.as_user
        check = subprocess.run(self.command("/usr/bin/glimpse", "--version"), capture_output=True, text=True)
        if check.returncode != 0:
            raise unittest.SkipTest(f"no root of its own can be made here: {check.stderr.strip()}")

    def give(self, folder):
        """What the unprivileged user may write to."""
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", f"{UID}:{UID}", folder], check=True)

    def command(self, *arguments):
        return self.way(list(map(str, arguments)))

    def as_root(self, arguments):
        binds = [("bind", self.root, self.root), ("ro", self.root, self.root)]
        for inside, (outside, mode) in self.mounts.items():
            binds += [("bind", outside, self.root / inside[1:])] + [("ro", "", self.root / inside[1:])] * (mode == "ro")
        script = "set -e\n" + "".join(
            f"mount --bind {source} {target}\n" if kind == "bind" else f"mount -o remount,bind,ro {target}\n"
            for kind, source, target in binds)
        script += (f"mount -t tmpfs -o noexec,nosuid,nodev,size=64m tmpfs {self.root}/tmp\n"
                   f"mount -t proc proc {self.root}/proc\nmount --rbind /dev {self.root}/dev\n"
                   f"exec setpriv --no-new-privs --bounding-set=-all,+sys_chroot,+setuid,+setgid --inh-caps=-all "
                   f"chroot --userspec={UID}:{UID} --groups= {self.root} \"$@\"\n")
        return ["unshare", "--mount", "--propagation", "private", "env", "-i", f"PATH={os.environ['PATH']}",
                *(f"{name}={value}" for name, value in self.environment.items()), "sh", "-c", script, "sh", *arguments]

    def as_user(self, arguments):
        words = ["bwrap", "--ro-bind", self.root, "/", "--tmpfs", "/tmp", "--proc", "/proc", "--dev", "/dev"]
        for inside, (outside, mode) in self.mounts.items():
            words += ["--ro-bind" if mode == "ro" else "--bind", outside, inside]
        words += ["--unshare-user", "--uid", UID, "--gid", UID, "--cap-drop", "ALL", "--die-with-parent", "--clearenv"]
        for name, value in self.environment.items():
            words += ["--setenv", name, value]
        return list(map(str, words)) + arguments
