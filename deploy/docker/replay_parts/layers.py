"""Layers as an engine keeps them: the root after a step, named by all that went into it."""

import hashlib
import subprocess


class Layers:
    """In `folder`; none are read or written where it is None."""

    def __init__(self, folder):
        self.folder = folder

    def keys(self, base, steps, content_of):
        """A name for the root after each step; content_of(step) gives what a COPY reads, as bytes."""
        digest = hashlib.sha256(base.encode())
        for step in steps:
            digest.update(f"\0{step.word}\0{sorted(step.flags.items())}\0{step.text}\0".encode() + content_of(step))
            yield digest.hexdigest()[:32]

    def file(self, key):
        return self.folder / f"{key}.tar"

    def last_of(self, keys):
        """The index of the last step whose layer is there, or -1."""
        if self.folder is None:
            return -1
        return max((index for index, key in enumerate(keys) if self.file(key).exists()), default=-1)

    def keep(self, key, root):
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            part = self.folder / f"{key}.part"
            subprocess.run(["tar", "--one-file-system", "-cf", part, "-C", root, "."], check=True)
            part.rename(self.file(key))
