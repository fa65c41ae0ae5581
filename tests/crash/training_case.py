"""What the crash tests of training and promoting share: runs that are cut off where they change files, and what must be
true of a model whenever one is there."""

import os
import subprocess

import small_library  # finds the modules of tests/integration  # noqa: F401
from small_library import GLIMPSE, MODELS, SHIM, CrashCase
from small_training import coloured, digests, named_after_themselves

PACE = ("--threads", 1, "--quiet")
GRADIENTS = ("--model", MODELS / "tiny-clip", "--epochs", 3, "--batch", 8, "--lr", "1e-3", "--checkpoint-every", 3, "--patience", 0,
             "--validation-share", 0.2, *PACE)
NEW_HEADS = ("--model", MODELS / "tiny-dual", "--scope", "new-heads", "--versions", 2, "--heads", 2, "--epochs", 8,
             "--sentence-weight", 0.5, "--validation-share", 0.1, "--test-share", 0.3, *PACE)


class TrainingCase(CrashCase):
    def setUp(self):
        super().setUp()
        self.tally = self.directory / "tally"

    def captioned_colours(self, shades):
        coloured(self.pictures, shades)

    def settings_of_new_heads(self):
        """Real pictures, from which heads of a dual encoder learn something, and what lies beside them."""
        self.some_stamps(40)
        named_after_themselves(self.pictures)
        pictures = sorted(path.name for path in self.pictures.glob("*.png"))
        labelled, sentences = self.directory / "labels.csv", self.directory / "sentences.txt"
        labelled.write_text(f"file_name,label\n{pictures[0]},red\n{pictures[1]},blue\n")
        sentences.write_text("a red car\nthe car is red\n\na blue sea\nthe sea is blue\n")
        return *NEW_HEADS, "--labelled", labelled, "--sentences", sentences

    def go(self, place, *arguments, die_at=0, log=None, library=None):
        """Runs a command; it and all that it has started die before the `die_at`-th call that changes files below
        `place`, by whichever process. Gives its exit code, the number of calls, and what it said."""
        self.tally.write_bytes(bytes(8))
        settings = {"LD_PRELOAD": SHIM, "CRASH_ROOT": str(place), "CRASH_TALLY": str(self.tally), "CRASH_FAULT": "kill_all",
                    "CRASH_AT": str(die_at), **({"CRASH_LOG": str(log)} if log else {}),
                    **({"GLIMPSE_LIBRARY": str(library)} if library else {})}
        process = subprocess.Popen([GLIMPSE, *map(str, arguments)], env={**self.environment, **settings}, cwd=self.directory,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        said = b"\n".join(process.communicate(timeout=300)).decode(errors="replace")
        return process.returncode, int.from_bytes(self.tally.read_bytes(), "little"), said

    def points(self, calls, count):
        """So many moments of a run of so many calls: a random one of each equal part of it."""
        return [self.random.randint(1 + i * calls // count, (i + 1) * calls // count) for i in range(count)]

    def assert_no_half_model(self, out, whole):
        """The model is whole or not there; what a crash left beside it is refused, however much of it is there."""
        if out.exists():
            self.assertEqual(digests(out), whole)
        for left in out.parent.glob(f".{out.name}*"):
            refused = self.attempt("model", "info", left)
            self.assertEqual(refused.returncode, 2, refused.stdout)
            self.assertIn(b"a model that was not finished", refused.stderr)


def resumes(run):
    """Whether a run has begun, which then has to be gone on with."""
    return ["--resume"] if os.path.exists(run / "run.json") else []
