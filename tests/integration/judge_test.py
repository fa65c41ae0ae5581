"""`glimpse judge`: what people say of answers is asked for, stored, listed, taken in and out as TREC's files, and read by
`glimpse eval`."""

import base64
import fcntl
import http.client
import json
import os
import pathlib
import pty
import select
import signal
import subprocess
import termios
import time
import unittest

from shell import GLIMPSE, Shell, start_server

TINY_CLIP = pathlib.Path(os.environ["GLIMPSE_TEST_DATA"]) / "models/tiny-clip"


class Judge(Shell):
    def setUp(self):
        super().setUp()
        self.some_stamps(24)
        self.run_glimpse("index", self.pictures, "--model", TINY_CLIP)

    def judge(self, answers, *arguments, code=0):
        """Answers on standard input, one a line."""
        done = subprocess.run([GLIMPSE, "judge", *map(str, arguments), "--json"], env=self.environment,
                              input="".join(f"{answer}\n" for answer in answers).encode(), capture_output=True,
                              timeout=300, cwd=self.directory)
        self.assertEqual(done.returncode, code, done.stderr.decode(errors="replace"))
        return json.loads(done.stdout) if code == 0 else done

    def listed(self, *arguments):
        done = subprocess.run([GLIMPSE, "judge", "--list", "--json", *arguments], env=self.environment,
                              capture_output=True, timeout=60)
        return json.loads(done.stdout)["judgments"]

    def grades(self, *arguments):
        return {(one["query"], path): one["grade"] for one in self.listed(*arguments) for path in one["paths"]}

    def test_grades_are_stored_undone_and_not_asked_again(self):
        first = self.judge("32u0s1q", "a dog", "-k", 8)
        self.assertEqual([one["grade"] for one in first["judged"]], [3, 0, 1])
        self.assertEqual((first["skipped"], first["left"], first["judged_before"]), (1, 4, 0))
        self.assertEqual(self.grades(), {("a dog", one["path"]): one["grade"] for one in first["judged"]})
        again = self.judge("1111111", " A  Dog", "-k", 8)
        self.assertEqual((len(again["judged"]), again["judged_before"], again["left"]), (5, 3, 0))
        self.assertFalse({one["path"] for one in first["judged"]} & {one["path"] for one in again["judged"]})
        other = self.judge("0", "a dog", "-k", 8, "--judge", "ada")
        self.assertEqual((other["judged_before"], other["left"]), (0, 7))
        self.assertEqual(len(self.listed("--judge", "ada")), 1)
        one = self.listed()[0]
        found = self.json("search", "a dog", "-k", 8)
        self.assertEqual(one["model"], found["model"])
        self.assertEqual(found["results"][one["rank"] - 1]["path"], one["paths"][0])
        self.assertRegex(one["judged_at"], r"^\d{4}-\d\d-\d\dT")

    def test_order_is_blind_and_repeats_with_its_seed(self):
        self.assertEqual(self.judge("0" * 12 + "u" * 13, "a dog", "-k", 12)["judged"], [])  # all of it taken back
        self.assertEqual(self.listed(), [])
        orders = []
        for seed in (1, 1, 2):
            orders.append([one["path"] for one in self.judge("0" * 12, "a dog", "-k", 12, "--seed", seed)["judged"]])
            self.run_glimpse("judge", "--forget", "a dog")
        best = [one["path"] for one in self.json("search", "a dog", "-k", 12)["results"]]
        self.assertEqual(orders[0], orders[1])
        self.assertNotEqual(orders[0], orders[2])
        self.assertNotEqual(orders[0], best)
        self.assertEqual(sorted(orders[0]), sorted(best))

    def test_pools_the_answers_of_other_generations(self):
        self.run_glimpse("model", "use", "glimpse-small")
        old = self.json("model", "generations")["generations"][0]
        self.assertEqual(old["state"], "retired")
        alone = self.judge("", "a dog", "-k", 6)["left"]
        both = self.judge("1" * 12, "a dog", "-k", 6, "--pool", old["id"])
        self.assertEqual(alone, 6)
        self.assertGreater(len(both["judged"]), 6)
        self.assertEqual(len({one["fingerprint"] for one in self.listed()}), 2)
        report = self.json("eval", "--judgments", "--generation", old["id"])
        self.assertEqual((report["model"], report["judged"]["judged@5"]), (old["model"], 1))
        self.assertIn(b"no generation 'x'", self.judge("", "a dog", "--pool", "x", code=2).stderr)

    def test_judgments_stay_with_pictures_that_move_or_leave(self):
        path = pathlib.Path(self.judge("3", "a dog")["judged"][0]["path"])
        path.rename(path.with_name("renamed.png"))
        self.run_glimpse("index")
        self.assertEqual([one["paths"] for one in self.listed()], [[str(path.with_name("renamed.png"))]])
        path.with_name("renamed.png").rename(self.directory / "away.png")
        self.run_glimpse("index")
        self.assertEqual([one["paths"] for one in self.listed()], [[]])
        qrels = self.directory / "x.qrels"
        self.run_glimpse("judge", "--export", qrels)
        self.assertRegex(qrels.read_text(), r"^q[0-9a-f]{12} 0 content:[0-9a-f]{32} 3\n$")
        self.run_glimpse("judge", "--forget", "a dog")
        self.run_glimpse("judge", "--import", qrels)
        (self.directory / "away.png").rename(path)
        self.run_glimpse("index")
        self.assertEqual(self.grades(), {("a dog", str(path)): 3})

    def test_out_and_in_as_trec_has_it(self):
        queries = self.directory / "queries.txt"
        queries.write_text("a dog\n\n  A DOG \nsomething\tred\n")
        done = self.judge("0123" * 5, "--queries", queries, "-k", 10)
        self.assertEqual({one["query"] for one in done["judged"]}, {"a dog", "something\tred"})
        before = self.grades()
        qrels, run = self.directory / "x.qrels", self.directory / "x.run"
        report = self.json("judge", "--export", qrels, "--run", run)
        self.assertEqual((report["queries"], report["judgments"]), (2, 20))
        topics = dict(line.split("\t") for line in (self.directory / "x.topics").read_text().splitlines())
        self.assertEqual(sorted(topics.values()), ["a dog", "something red"])
        self.assertEqual({line.split()[0] for line in qrels.read_text().splitlines()}, set(topics))
        trec = self.json("eval", "--qrels", qrels, "--run", run)
        ours = self.json("eval", "--judgments")
        for name in ("ndcg@10", "precision@5", "recall@10", "mrr", "map"):
            self.assertAlmostEqual(trec[name], ours[name], places=9, msg=name)
        for query in ("a dog", "something red"):
            self.run_glimpse("judge", "--forget", query)
        self.assertEqual(self.listed(), [])
        self.run_glimpse("judge", "--import", qrels)
        self.assertEqual({(query.replace("\t", " "), path): grade for (query, path), grade in before.items()},
                         self.grades())
        self.run_glimpse("judge", "--import", qrels, "--judge", "ada")
        self.assertEqual(len(self.listed()), 40)

    def test_qrels_of_others_are_taken_in(self):
        name = sorted(path.name for path in self.pictures.iterdir())[0]
        plain = self.directory / "plain.qrels"
        plain.write_text(f"a%20dog 0 {name} 2\n")
        self.run_glimpse("judge", "--import", plain)
        self.assertEqual(self.grades(), {("a dog", str(self.pictures / name)): 2})
        plain.write_text(f"a%20dog 0 {name} 1\na%20dog 0 /nowhere/x.png 1\n")
        refused = self.run_glimpse("judge", "--import", plain, code=2)
        self.assertIn(b"1 of its documents are no pictures of the library, the first is '/nowhere/x.png'",
                      refused.stderr)
        self.assertEqual(set(self.grades().values()), {2})
        self.run_glimpse("judge", "--import", plain, "--skip-unknown")
        self.assertEqual(set(self.grades().values()), {1})

    def test_says_what_is_wrong_and_stores_nothing(self):
        bad = self.directory / "bad"
        name = sorted(path.name for path in self.pictures.iterdir())[0]
        for text, said in ((f"dog 0 {name} 7\n", b"expected a grade from 0 to 3, got 7"),
                           (f"dog 0 {name} -1\n", b"expected a grade from 0 to 3, got -1"),
                           (f"dog 0 {name}\n", b"line 1: expected 4 fields, got 3"),
                           (f"dog 0 {name} 1\ndog 0 {self.pictures / name} 2\n", b"are the same picture"),
                           (f"{'x' * 5000} 0 {name} 1\n", b"expected at most 4096 bytes, got 5000"),
                           (f"%FF 0 {name} 1\n", b"expected UTF-8"), (f"%20 0 {name} 1\n", b"expected words")):
            bad.write_text(text)
            done = self.run_glimpse("judge", "--import", bad, code=3 if b"fields" in said else 2)
            self.assertIn(said, done.stderr)
        bad.write_text(f"7 0 {name} 1\n")
        (self.directory / "bad.topics").write_text("8\ta dog\n")
        self.assertIn(b"no line in the topics file", self.run_glimpse("judge", "--import", bad, code=2).stderr)
        (self.directory / "bad.topics").write_text("no tab\n")
        self.assertIn(b"line 1: expected a query's id", self.run_glimpse("judge", "--import", bad, code=3).stderr)
        for content, said in ((b"dog\n\xff\n", b"line 2: query: expected UTF-8"), (b"\n", b"no query in it"),
                              (b"dog " * 2_600_000, b"line 1: query: expected at most 4096 bytes, got 10400000")):
            bad.write_bytes(content)
            self.assertIn(said, self.judge("", "--queries", bad, code=2).stderr)
        for answers, said in ((["7"], b"line 1: expected a grade"), (["33"], b"got '33'"), ([""], b"line 1"),
                              (["x" * 1_000_000], b"line 1")):
            self.assertIn(said, self.judge(answers, "a dog", code=2).stderr)
        self.assertIn(b"without control characters", self.judge("1", "a dog", "--judge", "a\tb", code=2).stderr)
        self.assertIn(b"nothing to judge", self.run_glimpse("judge", code=2).stderr)
        self.assertIn(b"--run goes with --export", self.run_glimpse("judge", "dog", "--run", "x", code=2).stderr)
        self.assertIn(b"give one", self.run_glimpse("judge", "--list", "--forget", "dog", code=2).stderr)
        self.assertEqual(self.listed(), [])

    def test_what_a_name_says_to_the_terminal_is_not_done(self):
        (self.pictures / "\x1b[2J\x9b.png").write_bytes(next(self.pictures.iterdir()).read_bytes() + b" ")
        self.run_glimpse("index")
        done = self.run_glimpse("judge", "a \x1b[31mdog", "-k", 30)
        self.assertNotIn(b"\x1b", done.stderr)

    def terminal(self):
        try:
            return pty.openpty()
        except OSError as error:  # a root without /dev/pts
            self.skipTest(f"no terminal can be made here: {error}")

    def shown_on(self, *flags, **variables):
        """What a terminal of this kind is sent for one candidate, until it is quit."""
        master, slave = self.terminal()
        plain = {name: value for name, value in self.environment.items() if not name.startswith(("TERM", "TMUX", "LC_"))}
        running = subprocess.Popen([GLIMPSE, "judge", "a dog", "-k", "1", *flags], env={**plain, **variables},
                                   stdin=slave, stdout=slave, stderr=slave)
        os.close(slave)
        os.write(master, b"q")
        shown = b""
        try:
            while piece := os.read(master, 65536):
                shown += piece
        except OSError:  # its end
            pass
        self.assertEqual(running.wait(60), 0, shown[-2000:])
        os.close(master)
        return shown

    def test_terminals_that_can_are_shown_the_picture(self):
        head = b"\x1b]1337;File=inline=1;size="
        shown = self.shown_on(TERM="xterm-256color", TERM_PROGRAM="WezTerm")
        size, data = shown[shown.index(head) + len(head):].split(b"\x07")[0].split(b":")
        jpeg = base64.b64decode(data, validate=True)
        self.assertEqual((len(jpeg), jpeg[:2]), (int(size), b"\xff\xd8"))
        shown = self.shown_on(TERM="xterm-kitty")
        pieces = [piece.split(b"\x1b\\")[0].split(b";") for piece in shown.split(b"\x1b_G")[1:]]
        keys = dict(pair.split(b"=") for pair in pieces[0][0].split(b","))
        pixels = base64.b64decode(b"".join(data for _, data in pieces), validate=True)
        self.assertEqual(len(pixels), 3 * int(keys[b"s"]) * int(keys[b"v"]))
        self.assertTrue(all(len(data) <= 4096 for _, data in pieces))
        self.assertEqual([keys[-1:] for keys, _ in pieces], [b"1"] * (len(pieces) - 1) + [b"0"])
        for shown in (self.shown_on(TERM="xterm-256color"), self.shown_on("--no-pictures", TERM="xterm-kitty"),
                      self.shown_on(TERM="xterm-kitty", TMUX="/tmp/tmux-0/default,1,0")):
            self.assertNotIn(b"\x1b_G", shown)
            self.assertNotIn(head, shown)

    def test_single_keys_on_a_terminal(self):
        """Keys without Enter; the terminal is given back as it was; Ctrl-C ends it and keeps what was said."""
        master, slave = self.terminal()
        before = termios.tcgetattr(slave)
        running = subprocess.Popen([GLIMPSE, "judge", "a dog", "-k", "5"], env=self.environment, stdin=slave,
                                   stdout=slave, stderr=slave)
        shown = b""

        def wait_for(text):
            nonlocal shown
            deadline = time.time() + 60
            while text not in shown:
                self.assertLess(time.time(), deadline, shown)
                if select.select([master], [], [], 0.2)[0]:
                    shown += os.read(master, 65536)
        for key, then in ((b"3", b"2 of 5"), (b"9", b"0, 1, 2 or 3"), (b"1", b"3 of 5")):
            os.write(master, key)
            wait_for(then)
        self.assertIn(b"\x1b]8;;file:///", shown)  # a click opens the picture
        os.write(master, b"\x03")
        wait_for(b"2 judged")
        self.assertEqual(running.wait(60), 0)
        self.assertEqual(termios.tcgetattr(slave), before)
        os.close(slave)
        os.close(master)
        self.assertEqual(sorted(self.grades().values()), [1, 3])

    def test_killed_it_has_lost_nothing_that_it_went_on_from(self):
        running = subprocess.Popen([GLIMPSE, "judge", "a dog", "-k", "20"], env=self.environment,
                                   stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        running.stdin.write(b"2\n" * 20)
        running.stdin.flush()
        shown = b""
        while b"  7 of 20" not in shown:
            shown += os.read(running.stderr.fileno(), 1)
        running.kill()
        running.communicate()
        self.assertGreaterEqual(len(self.listed()), 6)
        again = self.judge("", "a dog", "-k", 20)
        self.assertEqual(again["judged_before"] + again["left"], 20)
        self.assertEqual(again["judged_before"], len(self.listed()))

    def serve(self):
        server, port = start_server(self)

        def stop():
            server.send_signal(signal.SIGTERM)
            server.communicate(timeout=30)
        self.addCleanup(stop)

        def ask(method, target, body=None):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request(method, target, body and json.dumps(body), {"Content-Type": "application/json"})
            response = connection.getresponse()
            content = response.read().decode()
            connection.close()
            return response.status, json.loads(content) if content.startswith("{") else content
        return ask

    def test_the_page_and_the_terminal_share_what_was_judged(self):
        ask = self.serve()
        self.assertTrue(ask("GET", "/api/v1/status")[1]["judging"])
        found = ask("GET", "/api/v1/search?q=a+dog")[1]
        first = found["results"][0]
        status, stored = ask("POST", "/api/v1/judgments", {"query": "a dog", "picture": first["id"], "grade": 3, "rank": 1,
                                                           "generation": found["generation"]})
        self.assertEqual((status, stored["model"], stored["pictures"][0]["path"]), (200, found["model"], first["path"]))
        self.assertEqual(self.grades(), {("a dog", first["path"]): 3})
        self.judge("0", "a dog", "-k", 3)
        listed = ask("GET", "/api/v1/judgments?q=A%20Dog&judge=")[1]
        self.assertEqual((listed["total"], sorted(one["grade"] for one in listed["judgments"])), (2, [0, 3]))
        qrels, topics = self.directory / "x.qrels", self.directory / "x.topics"
        self.run_glimpse("judge", "--export", qrels)
        self.assertEqual(ask("GET", "/api/v1/judgments.qrels")[1], qrels.read_text())
        self.assertEqual(ask("GET", "/api/v1/judgments.topics")[1], topics.read_text())
        target = f"/api/v1/judgments?q=a%20dog&picture={first['id']}"
        self.assertEqual([ask("DELETE", target)[0] for _ in (1, 2)], [204, 404])
        self.assertEqual(len(self.listed()), 1)
        for body, code in (({"query": "a dog", "picture": 10 ** 9, "grade": 1}, 404),
                           ({"query": "a dog", "picture": first["id"], "grade": 1, "generation": 99}, 404),
                           ({"query": "a dog", "picture": first["id"], "grade": 7}, 422),
                           ({"query": "\u00a0", "picture": first["id"], "grade": 1}, 422)):
            status, answer = ask("POST", "/api/v1/judgments", body)
            self.assertEqual(status, code, answer)
        self.assertEqual(len(self.listed()), 1)

    def test_who_writes_on_is_told_of_and_the_judgment_can_be_given_again(self):
        ask = self.serve()
        picture = ask("GET", "/api/v1/pictures")[1]["results"][0]["id"]
        body = {"query": "a dog", "picture": picture, "grade": 3}
        with open(pathlib.Path(self.environment["GLIMPSE_LIBRARY"]) / "lock", "r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            status, answer = ask("POST", "/api/v1/judgments", body)
            self.assertEqual((status, answer["error"]["code"]), (503, "unavailable"))
            self.assertEqual(ask("GET", "/api/v1/judgments")[1]["total"], 0)
            self.assertIn(b"is writing to this library", self.judge("1", "a dog", code=4).stderr)
        self.assertEqual(ask("POST", "/api/v1/judgments", body)[0], 200)

    def test_pictures_with_the_same_bytes_are_judged_once(self):
        source = next(self.pictures.iterdir())
        (self.pictures / "copy.png").write_bytes(source.read_bytes())
        self.run_glimpse("index")
        done = self.judge("1" * 30, "a dog", "-k", 30)
        self.assertEqual(len(done["judged"]), 24)
        self.assertEqual(len(self.grades()), 25)
        report = self.json("eval", "--judgments")
        self.assertEqual((report["judged"]["judged@10"], report["judgments"]), (1, 24))

    def test_several_judges_make_one_grade(self):
        path = self.judge("3", "a dog")["judged"][0]["path"]
        for judge, grade in (("ada", "1"), ("bob", "2"), ("eve", "0")):
            self.judge(grade, "a dog", "--judge", judge)
        qrels = self.directory / "x.qrels"
        self.run_glimpse("judge", "--export", qrels)
        self.assertTrue(qrels.read_text().endswith(f" 0 {path} 1\n"), qrels.read_text())  # of 0 1 2 3 the lower middle
        self.run_glimpse("judge", "--export", qrels, "--judge", "bob")
        self.assertTrue(qrels.read_text().endswith(f" 0 {path} 2\n"))

    def test_eval_says_where_nobody_judged(self):
        for name in ("a dog", "something red"):
            self.judge("3210", name, "-k", 10)
        report = self.json("eval", "--judgments", "-K", "5,10")
        self.assertEqual((report["queries"], report["judgments"], report["pictures"]), (2, 8, 24))
        self.assertAlmostEqual(report["judged"]["judged@10"], 0.4)
        self.assertAlmostEqual(report["judged"]["precision_judged@10"], 0.75)
        self.assertLessEqual(report["precision@10"], 0.3 + 1e-9)
        self.assertLessEqual(report["ndcg@10"], report["judged"]["ndcg_judged@10"])
        self.assertEqual({one["query"] for one in report["per_query"]}, {"a dog", "something red"})
        text = self.run_glimpse("eval", "--judgments").stdout.decode()
        self.assertIn("judged@10", text)
        self.assertIn("nobody judged 60 % of the first 10", text)
        self.assertIn(b"nothing was judged", self.run_glimpse("eval", "--judgments", "--judge", "bob", code=2).stderr)


if __name__ == "__main__":
    unittest.main()
