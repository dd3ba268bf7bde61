# SPDX-License-Identifier: GPL-2.0
"""Folders of guests that come, go and change."""

import os
import shutil
import signal
import socket
import stat
import time
from pathlib import Path

from qgstest.case import SECONDS, QgsCase
from qgstest.wire import quote_reply, quote_request
from relaytest.ours import Ours
from relaytest.process import wait_until

NAME = "kata.hvsock_4050"


def socket_links(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


class FolderCase(QgsCase):
    def setUp(self) -> None:
        super().setUp()
        self.guests = self.folder / "vm"

    def watch(self, *options: str, path: str = "{guest}/root/kata.hvsock_{port}") -> Ours:
        return self.run_mux(
            "--qgs", str(self.folder / "qgs"), "--watch", f"{self.guests}/{path}", *options
        )

    def answers(self, path: Path, seconds: float = SECONDS) -> None:
        """A guest can ask through this socket, now or soon."""
        wait_until(lambda: listens(path), seconds, f"{path} listens")
        self.assertEqual(self.ask(quote_request(9), path), quote_reply(9))


def listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True


class FolderTest(FolderCase):
    def setUp(self) -> None:
        super().setUp()
        self.service()

    def test_guests_that_are_there_before(self) -> None:
        (self.guests / "a/root").mkdir(parents=True)
        self.watch()
        self.answers(self.guests / "a/root" / NAME)

    def test_guests_that_come_later_and_go(self) -> None:
        self.guests.mkdir()
        self.watch()
        (self.guests / "b/root").mkdir(parents=True)
        self.answers(self.guests / "b/root" / NAME)
        self.assertEqual(self.status()["watches"][0]["open"], 1)
        shutil.rmtree(self.guests / "b")
        wait_until(lambda: self.status()["watches"][0]["guests"] == 0, SECONDS, "the guest is gone")
        (self.guests / "b/root").mkdir(parents=True)
        self.answers(self.guests / "b/root" / NAME)

    def test_parts_that_come_late(self) -> None:
        self.watch()
        for part in ("", "c", "c/root"):
            time.sleep(0.1)
            (self.guests / part).mkdir()
        self.answers(self.guests / "c/root" / NAME)

    def test_inner_folder_that_goes_and_comes(self) -> None:
        root = self.guests / "d/root"
        root.mkdir(parents=True)
        self.watch()
        self.answers(root / NAME)
        shutil.rmtree(root)
        wait_until(lambda: self.status()["watches"][0]["open"] == 0, SECONDS, "it is closed")
        root.mkdir()
        self.answers(root / NAME)

    def test_folder_that_is_renamed(self) -> None:
        (self.guests / "e/root").mkdir(parents=True)
        self.watch()
        self.answers(self.guests / "e/root" / NAME)
        (self.guests / "e").rename(self.guests / "f")
        # Until then, the former socket is there, and about to be closed.
        wait_until(lambda: f"{self.guests}/f/root" in self.log(), SECONDS, "the new one is seen")
        self.answers(self.guests / "f/root" / NAME)
        wait_until(lambda: self.status()["watches"][0]["guests"] == 1, SECONDS, "one is left")

    def test_folder_of_guests_that_goes_and_comes(self) -> None:
        (self.guests / "g/root").mkdir(parents=True)
        self.watch()
        self.answers(self.guests / "g/root" / NAME)
        shutil.rmtree(self.guests)
        wait_until(lambda: self.status()["watches"][0]["guests"] == 0, SECONDS, "all are gone")
        (self.guests / "h/root").mkdir(parents=True)
        self.answers(self.guests / "h/root" / NAME)

    def test_layouts(self) -> None:
        for layout, place in (
            ("{guest}/kata.hvsock_{port}", "x/kata.hvsock_4050"),
            ("{guest}/clh.sock_{port}", "x/clh.sock_4050"),
            ("firecracker/{guest}/root/run/v.sock_{port}", "firecracker/x/root/run/v.sock_4050"),
        ):
            with self.subTest(layout=layout):
                (self.guests / place).parent.mkdir(parents=True, exist_ok=True)
                mux = self.watch(path=layout)
                self.answers(self.guests / place)
                mux.stop()
                self.control.unlink()

    def test_older_command_line(self) -> None:
        (self.guests / "i").mkdir(parents=True)
        done = self.command("--qgs", "/q", "--vsock_path", str(self.guests), "--help")
        self.assertIn("--vsock_name", done.stdout)
        self.run_mux(
            "--qgs", str(self.folder / "qgs"), "--vsock_path", str(self.guests),
            "--vsock_name", "kata.hvsock_40",
        )
        self.answers(self.guests / "i/kata.hvsock_40")

    def test_stale_socket_is_replaced_and_a_live_one_is_not(self) -> None:
        for guest in ("stale", "live"):
            (self.guests / guest / "root").mkdir(parents=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stale:
            stale.bind(str(self.guests / "stale/root" / NAME))
        live = self.enterContext(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        live.bind(str(self.guests / "live/root" / NAME))
        live.listen()
        self.watch()
        self.answers(self.guests / "stale/root" / NAME)
        self.assertIn("another process listens there", self.log())
        live.close()
        self.answers(self.guests / "live/root" / NAME)

    def test_socket_that_is_removed_comes_back(self) -> None:
        (self.guests / "j/root").mkdir(parents=True)
        self.watch()
        self.answers(self.guests / "j/root" / NAME)
        (self.guests / "j/root" / NAME).unlink()
        self.answers(self.guests / "j/root" / NAME)

    def test_folder_is_not_filled_while_it_is_removed(self) -> None:
        root = self.guests / "k/root"
        root.mkdir(parents=True)
        self.watch()
        self.answers(root / NAME)
        (root / NAME).unlink()
        time.sleep(0.3)
        root.rmdir()

    def test_mode_and_group(self) -> None:
        (self.guests / "k/root").mkdir(parents=True)
        self.watch("--mode", "0660", "--group", "daemon")
        status = (self.guests / "k/root" / NAME).stat()
        self.assertEqual(stat.S_IMODE(status.st_mode), 0o660)
        self.assertEqual(status.st_gid, 1)

    def test_path_that_is_too_long(self) -> None:
        (self.guests / ("l" * 100) / "root").mkdir(parents=True)
        (self.guests / "m/root").mkdir(parents=True)
        self.watch()
        self.answers(self.guests / "m/root" / NAME)
        self.assertRegex(self.log(), "llll.*too long|too long.*llll|107")
        watch = self.status()["watches"][0]
        self.assertEqual((watch["guests"], watch["open"]), (2, 1))

    def test_link_is_not_followed(self) -> None:
        # A VMM that was taken over could lead us out of its folder.
        elsewhere = self.folder / "elsewhere"
        elsewhere.mkdir()
        (self.guests / "n").mkdir(parents=True)
        (self.guests / "n/root").symlink_to(elsewhere)
        (self.guests / "o").symlink_to(elsewhere)
        (self.guests / "p/root").mkdir(parents=True)
        self.watch()
        self.answers(self.guests / "p/root" / NAME)
        self.assertEqual(list(elsewhere.iterdir()), [])

    def test_files_are_no_guests(self) -> None:
        self.guests.mkdir()
        (self.guests / "q").write_text("")
        self.watch()
        (self.guests / "r").write_text("")
        (self.guests / "s/root").mkdir(parents=True)
        self.answers(self.guests / "s/root" / NAME)
        self.assertEqual(self.status()["watches"][0]["guests"], 1)


def remove(folder: Path) -> None:
    """Removes a folder in which a socket may be made meanwhile."""
    while folder.exists():
        shutil.rmtree(folder, ignore_errors=True)


class ChurnTest(FolderCase):
    def setUp(self) -> None:
        super().setUp()
        self.service()
        (self.guests / "first/root").mkdir(parents=True)

    def assert_settled(self, mux: Ours, descriptors: int, guests: int) -> None:
        wait_until(
            lambda: self.status()["watches"][0]["open"] == guests, SECONDS * 3, "all is settled"
        )
        self.assertEqual(self.status()["watches"][0]["guests"], guests)
        wait_until(
            lambda: socket_links(mux.pid) == descriptors, SECONDS, "no descriptor is left"
        )

    def test_ten_thousand_guests_come_and_go(self) -> None:
        mux = self.watch("--log-level", "warning")
        self.answers(self.guests / "first/root" / NAME)
        descriptors = socket_links(mux.pid)
        alive = []
        for number in range(10_000):
            folder = self.guests / f"guest{number}"
            (folder / "root").mkdir(parents=True)
            alive.append(folder)
            if number % 500 == 0:
                self.answers(folder / "root" / NAME, SECONDS * 3)
            if len(alive) > 20:
                remove(alive.pop(0))
        for folder in alive:
            remove(folder)
        self.assert_settled(mux, descriptors, 1)
        self.answers(self.guests / "first/root" / NAME)

    def test_more_events_than_the_kernel_keeps(self) -> None:
        mux = self.watch()
        self.answers(self.guests / "first/root" / NAME)
        descriptors = socket_links(mux.pid)
        kept = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
        os.kill(mux.pid, signal.SIGSTOP)
        try:
            for number in range(kept // 2 + 100):
                (self.guests / f"x{number}").mkdir()
                (self.guests / f"x{number}").rmdir()
            # These are not told: the queue is full.
            for number in range(50):
                (self.guests / f"late{number}/root").mkdir(parents=True)
            shutil.rmtree(self.guests / "first")
        finally:
            os.kill(mux.pid, signal.SIGCONT)
        self.assert_settled(mux, descriptors + 49, 50)
        self.assertIn("too much happens at once", self.log())
        self.answers(self.guests / "late49/root" / NAME)
