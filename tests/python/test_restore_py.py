"""restore.py against archives that are built here by hand, as ARCHIVE-FORMAT.md says.

Run: python3 -m unittest discover -s tests/python
"""
import base64
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "src-tauri/crates/engine/src/archive/texts/restore.py"
AT = "1700000000.123456789"


def sha(content):
    return hashlib.sha256(content).hexdigest()


def named(key, value):
    try:
        return {key: value.decode("utf-8")}
    except UnicodeDecodeError:
        return {key + "b": base64.b64encode(value).decode()}


def coded(entry):
    return json.dumps(entry, separators=(",", ":"), ensure_ascii=False).encode()


class Tar:
    """A tar that tells where each member's content begins."""

    def __init__(self):
        self.bytes = io.BytesIO()
        self.tar = tarfile.open(fileobj=self.bytes, mode="w", format=tarfile.PAX_FORMAT)

    def add(self, name, content):
        member = tarfile.TarInfo(os.fsdecode(name))
        member.size = len(content)
        self.tar.addfile(member, io.BytesIO(content))
        return self.bytes.tell() - (len(content) + 511) // 512 * 512

    def finish(self):
        # Exactly two zero blocks, not tarfile's padding to 10 KiB.
        return self.bytes.getvalue() + bytes(1024)


class Moment:
    """Builds one archive. `tree` is what the parent's moment holds: path to entry without `x` and `c`."""

    def __init__(self, name, level, parents=(), tree=None):
        self.name, self.level, self.parents, self.tar = name, level, list(parents), Tar()
        self.tree, self.lines, self.format, self.places = dict(tree or {}), {}, 1, {}
        self.tar.add("HOW-TO-RESTORE.txt", b"see there")

    def put(self, path, kind, extents=None, **more):
        entry = {**named("p", path), "t": kind}
        if kind == "f":
            entry["s"] = more.pop("size")
        entry.update({"m": more.pop("mode", "0750" if kind == "d" else "0640")})
        entry.update({"u": more.pop("u", os.getuid()), "g": more.pop("g", os.getgid())})
        entry.update({key: more.pop(key) for key in ("un", "gn") if key in more}, mt=more.pop("mt", AT))
        entry.update(more)
        self.tree[path] = entry
        self.lines[path] = {**entry, "c": "files", **({"x": extents} if kind == "f" else {})}

    def folder(self, path, **more):
        self.put(path, "d", **more)

    def file(self, path, content, **more):
        offset = self.places[path] = self.tar.add(path, content)
        extents = [[0, offset, len(content)]] if content else []
        self.put(path, "f", extents, size=len(content), h=sha(content), **more)

    def delta(self, path, content, extents):
        """Extents: `bytes` are stored here; the rest is as in the format."""
        laid = []
        for number, extent in enumerate(extents):
            if isinstance(extent, bytes):
                extent = [0, self.tar.add(f".holdfast/delta/{number + 1:06}", extent), len(extent)]
            laid.append(extent)
        self.put(path, "f", laid, size=len(content), h=sha(content))

    def link(self, path, target, kind):
        self.put(path, kind, **named("l", target))

    def gone(self, path):
        del self.tree[path]
        self.lines[path] = {**named("p", path), "t": "-"}

    def write(self, folder, change=lambda manifest: None, order=None):
        order = order or sorted(self.lines, key=lambda p: p.split(b"/"))
        files = b"".join(coded(self.lines[p]) + b"\n" for p in order)
        members = {}
        for name, content in (("files.jsonl", files), ("index.bin", b"i"), ("blocks.bin", b""), ("SHA256SUMS", b"")):
            offset = self.tar.add(".holdfast/" + name, content)
            members[name] = {"offset": offset, "length": len(content), "sha256": sha(content)}
        total = sum(int(sha(coded(e)), 16) for e in self.tree.values()) % (1 << 256)
        manifest = {
            "format": self.format, "archive": self.name, "deployment": "bot", "deployment_id": "6f0c", "level": self.level,
            "archives": [self.name] + self.parents, "members": members, "problems": [],
            "tree": {"files": 0, "entries": len(self.tree), "bytes": 0, "sum": f"{total:064x}"},
        }
        change(manifest)
        text = json.dumps(manifest).encode()
        at = [self.tar.add(".holdfast/manifest.json", text), len(text)]
        tail = json.dumps({"holdfast": self.format, "manifest": at, "signature": None}).encode()
        self.tar.add(".holdfast/tail", tail.ljust(511) + b"\n")
        path = pathlib.Path(folder) / (self.name + ".tar")
        path.write_bytes(self.tar.finish())
        return path


BIG = bytes(range(256)) * 1024  # 256 KiB
FULL, DAILY, HOURLY = "bot_2026-11-21T020000Z_weekly-full", "bot_2026-11-22T020000Z_daily", "bot_2026-11-22T030000Z_hourly"
ODD = b"data/caf\xe9 \xff.txt"


class Restores(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.into = self.folder / "out"

    def run_script(self, *arguments, python=sys.executable):
        done = subprocess.run([python, SCRIPT, *map(str, arguments)], capture_output=True, cwd=self.folder, timeout=60)
        return done.returncode, done.stdout.decode() + done.stderr.decode()

    def restores(self, *arguments):
        code, said = self.run_script("--into", self.into, *arguments)
        self.assertEqual(code, 0, said)
        self.assertIn("Every checksum agreed", said)
        return said

    def refuses(self, why, *arguments):
        code, said = self.run_script("--into", self.into, *arguments)
        self.assertEqual(code, 1, said)
        self.assertIn(why, said)
        self.assertNotIn("Traceback", said)
        self.assertNotIn("Every checksum agreed", said)
        return said

    def read(self, path):
        with open(os.path.join(os.fsencode(self.into), path), "rb") as file:
            return file.read()

    def full(self):
        full = Moment(FULL, 0)
        full.folder(b"data", mode="0500", mt="1600000000.000000001")
        full.file(b"data/a.txt", b"first")
        full.file(b"data/a-b", b"sorts after what data/a holds", mode="4755")
        full.folder(b"data/a")
        full.file(b"data/a/z", b"inner", mt="-1.750000000")
        full.file(b"data/empty", b"")
        full.file(b"data/big", BIG)
        full.file(b"data/going", b"soon gone")
        full.file(ODD, b"odd", xa={"user.origin": base64.b64encode(b"\0web").decode()})
        full.link(b"data/hard", b"data/a/z", "h")
        full.link(b"data/soft", b"/etc/nowhere\xff", "l")
        return full

    def daily(self, parent):
        daily = Moment(DAILY, 1, [FULL], parent.tree)
        daily.file(b"data/a.txt", b"second")
        daily.gone(b"data/going")
        start = parent.places[b"data/big"]
        self.big1 = BIG[:65536] + b"D" * 65536 + bytes(65536) + BIG[196608:]
        daily.delta(b"data/big", self.big1, [[1, start, 65536], b"D" * 65536, [-1, 0, 65536], [1, start + 196608, 65536]])
        return daily

    def hourly(self, daily, full):
        hourly = Moment(HOURLY, 2, [DAILY, FULL], daily.tree)
        hourly.file(b"data/new", b"new")
        hourly.folder(b"data", mode="0755", mt="1600000001.000000000")
        # Out of all three: this archive, the daily's delta, the full.
        delta = daily.lines[b"data/big"]["x"][1][1]
        full_at = full.places[b"data/big"]
        self.big2 = b"H" * 100 + b"D" * 65536 + BIG[:50]
        hourly.delta(b"data/big", self.big2, [b"H" * 100, [1, delta, 65536], [2, full_at, 50]])
        return hourly

    def three(self):
        full = self.full()
        daily = self.daily(full)
        hourly = self.hourly(daily, full)
        return full.write(self.folder), daily.write(self.folder), hourly.write(self.folder)

    def test_a_full_archive_comes_back_with_all_that_files_have(self):
        said = self.restores(self.full().write(self.folder))
        self.assertIn("8 files", said)
        self.assertEqual(self.read(b"data/a.txt"), b"first")
        self.assertEqual(self.read(b"data/empty"), b"")
        self.assertEqual(self.read(b"data/big"), BIG)
        self.assertEqual(self.read(ODD), b"odd")
        there = os.stat(self.into / "data/a.txt")
        self.assertEqual(there.st_mtime_ns, 1700000000123456789)
        self.assertEqual(stat.S_IMODE(there.st_mode), 0o640)
        self.assertEqual(os.stat(self.into / "data/a/z").st_mtime_ns, -1750000000)
        self.assertTrue(os.path.samefile(self.into / "data/hard", self.into / "data/a/z"))
        self.assertEqual(os.readlink(os.fsencode(self.into / "data/soft")), b"/etc/nowhere\xff")
        self.assertEqual(os.lstat(self.into / "data/soft").st_mtime_ns, 1700000000123456789)
        folder = os.stat(self.into / "data")
        self.assertEqual((stat.S_IMODE(folder.st_mode), folder.st_mtime_ns), (0o500, 1600000000000000001))
        kept = 0o4755 if os.geteuid() == 0 else 0o755
        self.assertEqual(stat.S_IMODE(os.stat(self.into / "data/a-b").st_mode), kept)
        if hasattr(os, "getxattr"):
            self.assertEqual(os.getxattr(os.path.join(os.fsencode(self.into), ODD), "user.origin"), b"\0web")
        os.chmod(self.into / "data", 0o700)

    def test_every_moment_comes_back_in_any_order_of_its_archives(self):
        full, daily, hourly = self.three()
        self.restores("--at", FULL, hourly, full, daily)
        self.assertEqual(self.read(b"data/going"), b"soon gone")
        self.assertEqual(self.read(b"data/big"), BIG)
        self.into = self.folder / "out1"
        self.restores(full, daily)
        self.assertEqual(self.read(b"data/a.txt"), b"second")
        self.assertEqual(self.read(b"data/big"), self.big1)
        self.assertFalse(os.path.lexists(self.into / "data/going"))
        self.assertFalse(os.path.lexists(self.into / "data/new"))
        self.into = self.folder / "out2"
        self.restores(full, hourly, daily)
        self.assertEqual(self.read(b"data/big"), self.big2)
        self.assertEqual(self.read(b"data/new"), b"new")
        self.assertEqual(self.read(b"data/a/z"), b"inner")
        self.assertEqual(stat.S_IMODE(os.stat(self.into / "data").st_mode), 0o755)
        for out in ("out", "out1"):
            os.chmod(self.folder / out / "data", 0o700)

    def test_holes_stay_holes(self):
        full = Moment(FULL, 0)
        full.folder(b"data")
        size = 64 << 20
        full.delta(b"data/sparse", b"x" + bytes(size - 1), [b"x", [-1, 0, size - 1]])
        self.restores(full.write(self.folder))
        there = os.stat(self.into / "data/sparse")
        self.assertEqual(there.st_size, size)
        self.assertLess(there.st_blocks * 512, 1 << 20)

    def test_a_missing_parent_is_named(self):
        full, daily, hourly = self.three()
        said = self.refuses("also needs", full, hourly)
        self.assertIn(DAILY, said)
        self.assertFalse(self.into.exists())

    def test_several_moments_must_be_chosen_from(self):
        full = self.full()
        one, two = self.daily(full), self.daily(full)
        two.name = HOURLY
        paths = full.write(self.folder), one.write(self.folder), two.write(self.folder)
        self.refuses("--at", *paths)
        self.restores("--at", HOURLY + ".tar.zst.age", *paths)
        os.chmod(self.into / "data", 0o700)

    def test_a_damaged_file_is_named_and_the_rest_restored(self):
        full = self.full()
        path = full.write(self.folder)
        content = bytearray(path.read_bytes())
        content[full.places[b"data/big"] + 70000] ^= 1
        path.write_bytes(content)
        said = self.refuses("data/big: its checksum does not agree", path)
        self.assertIn("1 PROBLEMS", said)
        self.assertFalse(os.path.lexists(self.into / "data/big"))
        self.assertEqual(len(self.read(b"data/big.damaged")), len(BIG))
        self.assertEqual(self.read(b"data/a.txt"), b"first")
        code, said = self.run_script("--check", path)
        self.assertEqual(code, 1)
        self.assertIn("data/big", said)
        os.chmod(self.into / "data", 0o700)

    def test_a_damaged_list_stops_unless_told_otherwise(self):
        full = self.full()
        path = full.write(self.folder)
        content = path.read_bytes().replace(b'"p":"data/empty","t":"f"', b'"p":"data/emptz","t":"f"')
        path.write_bytes(content)
        self.refuses("the list of files", path)
        self.assertFalse(self.into.exists())
        self.refuses("PROBLEM", "--anyway", path)
        self.assertEqual(self.read(b"data/a.txt"), b"first")
        os.chmod(self.into / "data", 0o700)

    def test_a_wrong_parent_is_noticed(self):
        full = self.full()
        daily = self.daily(full)
        full.file(b"data/other", b"not what the daily was made against")
        self.refuses("do not give the tree", full.write(self.folder), daily.write(self.folder))
        self.assertFalse(self.into.exists())

    def test_as_many_entries_but_others_are_noticed(self):
        full = self.full()
        daily = self.daily(full)
        full.file(b"data/empty", b"not empty any more")
        self.refuses("do not give the tree", full.write(self.folder), daily.write(self.folder))

    def test_a_parent_with_another_parent_is_refused(self):
        full = self.full()
        daily = self.daily(full)
        hourly = self.hourly(daily, full)
        daily.parents = [FULL.replace("02", "03")]
        paths = full.write(self.folder), daily.write(self.folder), hourly.write(self.folder)
        self.refuses("do not belong together", "--at", HOURLY, *paths)

    def test_a_list_out_of_order_or_with_a_path_twice_is_refused(self):
        full = self.full()
        order = sorted(full.lines, key=lambda p: p.split(b"/"))
        self.refuses("out of order", full.write(self.folder, order=order[::-1]))
        full = self.full()
        self.refuses("out of order", full.write(self.folder, order=[*order, order[-1]]))

    def test_extents_that_lead_nowhere_are_no_traceback(self):
        for extent, why in (([0, -512, 4], "do not fit"), ([0, 512, 5], "do not fit"), ([0, 512, -4], "do not fit"),
                            ([-2, 512, 4], "do not fit"), ([0, 512], "list of files"), ([1, 512, 4], "not one of these"),
                            ([0, 1 << 40, 4], "ends too early")):
            full = Moment(FULL, 0)
            full.put(b"data", "f", [extent], size=4, h=sha(b"evil"))
            self.refuses(why, full.write(self.folder))
            shutil.rmtree(self.into, ignore_errors=True)

    @unittest.skipUnless(os.geteuid() == 0, "giving files away needs root")
    def test_owners_come_back_as_root(self):
        full = Moment(FULL, 0)
        full.folder(b"data", u=54321, g=54322)
        full.file(b"data/named", b"", u=54321, g=54322, un="root", gn="root", mode="4755")
        full.file(b"data/unknown", b"", u=54321, g=54322, un="nobody-of-that-name")
        path = full.write(self.folder)
        self.restores(path)
        owners = {p.name: (p.stat().st_uid, p.stat().st_gid) for p in self.into.rglob("*")}
        self.assertEqual(owners, {"data": (54321, 54322), "named": (0, 0), "unknown": (54321, 54322)})
        self.assertEqual(stat.S_IMODE((self.into / "data/named").stat().st_mode), 0o4755)
        self.into = self.folder / "out1"
        self.restores("--numeric-owner", path)
        self.assertEqual((self.into / "data/named").stat().st_uid, 54321)

    def test_another_deployments_archive_is_refused(self):
        full = self.full()
        daily = self.daily(full)
        other = daily.write(self.folder, lambda m: m.update(deployment_id="0000"))
        self.refuses("do not belong together", full.write(self.folder), other)

    def test_a_newer_format_is_refused(self):
        full = self.full()
        full.format = 2
        self.refuses("format 2", full.write(self.folder))

    def test_an_archive_that_was_cut_short_is_refused(self):
        path = self.full().write(self.folder)
        path.write_bytes(path.read_bytes()[:-4096])
        self.refuses("not a whole Holdfast archive", path)
        path.write_bytes(b"")
        self.refuses("not a whole Holdfast archive", path)

    def test_nothing_is_written_outside(self):
        for bad in (b"data/../../escaped", b"/data/x", b"../escaped", b"data//x", b"data/./x", b"data/a\0b", b"data/x/"):
            full = Moment(FULL, 0)
            full.folder(b"data")
            offset = full.tar.add(b"payload", b"evil")
            full.put(bad, "f", [[0, offset, 4]], size=4, h=sha(b"evil"))
            self.refuses("refused", full.write(self.folder))
            self.refuses("PROBLEM", "--anyway", self.folder / (FULL + ".tar"))
            self.assertFalse((self.folder / "escaped").exists())
            self.assertEqual([p for p in self.into.rglob("*")], [self.into / "data"])
            shutil.rmtree(self.into)

    def test_nothing_is_written_through_a_link(self):
        victim = self.folder / "victim"
        victim.mkdir()
        (victim / "secret").write_bytes(b"secret")
        full = Moment(FULL, 0)
        full.folder(b"data")
        full.link(b"data/l", os.fsencode(victim), "l")
        full.file(b"data/l/file", b"evil")
        full.link(b"data/l/soft", b"/", "l")
        full.folder(b"data/l/folder")
        full.link(b"data/stolen", b"data/l/secret", "h")
        full.link(b"data/stolen2", b"../victim/secret", "h")
        said = self.refuses("PROBLEM data/l:", full.write(self.folder))
        self.assertEqual(os.listdir(victim), ["secret"])
        self.assertIn("data/stolen:", said)
        self.assertIn("data/stolen2:", said)
        self.assertFalse((self.into / "data/stolen").exists())
        self.assertFalse((self.into / "data/stolen2").exists())
        # Nor by a link below a link, with nothing else there.
        full = Moment(FULL, 0)
        full.folder(b"data")
        full.link(b"data/l", os.fsencode(victim), "l")
        full.link(b"data/l/soft", b"/", "l")
        shutil.rmtree(self.into)
        self.refuses("PROBLEM data/l:", full.write(self.folder))
        self.assertEqual(os.listdir(victim), ["secret"])

    def test_a_folder_that_holds_something_is_left_alone(self):
        self.into.mkdir()
        (self.into / "mine").write_bytes(b"mine")
        self.refuses("not an empty folder", self.full().write(self.folder))
        self.assertEqual(os.listdir(self.into), ["mine"])

    def test_parts_are_chosen_by_path(self):
        path = self.full().write(self.folder)
        self.restores("--path", "data/a", "--path", "data/empty", path)
        self.assertEqual(sorted(p.name for p in (self.into / "data").iterdir()), ["a", "empty"])
        self.assertEqual(self.read(b"data/a/z"), b"inner")
        os.chmod(self.into / "data", 0o700)
        self.into = self.folder / "out1"
        self.refuses("is not in", "--path", "data/nothing", path)

    def test_a_hard_link_alone_brings_its_content(self):
        self.restores("--path", "data/hard", self.full().write(self.folder))
        self.assertEqual(self.read(b"data/hard"), b"inner")
        self.assertFalse((self.into / "data/a").exists())
        os.chmod(self.into / "data", 0o700)

    def test_the_list_shows_the_moment_and_hides_terminal_tricks(self):
        full = self.full()
        full.file(b"data/\x1b[2Jtrick", b"")
        code, said = self.run_script("--list", full.write(self.folder))
        self.assertEqual(code, 0, said)
        self.assertIn("data/caf\\xe9 \\xff.txt", said)
        self.assertIn("\\x1b[2Jtrick", said)
        self.assertNotIn("\x1b", said)
        self.assertIn("data/hard -> data/a/z", said)

    def test_what_was_restored_is_checked_again(self):
        path = self.full().write(self.folder)
        self.restores(path)
        code, said = self.run_script("--check", "--into", self.into, path)
        self.assertEqual(code, 0, said)
        os.chmod(self.into / "data", 0o700)
        (self.into / "data/a.txt").write_bytes(b"other")
        (self.into / "data/going").unlink()
        code, said = self.run_script("--check", "--into", self.into, path)
        self.assertEqual(code, 1, said)
        self.assertIn("data/a.txt: differs", said)
        self.assertIn("data/going", said)

    def test_a_malformed_manifest_is_no_traceback(self):
        for change in (
            lambda m: m.pop("members"),
            lambda m: m.update(archives=[]),
            lambda m: m.update(level="x"),
            lambda m: m["tree"].update(sum="nothing"),
            lambda m: m["members"]["files.jsonl"].pop("offset"),
            lambda m: m["members"].update({"files.jsonl": {"offset": -5, "length": 9, "sha256": ""}}),
            lambda m: m["members"].update({"files.jsonl": {"offset": "a", "length": 9, "sha256": ""}}),
        ):
            self.refuses("damaged", self.full().write(self.folder, change))

    @unittest.skipUnless(shutil.which("age") and shutil.which("zstd"), "age and zstd are not installed")
    def test_encrypted_archives_are_opened_with_the_key(self):
        key = self.folder / "key.txt"
        subprocess.run(["age-keygen", "-o", key], check=True, capture_output=True)
        public = subprocess.run(["age-keygen", "-y", key], check=True, capture_output=True).stdout.decode().strip()
        sealed = []
        for path in self.three():
            packed = subprocess.run(["zstd", "-c", path], check=True, capture_output=True).stdout
            sealed.append(f"{path}.zst.age")
            subprocess.run(["age", "-r", public, "-o", sealed[-1]], input=packed, check=True)
            path.unlink()
        self.refuses("is encrypted", *sealed)
        self.restores("-i", key, *sealed)
        self.assertEqual(self.read(b"data/big"), self.big2)
        self.assertEqual([p for p in self.folder.iterdir() if p.name.startswith(".restore-")], [])
        self.into = self.folder / "out1"
        whole = pathlib.Path(sealed[0]).read_bytes()
        pathlib.Path(sealed[0]).write_bytes(whole[:-100])
        self.refuses("could not be opened", "-i", key, *sealed)


class Texts(unittest.TestCase):
    def text(self, name):
        return (SCRIPT.parent / name).read_text("utf-8")

    def test_placeholders_are_those_that_are_filled_in(self):
        for name, known in (
            ("HOW-TO-RESTORE.txt", "ARCHIVE DEPLOYMENT CREATED HOST PROGRAM NEEDS ROOTS SEALED FULL"
             " OPENPGP OPEN OPEN_WINDOWS"),
            ("HOW-TO-RESTORE.html", "DEPLOYMENT PROGRAM"),
        ):
            self.assertEqual(set(re.findall(r"{{(.*?)}}", self.text(name))), set(known.split()), name)

    def test_the_page_runs_and_loads_nothing(self):
        page = self.text("HOW-TO-RESTORE.html")
        self.assertNotRegex(page, r"(?i)<script|<img|<link|<iframe|https?://|url\(|@import|\son\w+=")
        self.assertEqual(set(re.findall('href="#(.*?)"', page)) - set(re.findall('id="(.*?)"', page)), set())

    def test_the_text_fits_a_terminal(self):
        lines = self.text("HOW-TO-RESTORE.txt").splitlines()
        self.assertEqual([line for line in lines if len(line) > 78 and "{{" not in line], [])


if __name__ == "__main__":
    unittest.main()
