"""Folders are followed: by `glimpse watch` and by a server."""

import http.client
import json
import os
import random
import shutil
import signal
import subprocess
import threading
import time
import unittest

from shell import GLIMPSE, Shell, png, start_server

PATIENCE = 120  # seconds; nothing here takes long, but the machine may be busy


def small_picture(number):
    """One of many pictures, each with its own bytes."""
    return png(8 + number % 7, 8, (number % 256, number // 256 % 256, 77))


class Watched(Shell):
    """A real `glimpse watch --json` and the lines it has written so far."""

    def setUp(self):
        super().setUp()
        self.lines = []
        self.process = None
        self.addCleanup(self.stop)

    def follow(self, *arguments):
        self.process = subprocess.Popen([GLIMPSE, "watch", "--json", "--settle", "100", *map(str, arguments)],
                                        env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.reader = threading.Thread(target=self.read_lines, args=(self.process.stdout,))
        self.reader.start()
        self.wait_for(lambda: self.lines, "the first scan")
        return self.lines[0]

    def read_lines(self, stream):
        for line in stream:
            self.lines.append(json.loads(line))

    def stop(self):
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(timeout=PATIENCE)
        self.reader.join()
        self.process.stdout.close()
        self.errors = self.process.stderr.read().decode()
        self.process.stderr.close()
        self.process = None
        return code

    def wait_for(self, condition, what):
        deadline = time.time() + PATIENCE
        while not condition():
            self.assertIsNone(self.process.poll(), "glimpse watch has ended")
            self.assertLess(time.time(), deadline, f"waited in vain for {what}; lines: {self.lines[-3:]}")
            time.sleep(0.02)

    def total(self, what):
        return sum(line[what] for line in self.lines)

    def paths(self):
        hits = self.json("search", "picture", "-k", 100000)["results"] if self.json("status")["pictures"] else []
        return {hit["path"] for hit in hits}

    def files(self):
        return {str(path) for path in self.pictures.rglob("*.png")}

    def wait_until_equal(self):
        self.wait_for(lambda: self.json("status")["pictures"] == len(self.files()), "the library to equal the folder")
        self.wait_for(lambda: self.paths() == self.files(), "the library to equal the folder")


class Following(Watched):
    def test_what_is_made_changed_moved_and_deleted_is_followed(self):
        for i in range(12):
            (self.pictures / f"{i}.png").write_bytes(small_picture(i))
        self.assertEqual(self.follow(self.pictures)["added"], 12)
        (self.pictures / "new").mkdir()
        (self.pictures / "new/a.png").write_bytes(small_picture(100))
        self.wait_until_equal()
        (self.pictures / "0.png").write_bytes(small_picture(101))
        self.wait_for(lambda: self.total("changed") == 1, "the change")
        embedded = self.total("embedded")
        (self.pictures / "1.png").rename(self.pictures / "new/b.png")
        self.wait_until_equal()
        (self.pictures / "2.png").unlink()
        self.wait_until_equal()
        self.assertEqual(self.total("embedded"), embedded)
        self.assertEqual((self.total("moved"), self.total("gone")), (1, 1))
        self.assertEqual(self.stop(), 0)
        self.assertEqual(self.errors, "")

    def test_a_renamed_directory_of_a_thousand_pictures_embeds_nothing(self):
        (self.pictures / "old").mkdir()
        for i in range(1000):
            (self.pictures / f"old/{i}.png").write_bytes(small_picture(i))
        self.assertEqual(self.follow(self.pictures)["added"], 1000)
        embedded = self.total("embedded")
        (self.pictures / "old").rename(self.pictures / "new")
        self.wait_until_equal()
        self.assertEqual((self.total("moved"), self.total("gone"), self.total("embedded")), (1000, 0, embedded))

    def test_a_folder_that_goes_away_comes_back_without_embedding(self):
        for i in range(30):
            (self.pictures / f"{i}.png").write_bytes(small_picture(i))
        self.follow(self.pictures)
        away = self.directory / "away"
        self.pictures.rename(away)
        self.wait_for(lambda: self.lines[-1]["folders"][0]["state"] == "offline", "the folder to be offline")
        folder = self.json("status")["roots"][0]
        self.assertEqual((folder["state"], folder["pictures"], folder["watched"]), ("offline", 30, True))
        self.assertIn("cannot read the directory", folder["offline_reason"])
        self.assertTrue(folder["offline_since"])
        self.pictures.mkdir()  # as the empty mount point of a disk that is not connected
        (self.pictures / "notes.txt").write_text("not a picture")
        self.wait_for(lambda: "30 of 30" in self.json("status")["roots"][0]["offline_reason"], "the empty folder")
        shutil.rmtree(self.pictures)
        away.rename(self.pictures)
        self.wait_for(lambda: self.lines[-1]["folders"][0]["state"] == "online", "the folder to be back")
        self.assertEqual(self.total("embedded"), 30)
        self.assertEqual(self.total("gone"), 0)
        (self.pictures / "after.png").write_bytes(small_picture(999))
        self.wait_until_equal()

    def test_more_than_a_fifth_lost_at_once_is_kept(self):
        (self.pictures / "some").mkdir()
        for i in range(40):
            (self.pictures / ("some" if i < 15 else "") / f"{i}.png").write_bytes(small_picture(i))
        self.follow(self.pictures)
        (self.pictures / "some").rename(self.directory / "elsewhere")
        self.wait_for(lambda: self.lines[-1]["folders"][0]["state"] == "offline", "the folder to be offline")
        self.assertEqual(self.json("status")["pictures"], 40)
        (self.directory / "elsewhere").rename(self.pictures / "some")
        self.wait_for(lambda: self.lines[-1]["folders"][0]["state"] == "online", "the folder to be online")
        self.assertEqual((self.total("gone"), self.total("embedded")), (0, 40))

    def test_rules_that_change_are_applied_at_once_and_are_no_loss(self):
        for i in range(30):
            (self.pictures / f"{'draft' if i < 20 else 'done'}{i}.png").write_bytes(small_picture(i))
        self.follow(self.pictures)
        self.run_glimpse("roots", "exclude", self.pictures, "draft*")
        self.wait_for(lambda: self.json("status")["pictures"] == 10, "what was excluded to be forgotten")
        self.assertEqual(self.json("status")["roots"][0]["state"], "online")
        self.run_glimpse("roots", "clear", self.pictures)
        self.wait_until_equal()

    def test_random_changes_end_equal_to_a_fresh_index(self):
        seed = random.randrange(1 << 30)
        chance = random.Random(seed)
        self.follow(self.pictures)
        directories = [self.pictures]
        for step in range(300):
            action = chance.choice(["file"] * 5 + ["directory", "move", "delete", "tree"])
            place = chance.choice([d for d in directories if d.is_dir()] or [self.pictures])
            files = sorted(place.glob("*.png"))
            if action == "file":
                (place / f"{step}.png").write_bytes(small_picture(step))
            elif action == "directory":
                (place / f"d{step}").mkdir()
                directories.append(place / f"d{step}")
            elif action == "move" and files:
                files[0].rename(chance.choice([d for d in directories if d.is_dir()]) / f"m{step}.png")
            elif action == "delete" and len(files) > 3:
                files[-1].unlink()
            elif action == "tree" and place != self.pictures:
                place.rename(self.pictures / f"t{step}")
                directories.append(self.pictures / f"t{step}")
        with self.subTest(seed=seed):
            self.wait_until_equal()
        self.assertEqual(self.stop(), 0)
        report = self.json("index")
        self.assertEqual([report[k] for k in ("added", "changed", "moved", "gone")], [0, 0, 0, 0], f"seed {seed}")

    def test_a_storm_of_new_files_ends_equal(self):
        count = 5000
        kinds = [small_picture(i) for i in range(20)]
        self.follow(self.pictures)
        for i in range(count):
            if i % 500 == 0:
                (self.pictures / f"{i // 500}").mkdir()
            (self.pictures / f"{i // 500}/{i}.png").write_bytes(kinds[i % len(kinds)])
        self.wait_for(lambda: self.json("status")["pictures"] == count, "the storm to be over")
        self.assertEqual(self.stop(), 0)
        report = self.json("index")
        self.assertEqual([report[k] for k in ("added", "changed", "gone", "unchanged")], [0, 0, 0, count])

    def test_there_is_one_follower_and_commands_get_their_turn(self):
        (self.pictures / "a.png").write_bytes(small_picture(1))
        self.follow(self.pictures)
        second = self.run_glimpse("watch", self.pictures, code=4).stderr.decode()
        self.assertIn(f"process {self.process.pid}", second)
        (self.pictures / "b.png").write_bytes(small_picture(2))
        self.run_glimpse("index")  # whether or not the follower is at it just now
        self.assertEqual(self.json("status")["pictures"], 2)


class Rules(Shell):
    def test_rules_given_to_index_are_kept_and_apply_to_what_is_there(self):
        for name in ("a.png", "b.png", "keep/c.png", "keep/.d.png", "old/e.png"):
            (self.pictures / name).parent.mkdir(exist_ok=True)
            (self.pictures / name).write_bytes(small_picture(len(name) * 7 + ord(name[0])))
        self.assertEqual(self.json("index", self.pictures)["added"], 4)
        report = self.json("index", self.pictures, "--exclude", "old/", "--exclude", "b.*")
        self.assertEqual((report["gone"], report["offline"]), (2, 0))
        listed = self.json("roots", "list")["roots"][0]
        self.assertEqual((listed["exclude"], listed["include"], listed["hidden"]), (["b.*", "old/"], [], False))
        self.assertEqual(self.json("index")["unchanged"], 2)
        self.assertEqual(self.json("index", self.pictures, "--include", "keep/", "--hidden")["pictures"], 2)
        self.run_glimpse("roots", "clear", self.pictures)
        self.assertEqual(self.json("index")["pictures"], 4)
        self.assertIn("FOLDER", self.run_glimpse("index", "--exclude", "x", code=2).stderr.decode())
        self.assertIn("']'", self.run_glimpse("roots", "exclude", self.pictures, "[a", code=2).stderr.decode())
        self.assertEqual(self.json("roots", "remove", self.pictures)["pictures"], 4)
        self.run_glimpse("roots", "list", code=1)
        self.run_glimpse("roots", "remove", self.pictures, code=2)

    def test_nomedia_forgets_without_alarm_and_a_raw_counts_once(self):
        (self.pictures / "quiet").mkdir()
        for i in range(20):
            (self.pictures / ("quiet" if i < 15 else "") / f"{i}.png").write_bytes(small_picture(i))
        (self.pictures / "img_1.JPG").write_bytes(small_picture(50))
        (self.pictures / "IMG_1.cr2").write_bytes(b"II*\0 raw")
        (self.pictures / "alone.NEF").write_bytes(b"II*\0 raw")
        report = self.json("index", self.pictures)
        self.assertEqual((report["added"], report["failed"], report["raw_beside_jpeg"]), (21, 1, 1))
        failure, = self.json("status", "--failed")["failures"]
        self.assertEqual((failure["reason"], failure["path"]), ("unsupported", str(self.pictures / "alone.NEF")))
        (self.pictures / "quiet/.nomedia").touch()
        (self.pictures / "alone.jpg").write_bytes(small_picture(51))
        report = self.json("index")
        self.assertEqual((report["gone"], report["offline"], report["raw_beside_jpeg"]), (15, 0, 2))
        self.assertEqual(self.json("status")["failed"], 0)


class Serving(Shell):
    def setUp(self):
        super().setUp()
        self.server = None
        self.addCleanup(self.stop)

    def stop(self):
        if self.server is not None:
            self.server.send_signal(signal.SIGTERM)
            self.server.wait(timeout=PATIENCE)
            self.errors = self.server.stderr.read().decode()
            self.server.stderr.close()
        self.server = None

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("GET", path)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        self.assertEqual(answer.status, 200, content)
        return json.loads(content)

    def wait_for_pictures(self, count):
        deadline = time.time() + PATIENCE
        while self.get("/api/v1/status")["pictures"] != count:
            self.assertLess(time.time(), deadline, self.get("/api/v1/status"))
            time.sleep(0.05)

    def test_a_server_fills_an_empty_library_and_follows(self):
        for i in range(3):
            (self.pictures / f"{i}.png").write_bytes(small_picture(i))
        self.environment["DATASET_PATH"] = str(self.pictures)
        self.server, self.port = start_server(self)
        self.wait_for_pictures(3)
        (self.pictures / "late.png").write_bytes(small_picture(70))
        self.wait_for_pictures(4)
        names = {hit["name"] for hit in self.get("/api/v1/search?q=picture&limit=10")["results"]}
        self.assertIn("late.png", names)
        folder, = self.get("/api/v1/status")["folders"]
        self.assertEqual((folder["state"], folder["pictures"], folder["watched"]), ("online", 4, True))
        del self.environment["DATASET_PATH"]
        self.run_glimpse("index")
        self.run_glimpse("roots", "exclude", self.pictures, "late.*")
        self.wait_for_pictures(3)
        self.run_glimpse("model", "use", "glimpse-small")
        self.stop()
        self.assertFalse(self.json("status")["roots"][0]["watched"])

    def test_a_server_that_is_told_not_to_follow_does_not(self):
        (self.pictures / "a.png").write_bytes(small_picture(1))
        self.run_glimpse("index", self.pictures)
        self.server, self.port = start_server(self, "--no-watch")
        self.assertFalse(self.get("/api/v1/status")["folders"][0]["watched"])

    def test_it_takes_over_when_the_other_follower_goes(self):
        (self.pictures / "a.png").write_bytes(small_picture(1))
        other = self.start_glimpse("watch", self.pictures)
        deadline = time.time() + PATIENCE
        while self.run_status() != 1:
            self.assertLess(time.time(), deadline)
            time.sleep(0.1)
        self.server, self.port = start_server(self)
        other.send_signal(signal.SIGINT)
        self.assertEqual(other.wait(timeout=PATIENCE), 0, other.stderr.read())
        other.stderr.close()
        (self.pictures / "b.png").write_bytes(small_picture(2))
        self.wait_for_pictures(2)

    def run_status(self):
        done = subprocess.run([GLIMPSE, "status", "--json"], env=self.environment, capture_output=True)
        return json.loads(done.stdout)["pictures"] if done.returncode == 0 else 0

    def test_a_library_that_cannot_be_written_is_served_all_the_same(self):
        (self.pictures / "a.png").write_bytes(small_picture(1))
        self.run_glimpse("index", self.pictures)
        if os.geteuid() == 0:
            (self.directory / "library/following").mkdir()  # root may write anywhere, but not into a directory
        else:
            (self.directory / "library").chmod(0o555)
            self.addCleanup((self.directory / "library").chmod, 0o755)
        self.server, self.port = start_server(self)
        self.assertEqual(self.get("/api/v1/status")["pictures"], 1)
        self.stop()
        self.assertIn("folders are not followed", self.errors)


if __name__ == "__main__":
    unittest.main()
