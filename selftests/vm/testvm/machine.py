# SPDX-License-Identifier: GPL-2.0
"""A virtual machine that runs one payload and ends."""

import os
import selectors
import subprocess
import time
from collections.abc import Iterator
from enum import Enum, auto
from pathlib import Path

from testvm.errors import Failure
from testvm.images import Images
from testvm.kernels import Kernel
from testvm.payload import Payload
from testvm.process import tail

BOOT_SECONDS = 120
EXIT_LINE = "@exit "

# Everything from a warning on goes to the console, so that the log of a machine
# that died tells why. An oops does not end the machine: the tests look for it.
# A busy host may withhold an emulated timer for longer than the kernel waits for it.
COMMAND_LINE = "console=ttyS0 loglevel=5 log_buf_len=4M panic=-1 root=none no_timer_check"


class MachineDied(Failure):
    """The machine crashed, or did not answer in time."""


def has_hardware_virtualisation() -> bool:
    """Whether KVM works here; the device alone proves nothing."""
    words = Path("/proc/cpuinfo").read_text().split()
    return ("vmx" in words or "svm" in words) and os.access("/dev/kvm", os.W_OK)


class Processors(Enum):
    """How a machine gets its processors."""

    FAST = auto()
    """Two, the fastest way that this machine offers."""
    ONE = auto()
    """One where they are emulated: for nested guests, which boot twice as fast so.

    With two, a guest falls silent now and then, or the whole machine dies; it does so without
    the module too.
    """
    IN_TURN = auto()
    """Where they are emulated, all in one thread.

    With a thread each, an emulated processor may translate code that another one
    patches meanwhile, and execute the old code for ever after. A kernel that
    attaches ftrace hooks while packets flow then dies of "Oops: int3". Nested
    guests are too slow with this.
    """
    COUNTING = auto()
    """One, whose clock counts instructions, for figures that repeat."""


def acceleration(processors: Processors) -> list[str]:
    """QEMU's options for that."""
    if processors is Processors.COUNTING:
        return ["-accel", "tcg", "-icount", "shift=1,sleep=off", "-cpu", "max", "-smp", "1"]
    if has_hardware_virtualisation():
        return ["-accel", "kvm", "-cpu", "host", "-smp", "2"]
    number = "1" if processors is Processors.ONE else "2"
    threads = "single" if processors is Processors.IN_TURN else "multi"
    return ["-accel", f"tcg,thread={threads}", "-cpu", "max", "-smp", number]


class Machine:
    """Boots `kernel`, and runs the payload's /payload/main there.

    with Machine(kernel, payload, folder) as machine:
        for line in machine.lines(): ...

    folder: an existing folder for the machine's disk and its log.
    """

    def __init__(
        self,
        kernel: Kernel,
        payload: Payload,
        folder: Path,
        processors: Processors = Processors.FAST,
    ) -> None:
        self._kernel = kernel
        self._payload = payload
        self._folder = folder
        self._processors = processors
        self._process: subprocess.Popen[bytes] | None = None
        self._deadline = 0.0
        self.status: int | None = None
        """Exit status of /payload/main, once lines() has ended."""

    @property
    def console_log(self) -> Path:
        """The kernel's messages from warnings on."""
        return self._folder / "console.log"

    def command(self) -> list[str]:
        """QEMU's command line; its standard input and output are those of main."""
        images = Images()
        files = images.kernel(self._kernel)
        disks = []
        for disk, format in (
            (images.root_disk(), "raw,snapshot=on"),
            (files.modules_disk, "raw,readonly=on"),
            (self._write_payload(), "raw,readonly=on"),
        ):
            disks += ["-drive", f"if=virtio,file={disk},format={format}"]
        return [
            *images.qemu(),
            *acceleration(self._processors),
            *("-m", "2048", "-nodefaults", "-no-user-config", "-display", "none", "-nic", "none"),
            *("-kernel", str(files.vmlinuz), "-initrd", str(files.initrd)),
            *("-append", COMMAND_LINE, "-no-reboot"),
            *("-serial", f"file:{self.console_log}"),
            *("-chardev", "stdio,id=main,signal=off", "-serial", "chardev:main"),
            *disks,
        ]

    def __enter__(self) -> "Machine":
        command = self.command()
        self.allow(BOOT_SECONDS * self._kernel.slowness)
        with open(self._folder / "qemu.log", "wb") as log:
            self._process = subprocess.Popen(
                # A machine must not outlive the program that waits for it.
                ["setpriv", "--pdeathsig", "KILL", *command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        return self

    def __exit__(self, *_: object) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()

    def allow(self, seconds: float) -> None:
        """From now on, the machine has this long to end, or until the next allow()."""
        self._deadline = time.monotonic() + seconds

    def lines(self) -> Iterator[str]:
        """What main prints. MachineDied if it does not come to its end."""
        assert self._process and self._process.stdout
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            pending = b""
            while selector.select(max(0.0, self._deadline - time.monotonic())):
                data = os.read(self._process.stdout.fileno(), 65536)
                if not data:
                    break
                *complete, pending = (pending + data).split(b"\n")
                for line in complete:
                    text = line.decode(errors="replace").rstrip("\r")
                    if text.startswith(EXIT_LINE):
                        self.status = int(text.removeprefix(EXIT_LINE))
                    else:
                        yield text
            else:
                raise MachineDied(f"the virtual machine did not answer in time\n{self._tails()}")
        if self.status is None:
            raise MachineDied(f"the virtual machine died\n{self._tails()}")

    def _tails(self) -> str:
        # An oops with its registers and its stack takes some sixty lines.
        logs = [self._folder / "qemu.log", self.console_log]
        return "\n".join(
            f"  end of {log.name}:\n{tail(log, 100)}"
            for log in logs
            if log.exists() and log.stat().st_size
        )

    def _write_payload(self) -> Path:
        disk = self._folder / "payload.tar"
        self._payload.write(disk)
        return disk
