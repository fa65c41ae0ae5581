"""Runs an image as docker-compose.single.yml does, and asks it what a user would."""

import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request

from . import instructions

UID = 10001
PR_SET_NO_NEW_PRIVS, PR_CAPBSET_DROP, LAST_CAPABILITY = 38, 24, 40


def drop_privileges(root):
    """In the child: into the root, without capabilities, as nobody in particular."""
    libc = ctypes.CDLL(None, use_errno=True)
    os.chroot(root)
    os.chdir("/data")
    for capability in range(LAST_CAPABILITY + 1):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    os.setgroups([])
    os.setresgid(UID, UID, UID)
    os.setresuid(UID, UID, UID)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        os._exit(125)


class Container:
    def __init__(self, image, work, pictures):
        self.image, self.root = image, work / "container"
        entry = image.said["USER"].text
        assert entry == f"{UID}:{UID}", f"USER: expected {UID}:{UID}, found {entry}"
        self.root.mkdir(exist_ok=True)
        mount = lambda *words: subprocess.run(["mount", *map(str, words)], check=True)  # noqa: E731
        mount("--bind", image.root, self.root)
        mount("-o", "remount,bind,ro,nosuid", self.root)
        for volume in instructions.words(image.said["VOLUME"].text):
            place = work / f"volume{volume.replace('/', '-')}"
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(image.root / volume[1:], place)  # as an engine fills a new volume: content and owner
            shutil.copystat(image.root / volume[1:], place)
            owner = (image.root / volume[1:]).stat()
            os.chown(place, owner.st_uid, owner.st_gid)
            mount("--bind", place, self.root / volume[1:])
        mount("--bind", pictures, self.root / "images")
        mount("-o", "remount,bind,ro", self.root / "images")
        mount("-t", "tmpfs", "-o", "size=256m,noexec,nosuid,nodev,mode=1777", "tmpfs", self.root / "tmp")
        mount("-t", "proc", "proc", self.root / "proc")
        mount("-t", "sysfs", "-o", "ro", "sysfs", self.root / "sys")
        mount("--rbind", "/dev", self.root / "dev")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.environment = {**image.environment, "GLIMPSE_PORT": str(self.port), "GLIMPSE_HOST": "127.0.0.1"}

    def start(self, *arguments, **more):
        command = [*instructions.words(self.image.said["ENTRYPOINT"].text), *arguments]
        return subprocess.Popen(command, env=self.environment, preexec_fn=lambda: drop_privileges(self.root), **more)

    def healthy(self):
        command = instructions.words(self.image.said["HEALTHCHECK"].text.removeprefix("CMD"))
        return subprocess.run(command, env=self.environment, preexec_fn=lambda: drop_privileges(self.root),
                              capture_output=True).returncode == 0

    def wait_until_healthy(self, server, seconds=120):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and server.poll() is None:
            if self.healthy():
                return
            time.sleep(0.2)
        raise SystemExit("replay: the server did not become healthy")

    def search(self, words):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/search/images", method="POST",
                                         data=json.dumps({"query": words}).encode(),
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["images"]


def expect(truth, what):
    if not truth:
        raise SystemExit(f"replay: {what}")


def try_out(image, work, pictures):
    """Lines for the report; ends the process with a reason when something is not as it should be."""
    container = Container(image, work, pictures)
    expect(not container.healthy(), "the health check says ready although no server runs")
    writable = subprocess.run(["find", "/", "-xdev", "-writable", "-type", "f"], capture_output=True, text=True,
                              env=container.environment, preexec_fn=lambda: drop_privileges(container.root)).stdout
    expect(not writable, f"files that the program could change: {writable}")
    index = container.start("index", "--json", stdout=subprocess.PIPE)
    report = json.loads(index.communicate(timeout=1800)[0])
    expect(index.returncode == 0 and report["added"] > 0, f"index ended with {index.returncode}: {report}")
    started = time.monotonic()
    server = container.start(*instructions.words(image.said["CMD"].text))
    container.wait_until_healthy(server)
    ready_s = time.monotonic() - started
    found = container.search("a dog")
    expect(len(found) == 5, f"a search found {found}")
    server.send_signal(getattr(signal, image.said["STOPSIGNAL"].text))
    expect(server.wait(timeout=30) == 0, f"the server ended with {server.returncode}")
    return [f"as uid {UID}, no capabilities, root read-only, /images read-only: indexed {report['added']} pictures",
            f"serve: healthy after {ready_s:.1f} s; POST /search/images 'a dog' found {found}",
            f"{image.said['STOPSIGNAL'].text}: ended with 0"]
