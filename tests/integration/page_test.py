"""The page in a real Chromium: first over the real program and real pictures, then over a server that can be made slow,
empty or broken, for the states that a healthy program does not show."""

import os
import pathlib
import signal
import subprocess
import unittest

from shell import Shell, start_server

ROOT = pathlib.Path(__file__).resolve().parents[2]
NODE = ROOT / ".deps/bin/node"


def run_suites(*suites, **environment):
    files = [str(ROOT / "tests/e2e" / f"{suite}.test.mjs") for suite in suites]
    return subprocess.run([NODE, "--test", "--test-concurrency=1", *files], cwd=ROOT / "web", capture_output=True,
                          env={**os.environ, **environment}, timeout=900)


class Page(Shell):
    def test_over_the_real_program(self):
        self.some_stamps(90, order=lambda path: -path.stat().st_size)  # large enough to zoom and pan
        self.run_glimpse("index", self.pictures)
        names = sorted(path.name for path in self.pictures.iterdir())[:20]
        table = self.directory / "captions.csv"
        table.write_text("file_name,caption\n" + "".join(f"{name},a picture from {name}\n" for name in names))
        self.run_glimpse("caption", self.pictures, "--from", table)
        server, port = start_server(self)
        try:
            done = run_suites("behaviour", "judging", GLIMPSE_URL=f"http://127.0.0.1:{port}")
            self.assertEqual(done.returncode, 0, done.stdout.decode()[-6000:])
        finally:
            server.send_signal(signal.SIGTERM)
            server.communicate(timeout=30)

    def test_every_state_and_its_accessibility(self):
        done = run_suites("states", "filter", "judging", "accessibility")
        self.assertEqual(done.returncode, 0, done.stdout.decode()[-6000:])


if __name__ == "__main__":
    unittest.main()
