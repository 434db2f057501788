#!/usr/bin/env python3
"""Restore Holdfast archives without Holdfast. Needs Python 3.8 or newer, nothing else.

  python3 restore.py --into DIR ARCHIVE.tar [PARENT.tar [GRANDPARENT.tar]]

Give the decrypted, decompressed archives in any order; the newest moment among them is restored
into DIR, which must be empty or absent. Every checksum is compared on the way. Archives that are
still encrypted (.tar.zst.age) are taken too, with -i key.txt, if `age` and `zstd` are installed;
those in OpenPGP (.tar.zst.gpg) if `gpg` has their key. One that lies in pieces (.001, .002 and so on)
is named as the whole, or by its first piece.
"""
import argparse
import base64
import errno
import hashlib
import heapq
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time

try:
    import grp
    import pwd
except ImportError:  # Windows
    grp = pwd = None

FORMAT = 1  # the newest format this program knows
CHUNK = 1 << 20
ZEROS = bytes(CHUNK)
FULL = [getattr(errno, name, None) for name in ("ENOSPC", "EDQUOT", "EROFS")]
ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
# Writes files one after another, on every system.
JOIN = "import shutil, sys\nfor name in sys.argv[1:]: shutil.copyfileobj(open(name, 'rb'), sys.stdout.buffer, 1 << 20)"
LINKS_TOO = {} if os.name == "nt" else {"follow_symlinks": False}


class Stop(Exception):
    """Nothing can go on."""


class Damage(Exception):
    """One file cannot be had; the others can."""


class Report:
    """Counts what happened and names what went wrong."""

    def __init__(self):
        self.files = self.others = self.bytes = self.problems = 0
        self.notes, self.shown = {}, time.monotonic()

    def problem(self, path, cause):
        self.problems += 1
        print(f"PROBLEM {show(path)}: {cause}", file=sys.stderr)

    def note(self, text):
        self.notes[text] = self.notes.get(text, 0) + 1

    def add(self, count):
        self.bytes += count
        if sys.stderr.isatty() and time.monotonic() - self.shown > 1:
            self.shown = time.monotonic()
            print(f"\r{self.files} files, {size(self.bytes)} ", end="", file=sys.stderr, flush=True)


def show(path):
    """A path for people: what cannot be shown, or could fool a terminal, is escaped."""
    text = path.decode("utf-8", "backslashreplace") if isinstance(path, bytes) else str(path)
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def size(count):
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.{0 if unit == 'bytes' else 1}f} {unit}"
        count /= 1000


def unsafe(path):
    """Whether a path out of an archive could lead out of the folder it is restored into."""
    odd = b"\0\\:" if os.name == "nt" else b"\0"
    return any(c in path for c in odd) or any(p in (b"", b".", b"..") or len(p) > 255 for p in path.split(b"/"))


class Entry:
    """A line of files.jsonl. `rank` is 0 in the newest of the archives."""

    __slots__ = ("d", "rank", "kind", "path", "parts", "extents")

    def __init__(self, line, rank):
        self.d, self.rank = json.loads(line.decode("utf-8")), rank
        self.kind, self.path = self.d["t"], self.text("p")
        self.parts = self.path.split(b"/")
        self.extents = [(int(a), int(b), int(c)) for a, b, c in self.d.get("x", [])]
        if self.kind not in ("f", "d", "l", "h", "-") or unsafe(self.path):
            raise ValueError("an unsafe path or unknown kind: " + show(self.path))
        sound = all(place >= -1 and offset >= 0 and length >= 0 for place, offset, length in self.extents)
        if not sound or self.kind == "f" and sum(x[2] for x in self.extents) != self.d["s"]:
            raise ValueError("its extents do not fit its size: " + show(self.path))

    def text(self, key):
        plain = self.d.get(key)
        return base64.b64decode(self.d[key + "b"]) if plain is None else plain.encode("utf-8")

    def digest(self):
        bare = {k: v for k, v in self.d.items() if k not in ("c", "x")}
        line = json.dumps(bare, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
        return int.from_bytes(hashlib.sha256(line).digest(), "big")


class Archive:
    """A decrypted tar. It is read by the offsets that its manifest gives, never from end to end."""

    def __init__(self, path):
        self.path, self.file = path, open(path, "rb")
        length = self.file.seek(0, os.SEEK_END)
        try:
            # The tail is the last member: 512 bytes before the two zero blocks that end a tar.
            if length < 1536 or length % 512:
                raise ValueError
            tail = json.loads(b"".join(self.read(length - 1536, 512)))
            newest = tail["holdfast"]
            if newest <= FORMAT:
                self.manifest = json.loads(b"".join(self.read(*tail["manifest"])))
                newest = self.manifest["format"]
        except (ValueError, KeyError, TypeError, Damage):
            raise Stop(
                f"{path} is not a whole Holdfast archive: its end is missing or damaged. Was it decrypted AND "
                "decompressed to the end, and copied whole? HOW-TO-RESTORE says what can still be done."
            ) from None
        if newest > FORMAT:
            raise Stop(f"{path} has format {newest}, this restore.py knows up to {FORMAT}: take the one beside the archive")
        m = self.manifest
        try:
            self.name, self.needs, self.tree = m["archive"], m["archives"], m["tree"]
            self.deployment, self.members = m["deployment_id"], m["members"]
            self.listing = self.members["files.jsonl"]
            fits = self.needs[0] == self.name and len(self.needs) in {0: [1], 1: [2], 2: [2, 3]}[m["level"]]
            int(self.tree["sum"], 16), self.tree["entries"]
            places = [(x["offset"], x["length"], len(x["sha256"])) for x in self.members.values()]
            fits = fits and all(min(place) >= 0 for place in places)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError):
            fits = False
        if not fits:
            raise Stop(f"{path}: its manifest is damaged")

    def read(self, offset, length):
        if min(offset, length) < 0:
            raise Damage("a place before the start of the archive")
        while length:
            try:
                self.file.seek(offset)
                chunk = self.file.read(min(length, CHUNK))
            except OSError as e:
                raise Damage(f"{self.path} cannot be read: {e.strerror}") from None
            if not chunk:
                raise Damage(f"{self.path} ends too early")
            offset, length = offset + len(chunk), length - len(chunk)
            yield chunk

    def check_members(self, report, anyway):
        for name, member in self.members.items():
            sha = hashlib.sha256()
            try:
                for chunk in self.read(member["offset"], member["length"]):
                    sha.update(chunk)
                if sha.hexdigest() == member["sha256"]:
                    continue
            except Damage:
                pass
            if name == "files.jsonl" and not anyway:
                raise Stop(f"the list of files in {self.name} is damaged. --anyway restores what can be read.")
            report.problem(f"{self.name}: {name}", "its checksum does not agree")

    def entries(self, rank, report, anyway):
        """Its lines in order. With `anyway` damaged lines are named and passed over."""
        last = []
        with open(self.path, "rb") as file:
            file.seek(self.listing["offset"])
            left = self.listing["length"]
            while left > 0:
                line = file.readline(left)
                left -= len(line)
                try:
                    if not line.endswith(b"\n"):
                        left = 0
                        raise ValueError("it ends too early")
                    entry = Entry(line, rank)
                    if entry.parts <= last:
                        raise ValueError("out of order: " + show(entry.path))
                    last = entry.parts
                except (ValueError, KeyError, TypeError, AttributeError) as e:
                    if not anyway:
                        raise Stop(f"the list of files in {self.name} is refused: {e}") from None
                    if report:
                        report.problem(self.name, f"a line in its list of files: {e}")
                    continue
                yield entry


class Moment:
    """An archive laid over those it needs."""

    def __init__(self, top, by_name, report, anyway):
        missing = [name for name in top.needs if name not in by_name]
        if missing:
            raise Stop(f"{top.name} also needs: {', '.join(missing)}. Decrypt that too and add it to the command.")
        self.top, self.layers, self.anyway, self.report = top, [by_name[n] for n in top.needs], anyway, report
        for number, layer in enumerate(self.layers):
            if layer.needs != top.needs[number:] or layer.deployment != top.deployment:
                raise Stop(f"{layer.name} and {top.name} do not belong together")
            layer.check_members(report, anyway)

    def __iter__(self):
        return self.entries(None)

    def entries(self, report):
        last = None
        lists = [a.entries(n, report, self.anyway) for n, a in enumerate(self.layers)]
        for entry in heapq.merge(*lists, key=lambda e: (e.parts, e.rank)):
            if entry.parts != last and entry.kind != "-":
                yield entry
            last = entry.parts

    def survey(self, wanted):
        """Checks the whole list against the manifest before anything is written, and counts what is wanted."""
        total, counts, stored, found, borrowed = 0, {"f": 0, "d": 0, "l": 0, "h": 0}, 0, set(), {}
        for entry in self.entries(self.report):
            total += entry.digest()
            counts[entry.kind] += 1
            if not chosen(entry, wanted):
                continue
            found.update(tuple(w) for w in wanted if entry.parts[: len(w)] == w)
            if entry.kind == "f":
                stored += sum(length for place, _, length in entry.extents if place >= 0)
            elif entry.kind == "h":
                target = entry.text("l")
                if wanted and not any(target.split(b"/")[: len(w)] == w for w in wanted):
                    # Its content hangs on a name that is not wanted: the first wanted name gets it.
                    borrowed.setdefault(target, entry.path)
        tree, seen = self.top.tree, sum(counts.values())
        if total % (1 << 256) != int(tree["sum"], 16) or seen != tree["entries"]:
            text = "the archives, laid over one another, do not give the tree that the manifest promises"
            if not self.anyway:
                raise Stop(text + ". Is one of them another deployment's, or damaged? --anyway restores it still.")
            self.report.problem(self.top.name, text)
        for w in wanted:
            if tuple(w) not in found:
                raise Stop(f"{show(b'/'.join(w))} is not in {self.top.name}; --list shows what is")
        return counts, stored, borrowed

    def content(self, entry):
        """Yields the bytes of a file, and a number for a hole of that many zeros; raises Damage at the end."""
        # The needs of a layer are those of the top without what lies above it.
        sha, layer = hashlib.sha256(), self.layers[entry.rank]
        for place, offset, length in entry.extents:
            if place == -1:
                yield length
                for start in range(0, length, CHUNK):
                    sha.update(ZEROS[: min(CHUNK, length - start)])
                continue
            if place >= len(layer.needs):
                raise Damage("it points to an archive that is not one of these")
            for chunk in self.layers[entry.rank + place].read(offset, length):
                sha.update(chunk)
                yield chunk
        if sha.hexdigest() != entry.d.get("h"):
            raise Damage("its checksum does not agree")


def chosen(entry, wanted):
    """Whether an entry is wanted, or a folder on the way to something that is."""
    if not wanted:
        return True
    return any(entry.parts[: len(w)] == w or entry.kind == "d" and w[: len(entry.parts)] == entry.parts for w in wanted)


class Restore:
    def __init__(self, moment, into, report, numeric):
        self.moment, self.into, self.report, self.numeric = moment, os.fsencode(into), report, numeric
        self.wanted, self.borrowed, self.folders, self.ids = [], {}, [], {}

    def run(self, wanted, counts, borrowed):
        self.wanted, self.borrowed = wanted, borrowed
        # Folders and files first, then hard links, symbolic links last: nothing is ever written through one.
        self.each("fdlh", self.make)
        if counts["h"]:
            self.each("h", self.link)
        if counts["l"]:
            self.each("l", self.symlink)
        for entry in reversed(self.folders):  # what lies deepest first
            self.attempt(lambda e: self.dress(self.at(e.path), e), entry)

    def each(self, kinds, action):
        for entry in self.moment:
            if entry.kind in kinds and (chosen(entry, self.wanted) or entry.path in self.borrowed):
                self.attempt(action, entry)

    def attempt(self, action, entry):
        try:
            action(entry)
        except (Damage, OSError, ValueError, KeyError, TypeError, OverflowError) as e:
            if isinstance(e, OSError) and e.errno in FULL:
                raise Stop(f"cannot write {show(entry.path)}: {e.strerror}") from None
            self.report.problem(entry.path, getattr(e, "strerror", None) or e)

    def at(self, path):
        return os.path.join(self.into, path)

    def make(self, entry):
        path = self.borrowed.get(entry.path, entry.path) if entry.kind == "f" else entry.path
        place = self.at(path)
        # Every folder on the way becomes a real one now, so that no link can take its place later.
        os.makedirs(place if entry.kind == "d" else os.path.dirname(place), 0o700, exist_ok=True)
        if entry.kind == "d":
            self.folders.append(entry)
            self.report.others += 1
        elif entry.kind == "f":
            self.file(entry, place)

    def file(self, entry, place):
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        damage = None
        with os.fdopen(os.open(place, flags, 0o600), "wb") as out:
            try:
                for piece in self.moment.content(entry):
                    if isinstance(piece, int):
                        out.seek(piece, os.SEEK_CUR)
                    else:
                        out.write(piece)
                        self.report.add(len(piece))
            except Damage as e:
                damage = e
            out.truncate(out.tell() if damage else entry.d["s"])
        if damage:
            # Kept, but under a name that nobody takes for the file.
            aside = place + b".damaged"
            if len(os.path.basename(aside)) <= 255 and not os.path.lexists(aside):
                os.rename(place, aside)
            else:
                os.remove(place)
            raise damage
        self.report.files += 1
        self.dress(place, entry)

    def link(self, entry):
        target, place = entry.text("l"), self.at(entry.path)
        if unsafe(target):
            raise Damage("its link leads out of the folder")
        target = self.borrowed.get(target, target)
        if target == entry.path:
            return  # it holds the content itself
        if not os.path.isfile(self.at(target)):
            raise Damage(f"what it is linked to is missing: {show(target)}")
        os.link(self.at(target), place)
        self.report.files += 1

    def symlink(self, entry):
        place = self.at(entry.path)
        os.symlink(os.fsdecode(entry.text("l")) if os.name == "nt" else entry.text("l"), place)
        self.report.others += 1
        self.dress(place, entry)

    def dress(self, place, entry):
        """Owner, extended attributes, mode, times: in the order in which none undoes another."""
        d, link = entry.d, entry.kind == "l"
        if ROOT:
            os.chown(place, self.id("un", "u", d), self.id("gn", "g", d), follow_symlinks=False)
        elif hasattr(os, "getuid") and d["u"] != os.getuid():
            self.report.note("belong to you now: run as root (sudo) to give them their former owners")
        for name, value in d.get("xa", {}).items():
            if not hasattr(os, "setxattr"):
                self.report.note("lost extended attributes, which Python cannot set on this system")
                break
            try:
                os.setxattr(place, name, base64.b64decode(value), follow_symlinks=False)
            except OSError as e:
                self.report.problem(entry.path, f"restored, but without its attribute {show(name)}: {e.strerror}")
        if not link:
            os.chmod(place, int(d["m"], 8) & (0o7777 if ROOT else 0o1777))
        if not link or LINKS_TOO:
            at = int(d["mt"].replace(".", ""))  # nine decimals: nanoseconds
            os.utime(place, ns=(at, at), **LINKS_TOO)

    def id(self, name_key, number_key, d):
        """As tar does it: the owner's name if this machine knows it, else the number."""
        key = (name_key, d.get(name_key), d[number_key])
        if key not in self.ids:
            self.ids[key] = d[number_key]
            if key[1] and not self.numeric:
                try:
                    self.ids[key] = pwd.getpwnam(key[1]).pw_uid if name_key == "un" else grp.getgrnam(key[1]).gr_gid
                except KeyError:
                    pass
        return self.ids[key]


def check(moment, into, wanted, report):
    """Compares every file with its checksum: in the archives, or where they were restored to."""
    for entry in moment:
        if not chosen(entry, wanted):
            continue
        try:
            if into is None:
                if entry.kind == "f":
                    for piece in moment.content(entry):
                        report.add(piece if isinstance(piece, int) else len(piece))
            else:
                compare(entry, os.path.join(os.fsencode(into), entry.path), report)
            if entry.kind in "fh":
                report.files += 1
            else:
                report.others += 1
        except (Damage, OSError) as e:
            report.problem(entry.path, getattr(e, "strerror", None) or e)


def compare(entry, place, report):
    there = os.lstat(place)
    right = {"d": stat.S_ISDIR, "l": stat.S_ISLNK}.get(entry.kind, stat.S_ISREG)(there.st_mode)
    if not right:
        raise Damage("is something else")
    if entry.kind == "l" and os.fsencode(os.readlink(place)) != entry.text("l"):
        raise Damage("leads elsewhere")
    if entry.kind == "f":
        sha = hashlib.sha256()
        with open(place, "rb") as file:
            for chunk in iter(lambda: file.read(CHUNK), b""):
                sha.update(chunk)
                report.add(len(chunk))
        if sha.hexdigest() != entry.d["h"]:
            raise Damage("differs from the archive")


def listing(moment, wanted):
    for e in moment:
        if chosen(e, wanted):
            at = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(int(e.d["mt"].split(".")[0])))
            tail = " -> " + show(e.text("l")) if e.kind in "lh" else ""
            print(f"{e.kind} {e.d['m']} {e.d.get('s', 0):>14} {at}Z {show(e.path)}{tail}")


def pieces(path):
    """The name of the whole archive, and the files that it lies in: one, or volumes X.001, X.002 and so on."""
    whole = path[:-4] if path.endswith(".001") else path
    if whole == path and os.path.exists(path):
        return path, [path]
    here = os.listdir(os.path.dirname(whole) or ".") if os.path.exists(whole + ".001") else []
    numbers = [name[len(os.path.basename(whole)) + 1:] for name in here if name.startswith(os.path.basename(whole) + ".")]
    last = max([int(number) for number in numbers if number.isdigit()], default=1)
    found = [f"{whole}.{number:03}" for number in range(1, last + 1)]
    for piece in found if here else []:
        if not os.path.exists(piece):
            raise Stop(f"{piece} is missing: without it the archive cannot be joined")
    return (whole, found) if here else (path, [path])


def plain(path, key, scratch):
    """The path of the decrypted and decompressed archive: `path` itself, or made in `scratch`."""
    path, files = pieces(path)
    if len(files) == 1 and not path.endswith((".age", ".gpg", ".zst")):
        return path
    steps = [["zstd", "-dc"]]
    if len(files) > 1:
        steps.insert(0, [sys.executable, "-c", JOIN, *files])
    if path.endswith(".age"):
        if not key:
            raise Stop(f"{path} is encrypted. First: age -d -o key.txt recovery-key.age   Then add: -i key.txt")
        steps.insert(-1, ["age", "-d", "-i", key])
    elif path.endswith(".gpg"):
        steps.insert(-1, ["gpg", "-q", "-d"])
    out = os.path.join(scratch(), str(len(os.listdir(scratch()))) + ".tar")
    print(f"opening {path} ...", file=sys.stderr)
    running, source = [], open(files[0], "rb")
    try:
        with source, open(out, "wb") as target:
            for step in steps:
                sink = target if step is steps[-1] else subprocess.PIPE
                running.append(subprocess.Popen(step, stdin=source, stdout=sink))
                source.close()
                source = running[-1].stdout
    except FileNotFoundError as e:
        raise Stop(f"the program {e.filename} is not installed; HOW-TO-RESTORE says how to install it") from None
    finally:
        if source:
            source.close()
        failed = [p.args[0] for p in running if p.wait() != 0]
    if "gpg" in failed:
        raise Stop(f"{path} could not be opened by gpg: it is damaged, or gpg does not have its key."
                   "   For that: age -d -i key.txt recovery-key.asc.age | gpg --import")
    if failed:
        raise Stop(f"{path} could not be opened by {failed[0]}: it is damaged, or this is not its key")
    return out


def choose(archives, at):
    by_name = {a.name: a for a in archives}
    if at:
        name = os.path.basename(at).split(".tar")[0]
        if name not in by_name:
            raise Stop(f"{name} is not among the archives given: {', '.join(sorted(by_name))}")
        return by_name[name], by_name
    needed = {name for a in archives for name in a.needs[1:]}
    for a in archives:
        missing = [name for name in a.needs[1:] if name not in by_name]
        if missing and a.name not in needed:
            raise Stop(f"{a.name} also needs: {', '.join(missing)}. Add it to the command.")
    tops = sorted(set(by_name) - needed)
    if len(tops) != 1:
        raise Stop("these are several moments: choose one with --at: " + ", ".join(tops))
    return by_name[tops[0]], by_name


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("archives", nargs="+", metavar="ARCHIVE.tar", help="the archive and those it needs, in any order")
    p.add_argument("--into", metavar="DIR", help="where to restore: an empty or absent folder")
    p.add_argument("--at", metavar="NAME", help="the moment, where the archives hold several")
    p.add_argument("--path", action="append", default=[], metavar="P", help="only this file or folder (repeatable)")
    p.add_argument("--list", action="store_true", help="show what the moment holds, write nothing")
    p.add_argument("--check", action="store_true", help="check the archives, or with --into what was restored there")
    p.add_argument("-i", dest="key", metavar="KEY", help="the opened recovery key, for archives still encrypted")
    p.add_argument("--numeric-owner", action="store_true", help="owners by number, not by name (as root)")
    p.add_argument("--anyway", action="store_true", help="go on although the list of files is damaged")
    options = p.parse_args()
    if not (options.into or options.list or options.check):
        p.error("one of --into, --list, --check is needed")
    return options


def work(options, scratch):
    report = Report()
    wanted = [os.fsencode(p).strip(b"/").split(b"/") for p in options.path]
    writes = not (options.list or options.check)
    if writes and os.path.lexists(options.into) and (not os.path.isdir(options.into) or os.listdir(options.into)):
        raise Stop(f"{options.into} is there already and not an empty folder: choose another name")
    archives = [Archive(plain(path, options.key, scratch)) for path in options.archives]
    top, by_name = choose(archives, options.at)
    moment = Moment(top, by_name, report, options.anyway)
    counts, stored, borrowed = moment.survey(wanted)
    if options.list:
        listing(moment, wanted)
        return 1 if report.problems else 0
    if options.check:
        check(moment, options.into, wanted, report)
        done = "Checked"
    else:
        os.makedirs(options.into, exist_ok=True)
        if shutil.disk_usage(options.into).free < stored:
            raise Stop(f"{options.into} has not enough room: {size(stored)} are needed")
        Restore(moment, options.into, report, options.numeric_owner).run(wanted, counts, borrowed)
        done = "Restored"
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    for text, count in report.notes.items():
        print(f"Note: {count} files or folders {text}.")
    place = f" in {options.into}" if options.into else ""
    print(f"{done}: {top.name}{place}: {report.files} files, {report.others} folders and links, {size(report.bytes)}.")
    for found in top.manifest.get("problems", []):
        print(f"Noted when this archive was made: {show(found.get('subject'))}: {show(found.get('cause'))}")
    if report.problems:
        kept = "" if options.check else " What is left of a damaged file is kept as NAME.damaged."
        print(f"{report.problems} PROBLEMS, named above; every other checksum agreed.{kept}")
        return 1
    print("Every checksum agreed.")
    return 0


def main():
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")
    options, made = arguments(), []

    def scratch():
        if not made:
            # Beside the target, because there is room; never on the drive that the archives are on.
            beside = os.path.dirname(os.path.abspath(options.into)) if options.into else None
            if beside:
                os.makedirs(beside, exist_ok=True)
            made.append(tempfile.mkdtemp(prefix=".restore-", dir=beside))
        return made[0]

    try:
        return work(options, scratch)
    except Stop as e:
        print(f"restore.py: {e}", file=sys.stderr)
    except BrokenPipeError:
        # The reader of a listing has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as e:
        print(f"restore.py: {show(e.filename) + ': ' if e.filename else ''}{e.strerror}", file=sys.stderr)
    except KeyboardInterrupt:
        print("restore.py: interrupted; what was restored so far is incomplete", file=sys.stderr)
    finally:
        for folder in made:
            shutil.rmtree(folder, ignore_errors=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
