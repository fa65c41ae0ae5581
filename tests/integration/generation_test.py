"""Another model: embedded beside the one that answers, whatever happens meanwhile; switched to, gone back from, dropped."""

import fcntl
import http.client
import json
import os
import pathlib
import signal
import threading
import time
import unittest
import urllib.parse

from shell import Shell, png, start_server, state

DATA = pathlib.Path(os.environ["GLIMPSE_TEST_DATA"]) / "models"
FIRST, FIRST_DIMENSION = DATA / "tiny-clip", 32  # seeded weights, see tools/goldens/models.py
SECOND, SECOND_DIMENSION = DATA / "tiny-siglip", 48
QUERIES = ["a dog", "two cats", "red flower", "an old car", "abc"]


def ended(process):
    return state(process) in ("Z", None)


def is_told(process):
    """Whether a signal waits for a process that is stopped."""
    lines = pathlib.Path(f"/proc/{process}/status").read_text().splitlines()
    return any(line.startswith("ShdPnd:") and int(line.split()[1], 16) for line in lines)


class Generations(Shell):
    def slow_pictures(self, count, start=0):
        """Pictures that take a processor tens of milliseconds each, so that a test can act meanwhile."""
        for i in range(start, start + count):
            (self.pictures / f"slow-{i}.png").write_bytes(png(2000, 2000, (i % 256, i // 256, 128)))

    def wait_for(self, what, happened, process=None):
        deadline = time.time() + 120
        while time.time() < deadline:
            answer = happened()
            if answer:
                return answer
            if process is not None and process.poll() is not None:
                self.fail(f"{what}: the program has ended: {process.communicate()[1]}")
            time.sleep(0.02)
        self.fail(f"{what}: did not happen")

    def building(self):
        return self.json("model", "status")["building"]

    def pause_between_turns(self, process):
        """Stops it where it does not hold the library."""
        def unlocked():
            with open(self.directory / "library/lock") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return True
                except BlockingIOError:
                    return False
        self.step_until(process.pid, unlocked, process)

    def wait_for_vectors(self, more_than, process, pid):
        """Until a turn of the build is over; leaves it stopped and still at work."""
        def built_more():
            told = self.json_if_it_can("model", "status")
            building = told and told["building"]
            return building if building and building["vectors"] > more_than else None
        return self.step_until(pid, built_more, process)


class Building(Generations):
    def test_killed_and_interrupted_it_goes_on_and_embeds_nothing_twice(self):
        self.slow_pictures(300)
        self.run_glimpse("index", self.pictures, "--model", FIRST)
        kept = 0
        for signal_number, code in ((signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)):
            process = self.start_glimpse("model", "use", SECOND)
            running = self.wait_for_vectors(kept, process, process.pid)
            self.assertEqual((running["running"], running["process"]), (True, process.pid))
            process.send_signal(signal_number)
            process.send_signal(signal.SIGCONT)
            errors = process.communicate(timeout=60)[1]
            self.assertEqual(process.returncode, code, errors)
            left = self.building()
            self.assertFalse(left["running"])
            self.assertGreater(left["vectors"], kept)
            kept = left["vectors"]
            self.assertLess(kept, 300)
            self.assertEqual(self.json("status")["model"], "tiny-clip")
            self.assertIn("goes on", self.run_glimpse("model", "status").stdout.decode())
        used = self.json("model", "use", SECOND)
        self.assertEqual(used["embedded"], 300 - kept)
        status = self.json("status")
        self.assertEqual((status["model"], status["vectors"], status["dimension"]), ("tiny-siglip", 300, SECOND_DIMENSION))
        self.assertNotIn("building", status)

    def test_in_the_background_it_tells_stops_and_leaves_no_orphan(self):
        self.slow_pictures(160)
        self.run_glimpse("index", self.pictures, "--model", FIRST)
        started = self.json("model", "use", SECOND, "--background")
        try:
            building = self.wait_for_vectors(0, None, started["process"])
            self.assertEqual((building["process"], building["pictures"], building["running"]), (started["process"], 160, True))
            self.assertIn("next model tiny-siglip", self.run_glimpse("status").stdout.decode())
            refused = self.run_glimpse("model", "use", SECOND, code=4).stderr.decode()
            self.assertIn(str(started["process"]), refused)
            self.assertIn("model stop", self.run_glimpse("model", "drop", "tiny-siglip", code=4).stderr.decode())
        finally:
            stop = self.start_glimpse("model", "stop")
            self.wait_for("the signal", lambda: is_told(started["process"]), stop)
            os.kill(started["process"], signal.SIGCONT)
            _, errors = stop.communicate(timeout=60)
            self.assertEqual(stop.returncode, 0, errors)
        self.assertTrue(ended(started["process"]))
        self.assertFalse(self.building()["running"])
        self.run_glimpse("model", "stop", code=1)
        kept = self.building()["vectors"]
        again = self.json("model", "use", SECOND, "--background")
        self.wait_for("the end", lambda: not self.building() and ended(again["process"]))
        report = json.loads(pathlib.Path(again["log"]).read_text().splitlines()[-1])
        self.assertEqual((report["model"], report["embedded"]), ("tiny-siglip", 160 - kept))
        self.assertEqual(self.json("status")["model"], "tiny-siglip")

    def test_what_is_wrong_is_said_before_it_goes_to_the_background(self):
        self.slow_pictures(2)
        self.run_glimpse("index", self.pictures, "--model", FIRST)
        self.assertIn("no model 'nobody'", self.run_glimpse("model", "use", "nobody", "--background", code=2).stderr.decode())
        self.pictures.rename(self.directory / "away")
        refused = self.run_glimpse("model", "use", SECOND, "--background", code=4).stderr.decode()
        self.assertIn("2 pictures cannot be reached", refused)

    def test_pictures_are_indexed_while_it_runs(self):
        self.slow_pictures(120)
        self.run_glimpse("index", self.pictures, "--model", FIRST)
        process = self.start_glimpse("model", "use", SECOND)
        self.wait_for_vectors(0, process, process.pid)
        process.send_signal(signal.SIGCONT)
        self.pause_between_turns(process)  # so that it cannot end before the others are indexed
        self.slow_pictures(5, start=120)
        report = self.json("index", self.pictures)
        self.assertEqual((report["added"], report["embedded"]), (5, 5))
        self.assertEqual(self.json("status")["model"], "tiny-clip")
        process.send_signal(signal.SIGCONT)
        errors = process.communicate(timeout=120)[1]
        self.assertEqual(process.returncode, 0, errors)
        for generation in self.json("model", "generations")["generations"]:
            self.assertEqual(generation["vectors"], 125, generation)


class Switching(Generations):
    def setUp(self):
        super().setUp()
        self.some_stamps(20)
        self.run_glimpse("index", self.pictures, "--model", FIRST)

    def generations(self):
        return {g["model"]: g for g in self.json("model", "generations")["generations"]}

    def test_back_and_forth_and_completed_by_index(self):
        self.assertIn("no other model", self.run_glimpse("model", "rollback", code=2).stderr.decode())
        self.run_glimpse("model", "use", SECOND)
        (self.pictures / "new.png").write_bytes(png(50, 40, (1, 2, 3)))
        self.run_glimpse("index")
        self.assertEqual({m: (g["state"], g["vectors"], g["pictures"]) for m, g in self.generations().items()},
                         {"tiny-clip": ("retired", 20, 21), "tiny-siglip": ("active", 21, 21)})
        back = self.json("model", "rollback")
        self.assertEqual((back["model"], back["dimension"], back["lacking"]), ("tiny-clip", FIRST_DIMENSION, 1))
        self.assertEqual(len(self.json("search", "a dog", "-k", 30)["results"]), 20)
        self.assertEqual(self.json("index")["embedded"], 1)
        answer = self.json("search", "a dog", "-k", 30)
        self.assertEqual((len(answer["results"]), answer["model"], answer["generation"]),
                         (21, "tiny-clip", self.generations()["tiny-clip"]["id"]))
        self.assertEqual(self.json("model", "rollback")["model"], "tiny-siglip")  # there and back
        self.assertEqual(self.json("model", "rollback", "--to", "tiny-clip")["model"], "tiny-clip")
        self.assertIn("tiny-siglip", self.run_glimpse("model", "rollback", "--to", "nobody", code=2).stderr.decode())

    def test_a_folder_that_is_away_forbids_the_switch(self):
        away = self.directory / "away"
        self.pictures.rename(away)
        refused = self.run_glimpse("model", "use", SECOND, code=4).stderr.decode()
        self.assertIn("20 pictures cannot be reached", refused)
        self.assertEqual(self.json("status")["model"], "tiny-clip")
        self.assertEqual(self.json("model", "use", SECOND, "--allow-missing")["unreachable"], 20)
        away.rename(self.pictures)
        self.assertEqual(self.json("index")["embedded"], 20)

    def test_vectors_are_dropped_and_a_model_that_they_need_is_kept(self):
        self.json("model", "add", FIRST, "--name", "  spaced name \n")  # trimmed
        self.assertEqual(self.json("model", "use", " spaced name ")["embedded"], 0)  # the same fingerprint
        self.run_glimpse("model", "use", SECOND)
        refused = self.run_glimpse("model", "remove", "spaced name", code=2).stderr.decode()
        self.assertIn("model drop 1", refused)
        self.assertIn("answers searches", self.run_glimpse("model", "drop", "tiny-siglip", code=2).stderr.decode())
        dropped = self.json("model", "drop", "spaced name")
        self.assertEqual((dropped["dropped"], dropped["vectors"]), (1, 20))
        self.assertEqual(list(self.generations()), ["tiny-siglip"])
        self.run_glimpse("model", "remove", "spaced name")
        self.assertIn("no other model", self.run_glimpse("model", "rollback", code=2).stderr.decode())
        self.assertIn("control character", self.run_glimpse("model", "add", FIRST, "--name", "a\tb", code=2).stderr.decode())
        self.assertIn("empty", self.run_glimpse("model", "use", "  ", code=2).stderr.decode())

    def test_no_rollback_to_a_model_that_is_gone(self):
        self.json("model", "add", SECOND, "--name", "second")
        self.run_glimpse("model", "use", "second")
        self.run_glimpse("model", "rollback")
        self.run_glimpse("model", "remove", "second", "--force")
        self.assertIn("'second'", self.run_glimpse("model", "rollback", code=2).stderr.decode())
        self.assertEqual(self.json("status")["model"], "tiny-clip")


class Client(threading.Thread):
    """Asks a server the queries in turn, at moments that a clock sets, and keeps what it said."""

    def __init__(self, port, first, every):
        super().__init__(daemon=True)
        self.port, self.next, self.every = port, first, every
        self.answers, self.failures, self.seconds, self.done = [], [], [], threading.Event()

    def run(self):
        asked = 0
        while not self.done.wait(max(0, self.next - time.monotonic())):
            self.next += self.every
            query = QUERIES[asked % len(QUERIES)]
            asked += 1
            begun = time.monotonic()
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
                connection.request("GET", f"/api/v1/search?limit=1000&q={urllib.parse.quote(query)}")
                response = connection.getresponse()
                body = response.read()
                if response.status != 200:
                    raise RuntimeError(f"{response.status}: {body!r}")
                self.answers.append(json.loads(body))
                self.seconds.append(time.monotonic() - begun)
            except Exception as error:  # whatever it is, it is a failed query
                self.failures.append(f"{query}: {error!r}")
            finally:
                connection.close()


class UnderLoad(Generations):
    def answers_now(self):
        """What `glimpse search` says with the model that is active."""
        answers = {query: self.json("search", query, "-k", 1000) for query in QUERIES}
        return {query: {hit["id"]: hit["score"] for hit in answer["results"]} for query, answer in answers.items()}

    def check(self, answer, expected):
        """Every result of an answer is of the generation that the answer names."""
        scores = {hit["id"]: hit["score"] for hit in answer["results"]}
        wanted = expected[answer["generation"]][answer["query"]]
        self.assertEqual(scores.keys(), wanted.keys())
        for picture, score in scores.items():
            self.assertAlmostEqual(score, wanted[picture], delta=1e-4)

    def test_twenty_queries_a_second_meet_no_gap_and_no_wrong_generation(self):
        self.some_stamps(60)
        self.slow_pictures(60)
        self.run_glimpse("index", self.pictures, "--model", FIRST)
        expected = {1: self.answers_now()}
        server, port = start_server(self)
        now = time.monotonic()
        clients = [Client(port, now + i * 0.05, 0.4) for i in range(8)]  # 20 queries a second
        try:
            for client in clients:
                client.start()
            answered_by = lambda: {c.answers[-1]["generation"] for c in clients if c.answers}
            used = self.start_glimpse("model", "use", SECOND)
            building = self.wait_for("the server tells of it", lambda: self.status(port).get("building"), used)
            self.assertEqual((building["model"], building["generation"], building["running"]), ("tiny-siglip", 2, True))
            errors = used.communicate(timeout=120)[1]
            self.assertEqual(used.returncode, 0, errors)
            self.wait_for("answers of the new model", lambda: answered_by() == {2})
            self.assertNotIn("tiny-clip", self.mapped(server))  # the old one's weights are let go of
            status = self.status(port)
            self.assertEqual((status["model"], status["generation"], status["dimension"]), ("tiny-siglip", 2, SECOND_DIMENSION))
            expected[2] = self.answers_now()
            self.run_glimpse("model", "rollback")
            self.wait_for("answers of the old model", lambda: answered_by() == {1})
            self.run_glimpse("model", "rollback")
            self.run_glimpse("model", "drop", "tiny-clip")  # while the server may still answer with it
            self.wait_for("answers of the new model", lambda: answered_by() == {2})
        finally:
            for client in clients:
                client.done.set()
            for client in clients:
                client.join(60)
            seconds = time.monotonic() - now
            server.terminate()
            errors = server.communicate(timeout=60)[1]
        self.assertEqual([f for c in clients for f in c.failures], [], errors)
        answers = [a for c in clients for a in c.answers]
        for answer in answers:
            self.assertEqual(answer["model"], {1: "tiny-clip", 2: "tiny-siglip"}[answer["generation"]])
            self.check(answer, expected)
        self.assertEqual({a["generation"] for a in answers}, {1, 2})
        differing = [q for q in QUERIES if expected[1][q] != expected[2][q]]
        self.assertEqual(differing, QUERIES)  # or the comparison would prove nothing
        slowest = max(s for c in clients for s in c.seconds)
        print(f"{len(answers)} queries in {seconds:.0f} s, the slowest {slowest * 1000:.0f} ms, 0 failed, "
              "0 of the wrong generation ... ", end="", flush=True)

    def status(self, port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request("GET", "/api/v1/status")
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def mapped(self, server):
        return pathlib.Path(f"/proc/{server.pid}/maps").read_text()

    def test_a_model_that_cannot_be_opened_leaves_the_old_one_answering(self):
        self.some_stamps(10)
        self.run_glimpse("index", self.pictures, "--model", FIRST)
        self.json("model", "add", SECOND, "--name", "second")
        server, port = start_server(self)
        try:
            self.run_glimpse("model", "use", "second")
            self.run_glimpse("model", "remove", "second", "--force")
            client = Client(port, time.monotonic(), 0.05)
            client.start()
            self.wait_for("some answers", lambda: len(client.answers) + len(client.failures) >= 40)
            client.done.set()
            client.join(60)
        finally:
            server.terminate()
            errors = server.communicate(timeout=60)[1]
        self.assertEqual(client.failures, [])
        # It may have opened the new one before that was removed; then it has all that it needs.
        for answer in client.answers:
            self.assertEqual(len(answer["results"]), 10)
        if client.answers[-1]["generation"] == 1:
            self.assertIn(b"still answering with model 'tiny-clip'", errors)


if __name__ == "__main__":
    unittest.main()
