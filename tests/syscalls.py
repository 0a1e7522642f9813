"""A program's file operations to a judge, before each happens: it lets it be, fails it, or ends the program there.

This is Linux's seccomp user notification (`man 2 seccomp_unotify`): the kernel holds a thread at each call that a
filter names, and asks the process that supervises it. Nothing is patched and nothing needs a privilege or a package;
the libraries written in C and C++ go through the same door as Python. A refusal is the kernel's own: the call does
not happen, and the caller gets the error number.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import platform
import select
import signal
import socket
import struct
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, NoReturn

Kind = Literal["open", "write", "truncate", "sync", "rename", "mkdir", "rmdir", "unlink", "link"]

LET: Final = 0
"""A judge's word for: let it happen. A positive one is the error number that the caller gets instead."""
KILL: Final = -1
"""End the program before the call, as `kill -9` does."""
SHORT: Final = -2
"""Only of a write: half of it happens, and the caller is told so, as on a disk that has just become full."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A call that is about to happen to a file or folder. Paths are absolute.

    `target` is the new name of a `rename` or `link`. `content` is what a `write` holds, `offset` where it goes.
    `size` is what a `truncate` leaves. `flags` are those of an `open`.
    """

    kind: Kind
    path: Path
    target: Path | None = None
    content: bytes = b""
    offset: int = 0
    size: int = 0
    flags: int = 0

    @property
    def changes(self) -> bool:
        """Whether it changes or secures what is on the disk; an `open` does where it may make or empty a file."""
        return self.kind != "open" or bool(self.flags & (os.O_CREAT | os.O_TRUNC))

    def touches(self, folder: Path) -> bool:
        """Whether it is about the folder or what is in it."""
        return any(path is not None and path.is_relative_to(folder) for path in (self.path, self.target))

    def is_about(self, name: str) -> bool:
        """Whether it is about a file of a name, or one whose name begins so."""
        return any(path is not None and path.name.startswith(name) for path in (self.path, self.target))


Judge = Callable[[Operation], int]

_X86_64 = {
    1: "write", 18: "pwrite64", 20: "writev", 296: "pwritev", 328: "pwritev2", 40: "sendfile", 326: "copy_file_range",
    2: "open", 85: "creat", 257: "openat", 76: "truncate", 77: "ftruncate", 285: "fallocate",
    74: "fsync", 75: "fdatasync", 82: "rename", 264: "renameat", 316: "renameat2", 83: "mkdir", 258: "mkdirat",
    84: "rmdir", 87: "unlink", 263: "unlinkat", 86: "link", 265: "linkat",
}  # fmt: skip
_ARM64 = {
    64: "write", 68: "pwrite64", 66: "writev", 70: "pwritev", 287: "pwritev2", 71: "sendfile", 285: "copy_file_range",
    56: "openat", 45: "truncate", 46: "ftruncate", 47: "fallocate", 82: "fsync", 83: "fdatasync",
    38: "renameat", 276: "renameat2", 34: "mkdirat", 35: "unlinkat", 37: "linkat",
}  # fmt: skip
_CALLS = {"x86_64": _X86_64, "aarch64": _ARM64}.get(platform.machine(), {}) if sys.platform == "linux" else {}
_SECCOMP = {"x86_64": 317, "aarch64": 277}.get(platform.machine(), 0)
_PIDFD_GETFD = 438

_PR_SET_NO_NEW_PRIVS = 38
_SET_MODE_FILTER, _NEW_LISTENER = 1, 8
_LOAD_NUMBER, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_RETURN_ALLOW, _RETURN_ASK = 0x7FFF0000, 0x7FC00000
_RECEIVE, _ANSWER, _CONTINUE = 0xC0502100, 0xC0182101, 1
_AT_FDCWD, _AT_REMOVEDIR = -100, 0x200
_LONGEST_PATH = 4096

FAILED: Final = 70
"""The exit status of a victim that raised."""


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_ushort),
        ("then", ctypes.c_ubyte),
        ("otherwise", ctypes.c_ubyte),
        ("operand", ctypes.c_uint),
    )


class _Filter(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.POINTER(_Instruction)))


def why_unsupervised() -> str | None:
    """Say why programs cannot be supervised on this machine; None where they can."""
    if not _CALLS:
        return "needs Linux on x86-64 or arm64, whose kernel hands calls to a supervisor (seccomp)"
    try:
        supervise(lambda: None, lambda _: LET)
    except OSError as error:
        return f"this kernel or container forbids a supervisor (seccomp): {error}"
    return None


def supervise(victim: Callable[[], object], judge: Judge, seconds: float = 120) -> int:
    """Run a victim in a forked child under a judge, and return its status as `os.waitstatus_to_exitcode` has it.

    A child of the victim is under the judge, too. Fork from a process of one thread only.

    Raises:
        OSError: the kernel does not allow it.
        TimeoutError: the victim did not end; it was killed.
    """
    here, there = socket.socketpair()
    child = os.fork()
    if child == 0:
        here.close()
        _be_victim(victim, there)
    there.close()
    with here:
        refusal, listeners, _, _ = socket.recv_fds(here, 8, 1)
    if not listeners:
        os.waitpid(child, 0)
        raise OSError(int(refusal), os.strerror(int(refusal)))
    try:
        return _supervise(child, listeners[0], judge, time.monotonic() + seconds)
    finally:
        os.close(listeners[0])


def _be_victim(victim: Callable[[], object], channel: socket.socket) -> NoReturn:
    status = FAILED
    try:
        listener = _install_filter()
        if listener < 0:
            channel.send(str(ctypes.get_errno()).encode())
            os._exit(FAILED)
        socket.send_fds(channel, [b"listen"], [listener])
        os.close(listener)
        channel.close()
        victim()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else FAILED
    except BaseException:  # noqa: BLE001  the child must not return into the caller's stack
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _install_filter() -> int:
    """Have the kernel ask about every call in the table from now on; return the listener, or -1."""
    libc = ctypes.CDLL(None, use_errno=True)
    steps = [(_LOAD_NUMBER, 0, 0, 0)]
    steps += [(_JUMP_IF_EQUAL, len(_CALLS) - place, 0, number) for place, number in enumerate(_CALLS)]
    steps += [(_RETURN, 0, 0, _RETURN_ALLOW), (_RETURN, 0, 0, _RETURN_ASK)]
    instructions = (_Instruction * len(steps))(*(_Instruction(*step) for step in steps))
    program = _Filter(len(steps), instructions)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return -1
    return int(libc.syscall(_SECCOMP, _SET_MODE_FILTER, _NEW_LISTENER, ctypes.byref(program)))


def _supervise(child: int, listener: int, judge: Judge, until: float) -> int:
    ended = os.pidfd_open(child)
    waiting = select.poll()
    waiting.register(listener, select.POLLIN)
    waiting.register(ended, select.POLLIN)
    try:
        while True:
            ready = dict(waiting.poll(1_000))
            if listener in ready and ready[listener] & select.POLLIN:
                _answer(child, listener, judge)
            elif ended in ready:
                return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            elif time.monotonic() > until:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                raise TimeoutError("a supervised program did not end")
    finally:
        os.close(ended)


def _answer(child: int, listener: int, judge: Judge) -> None:
    notice = bytearray(80)
    try:
        fcntl.ioctl(listener, _RECEIVE, notice)
    except OSError as error:
        if error.errno == errno.ENOENT:  # the caller was killed meanwhile
            return
        raise
    number, thread, _, call, _, _, *arguments = struct.unpack("=QIIiIQ6Q", notice)
    caller = _Caller(thread, _CALLS[call], arguments)
    try:
        operation = caller.operation()
    except OSError:  # a call with a bad file or address, which will fail by itself; or its thread is gone
        operation = None
    verdict = LET if operation is None else judge(operation)
    value, code, flags = 0, 0, _CONTINUE
    if verdict == KILL:
        os.kill(child, signal.SIGKILL)
        return
    if verdict == SHORT and operation is not None:
        value, flags = caller.write_half(operation), 0
    elif verdict > 0:
        code, flags = -verdict, 0
    try:
        fcntl.ioctl(listener, _ANSWER, struct.pack("=QqiI", number, value, code, flags))
    except OSError as error:
        if error.errno != errno.ENOENT:
            raise


@dataclass(frozen=True, slots=True)
class _Caller:
    """A thread that is held at a call."""

    thread: int
    call: str
    arguments: list[int]

    def operation(self) -> Operation | None:  # noqa: C901, PLR0911  one arm a call
        """Read from the thread's memory and open files what it is about to do; None where no file is concerned."""
        at = self.arguments
        match self.call:
            case "write" | "pwrite64" | "writev" | "pwritev" | "pwritev2" | "sendfile" | "copy_file_range":
                return self._writing()
            case "open" | "creat":
                flags = at[1] if self.call == "open" else os.O_CREAT | os.O_TRUNC
                return Operation("open", self._path(_AT_FDCWD, at[0]), flags=flags)
            case "openat":
                return Operation("open", self._path(at[0], at[1]), flags=at[2])
            case "truncate":
                return Operation("truncate", self._path(_AT_FDCWD, at[0]), size=at[1])
            case "ftruncate" | "fallocate":
                path = self._file(at[0])
                size = at[1] if self.call == "ftruncate" else max(self._stat(at[0]).st_size, at[2] + at[3])
                return None if path is None else Operation("truncate", path, size=size)
            case "fsync" | "fdatasync":
                path = self._file(at[0])
                return None if path is None else Operation("sync", path)
            case "rename" | "link":
                target = self._path(_AT_FDCWD, at[1])
                return Operation(self.call, self._path(_AT_FDCWD, at[0]), target=target)
            case "renameat" | "renameat2" | "linkat":
                kind: Kind = "link" if self.call == "linkat" else "rename"
                return Operation(kind, self._path(at[0], at[1]), target=self._path(at[2], at[3]))
            case "mkdir" | "rmdir" | "unlink":
                return Operation(self.call, self._path(_AT_FDCWD, at[0]))
            case "mkdirat":
                return Operation("mkdir", self._path(at[0], at[1]))
            case _:
                return Operation("rmdir" if at[2] & _AT_REMOVEDIR else "unlink", self._path(at[0], at[1]))

    def write_half(self, operation: Operation) -> int:
        """Do the first half of a write with the caller's own open file, and return how many bytes that were."""
        status = Path(f"/proc/{self.thread}/status").read_text()
        process = int(next(line.split()[1] for line in status.splitlines() if line.startswith("Tgid:")))
        handle = os.pidfd_open(process)
        libc = ctypes.CDLL(None, use_errno=True)
        file = libc.syscall(_PIDFD_GETFD, handle, ctypes.c_int(self.arguments[0]), 0)
        os.close(handle)
        if file < 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
        try:
            half = operation.content[: len(operation.content) // 2]
            at_offset = self.call in {"pwrite64", "pwritev", "pwritev2"}
            return os.pwrite(file, half, operation.offset) if at_offset else os.write(file, half)
        finally:
            os.close(file)

    def _writing(self) -> Operation | None:
        at = self.arguments
        output = {"copy_file_range": 2}.get(self.call, 0)
        path = self._file(at[output])
        if path is None:
            return None
        match self.call:
            case "write" | "pwrite64":
                content = self._memory(at[1], at[2])
            case "sendfile":
                content = self._elsewhere(at[1], at[2], at[3])
            case "copy_file_range":
                content = self._elsewhere(at[0], at[1], at[4])
            case _:
                places = struct.iter_unpack("=QQ", self._memory(at[1], 16 * at[2]))
                content = b"".join(self._memory(place, length) for place, length in places)
        explicit = self.call in {"pwrite64", "pwritev"} or (self.call == "pwritev2" and at[3] != 2**64 - 1)
        offset = at[3] if explicit else self._position(at[output])
        return Operation("write", path, content=content, offset=offset)

    def _memory(self, place: int, length: int) -> bytes:
        with open(f"/proc/{self.thread}/mem", "rb", buffering=0) as memory:  # noqa: PTH123  Path.open cannot seek so far
            return os.pread(memory.fileno(), length, place)

    def _elsewhere(self, file: int, offset_at: int, length: int) -> bytes:
        """Return what a copy within the kernel is about to copy from another open file."""
        start = struct.unpack("=q", self._memory(offset_at, 8))[0] if offset_at else self._position(file)
        with open(f"/proc/{self.thread}/fd/{_signed(file)}", "rb", buffering=0) as other:  # noqa: PTH123  no real path
            return os.pread(other.fileno(), min(length, os.fstat(other.fileno()).st_size), start)

    def _position(self, file: int) -> int:
        """Return where an open file's next write goes."""
        lines = Path(f"/proc/{self.thread}/fdinfo/{_signed(file)}").read_text().splitlines()
        fields = {name: value for name, _, value in (line.partition(":\t") for line in lines)}
        return self._stat(file).st_size if int(fields["flags"], 8) & os.O_APPEND else int(fields["pos"])

    def _stat(self, file: int) -> os.stat_result:
        return Path(f"/proc/{self.thread}/fd/{_signed(file)}").stat()

    def _file(self, file: int) -> Path | None:
        """Return an open file's or folder's path as it is now; None for pipes, sockets and what was removed."""
        path = Path(f"/proc/{self.thread}/fd/{_signed(file)}").readlink()
        return path if path.is_absolute() and not str(path).endswith(" (deleted)") else None

    def _path(self, folder: int, place: int) -> Path:
        content = b""
        while b"\0" not in content and len(content) < _LONGEST_PATH:  # page by page: the next one may not be there
            content += self._memory(place + len(content), 4096 - (place + len(content)) % 4096)
        name = os.fsdecode(content.split(b"\0")[0])
        link = "cwd" if _signed(folder) == _AT_FDCWD else f"fd/{_signed(folder)}"
        return Path(os.path.normpath(Path(f"/proc/{self.thread}/{link}").readlink() / name))


def _signed(number: int) -> int:
    """Return a register's low half as C's int."""
    low = number & 0xFFFFFFFF
    return low - 2**32 if low >= 2**31 else low
