# SPDX-License-Identifier: GPL-2.0
"""Things that are slow to make and depend on known inputs only."""

import fcntl
import hashlib
import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

Inputs = dict[str, object]
"""All that decides what is built: a change of any value is a different thing."""


def cache_folder() -> Path:
    """Where the project keeps what it built or fetched, outside its tree."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("VSOCKFWD_CACHE") or Path(base) / "vsockfwd")


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Tells on stderr that something slow goes on, and for how long already."""
    start = time.monotonic()
    done = threading.Event()

    def tell() -> None:
        print(f"vm: {what} …", file=sys.stderr, flush=True)
        while not done.wait(10):
            elapsed = time.monotonic() - start
            print(f"vm: {what} … {elapsed:.0f} s", file=sys.stderr, flush=True)

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()
    print(f"vm: {what}: done after {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)


class Cache:
    """A folder of things, each named after what it was built from."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def root(self) -> Path:
        return self._root

    def find(self, name: str, inputs: Inputs) -> Path | None:
        """The folder of a thing that was built before."""
        path = self._path(name, inputs)
        return path if path.is_dir() else None

    def build(self, name: str, inputs: Inputs, make: Callable[[Path], None]) -> Path:
        """Lets make() fill a folder, which appears under its name only when complete.

        Another process that builds the same thing meanwhile is waited for.
        """
        path = self._path(name, inputs)
        with self._lock(name):
            if not path.is_dir():
                unfinished = self._root / "unfinished" / name
                shutil.rmtree(unfinished, ignore_errors=True)
                unfinished.mkdir(parents=True)
                with progress(f"building {name}"):
                    make(unfinished)
                unfinished.rename(path)
        return path

    def prune(self, wanted: set[Path]) -> list[Path]:
        """Removes everything built that is not in `wanted`; returns what it removed."""
        old = sorted(set(self._root.glob("*-" + "?" * 16)) - wanted)
        for path in old:
            shutil.rmtree(path)
        return old

    def _path(self, name: str, inputs: Inputs) -> Path:
        digest = hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()
        return self._root / f"{name}-{digest[:16]}"

    @contextmanager
    def _lock(self, name: str) -> Iterator[None]:
        """Keeps other processes out until the block ends."""
        locks = self._root / "locks"
        locks.mkdir(parents=True, exist_ok=True)
        with open(locks / name, "w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                with progress(f"waiting for another process that builds {name}"):
                    fcntl.flock(file, fcntl.LOCK_EX)
            yield
