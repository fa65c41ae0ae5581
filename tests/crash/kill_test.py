"""kill -9 at any moment keeps every committed picture and repeats none."""

import json
import subprocess
import time
import unittest


from small_library import GLIMPSE, MODELS, SHIM, CrashCase, at_scale, committed_in

KILLS = at_scale(50, 500)
PICTURES = at_scale(400, 4000)
WAVE = 200  # a few commits each


class Kill(CrashCase):
    def run_and_kill(self, after, *arguments):
        """What the program acknowledged in its time, and the code it ended with by itself, or None.

        Every other run is killed by the clock, after so many seconds; the others at a call that changes the library's
        files, so that the moments between the steps of a commit are met too.
        """
        self.runs = getattr(self, "runs", 0) + 1
        environment = self.environment
        if self.runs % 2:
            environment = {**environment, "LD_PRELOAD": SHIM, "CRASH_ROOT": str(self.library), "CRASH_FAULT": "kill",
                           "CRASH_AT": str(self.random.randint(1, 60))}
        process = subprocess.Popen([GLIMPSE, *map(str, arguments)], env=environment, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, cwd=self.directory)
        try:
            output, _ = process.communicate(timeout=None if self.runs % 2 else after)
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
        if process.returncode != -9:
            self.assertEqual(process.returncode, 0, output)
        return output, None if process.returncode == -9 else process.returncode

    def usual_seconds(self, *arguments):
        """How long a run takes here that has nothing to do: kills fall around that."""
        started = time.monotonic()
        self.run_glimpse(*arguments)
        return time.monotonic() - started

    def test_index(self):
        self.make_pictures(0, 4)
        self.index()
        start = self.usual_seconds("index", self.pictures, "--model", self.model)
        acknowledged, made, kills, embedded = {f"{n:04}.png" for n in range(4)}, 4, 0, 4
        while kills < KILLS:
            if len(self.stored()) == made:  # all done: more pictures
                self.make_pictures(made, made + WAVE)
                made += WAVE
            output, ended = self.run_and_kill(self.random.uniform(0.02, 1.5 * start), "index", self.pictures, "--model",
                                              self.model, "--batch-size", 4, "--json-lines")
            kills += ended is None
            fresh = committed_in(output)
            self.assertEqual(len(fresh), len(set(fresh)))
            self.assertFalse(acknowledged & set(fresh), "embedded again")
            embedded += len(fresh)
            acknowledged |= set(fresh)
            if kills % 5 == 0 or ended is not None:
                self.assert_sound(acknowledged)
        last = self.index()
        names = {f"{n:04}.png" for n in range(made)}
        self.assert_sound(names)
        self.assertEqual(set(self.stored()), names)
        # A commit whose acknowledgement the kill swallowed counts for nobody: so never more than there are.
        self.assertLessEqual(embedded + last["embedded"], made)
        for name in self.random.sample(sorted(names), 10):
            self.assert_finds_itself(name)

    def test_changing_the_model(self):
        self.make_pictures(0, PICTURES // 4)
        self.index()
        other = MODELS / "tiny-siglip"
        use = ("model", "use", other, "--json-lines")
        acknowledged, done, kills = set(), False, 0
        start = self.usual_seconds("index")
        while kills < KILLS // 5 and not done:
            output, ended = self.run_and_kill(self.random.uniform(0.02, 2 * start), *use)
            kills += ended is None
            fresh = set(committed_in(output))
            self.assertFalse(acknowledged & fresh, "embedded again")
            acknowledged |= fresh
            done = ended == 0
            self.assert_sound(())
            kept = {n.decode() for (n,) in self.rows(
                "SELECT p.name FROM vectors v JOIN pictures p ON p.id = v.picture JOIN generations g "
                "ON g.id = v.generation WHERE g.model_directory <> ?", str(self.model).encode())}
            self.assertLessEqual(acknowledged, kept)
        self.run_glimpse(*use)
        self.assertEqual(self.json("status")["vectors"], PICTURES // 4)
        self.assert_finds_itself("0003.png")

    def test_importing_captions(self):
        count = PICTURES // 2
        self.make_pictures(0, count)
        self.index()
        table = self.directory / "captions.csv"
        table.write_text("file_name,caption\n" + "".join(f"{n:04}.png,picture number{n}\n" for n in range(count)))
        load = ("caption", self.pictures, "--from", table, "--json")
        start, before = self.usual_seconds("status"), 0
        for _ in range(KILLS // 5):
            self.run_and_kill(self.random.uniform(0.005, 3 * start), *load)
            now = self.json("status")["captioned"]
            self.assertGreaterEqual(now, before)
            before = now
        report = json.loads(self.run_glimpse(*load).stdout)
        self.assertEqual(report["stored"], count - before)
        self.assert_sound({f"{n:04}.png" for n in range(count)})
        for n in self.random.sample(range(count), 10):
            hit = self.json("search", "--captions", f"number{n}")["results"]
            self.assertIn(f"{n:04}.png", {h["path"].rsplit("/", 1)[1] for h in hit})


if __name__ == "__main__":
    unittest.main()
