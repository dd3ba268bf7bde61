#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Sends a QEMU one command over its QMP socket, and prints the answer.

usage: qmp.py SOCKET COMMAND [ARGUMENTS]   ARGUMENTS in JSON
The exit status is 1 if QEMU refuses.
"""

import json
import socket
import sys


def main(path: str, command: str, arguments: str = "{}") -> int:
    with socket.socket(socket.AF_UNIX) as qemu:
        qemu.connect(path)
        stream = qemu.makefile("rw")
        stream.readline()
        requests = [
            {"execute": "qmp_capabilities"},
            {"execute": command, "arguments": json.loads(arguments), "id": 1},
        ]
        for request in requests:
            stream.write(json.dumps(request) + "\n")
            stream.flush()
        for line in stream:
            answer = json.loads(line)
            # Between answers, QEMU tells of events.
            if answer.get("id") == 1:
                print(line.rstrip())
                return 0 if "return" in answer else 1
    return 1


sys.exit(main(*sys.argv[1:]))
