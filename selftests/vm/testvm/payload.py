# SPDX-License-Identifier: GPL-2.0
"""What changes with every run: programs, tests, the module."""

import io
import tarfile
from pathlib import Path


class Payload:
    """Files for /payload of a virtual machine, on a disk that takes no file system.

    /payload/main, an executable, is what the machine runs; it ends with it.
    """

    def __init__(self) -> None:
        self._files: dict[str, Path | bytes] = {}
        self._executable: set[str] = set()

    def add(self, path: Path, name: str) -> None:
        """Takes a file, or all of a folder, as /payload/`name`."""
        if path.is_dir():
            for child in sorted(path.iterdir()):
                self.add(child, f"{name}/{child.name}")
        else:
            self._files[name] = path
            if path.stat().st_mode & 0o100:
                self._executable.add(name)

    def add_script(self, text: str, name: str) -> None:
        """Takes the text of an executable script as /payload/`name`."""
        self.add_text(text, name)
        self._executable.add(name)

    def add_text(self, text: str, name: str) -> None:
        """Takes a text as the file /payload/`name`."""
        self._files[name] = text.encode()

    def write(self, disk: Path) -> None:
        """Writes everything into a tar archive."""
        with tarfile.open(disk, "w", format=tarfile.GNU_FORMAT) as archive:
            for name, content in self._files.items():
                data = content if isinstance(content, bytes) else content.read_bytes()
                member = tarfile.TarInfo(name)
                member.size = len(data)
                member.mode = 0o755 if name in self._executable else 0o644
                archive.addfile(member, io.BytesIO(data))
