"""What this machine has and lacks: Qt's system libraries, a C++ compiler, and the commands that bring them."""

import ctypes
import os
import platform
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

# What Qt's own libraries need from the system, by the Debian package that brings it. A bare Debian has none of these.
QT_LIBRARIES: Mapping[str, str] = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}

# Programs that tests start, by the Debian package that brings each.
TEST_PROGRAMS: Mapping[str, str] = {"ip": "iproute2", "strace": "strace", "Xvfb": "xvfb"}

# The command that installs a C++ compiler, by the package manager that a Linux has.
LINUX_COMPILER_COMMANDS: Mapping[str, str] = {
    "apt-get": "sudo apt-get install -y g++",
    "dnf": "sudo dnf install -y gcc-c++",
    "zypper": "sudo zypper install -y gcc-c++",
    "pacman": "sudo pacman -S --needed gcc",
    "apk": "sudo apk add g++",
}

Finder = Callable[[str], str | None]


def missing_libraries(opens: Callable[[str], object] = ctypes.CDLL) -> list[str]:
    """Return Qt's system libraries that `opens` cannot open, on a Linux; elsewhere Qt brings all it needs."""
    if platform.system() != "Linux":
        return []
    return [name for name in QT_LIBRARIES if not _opens(name, opens)]


def _opens(name: str, opens: Callable[[str], object]) -> bool:
    try:
        opens(name)
    except OSError:
        return False
    return True


def missing_test_programs(find: Finder = shutil.which) -> list[str]:
    """Return the Debian packages of the programs that tests start and this Linux lacks."""
    if platform.system() != "Linux":
        return []
    return [package for program, package in TEST_PROGRAMS.items() if find(program) is None]


def bring(packages: Iterable[str], purpose: str) -> None:
    """Install Debian packages where that is possible, else say how; never raises, since the rest works without."""
    wanted = sorted(set(packages))
    if not wanted:
        return
    print(f"Missing for {purpose}: {' '.join(wanted)}", flush=True)
    if not may_install():
        print(how_to_install(wanted), flush=True)
        return
    settings = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "--no-install-recommends", *wanted]
    for command in (["apt-get", "update"], install):
        print(f"  {' '.join(command)}", flush=True)
        done = subprocess.run(
            command, env=settings, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
    if done.returncode != 0:
        print(f"{done.stderr.strip()}\nThis did not work. {how_to_install(wanted)}", flush=True)


def may_install() -> bool:
    """Tell whether this process can install Debian packages."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def how_to_install(packages: list[str], find: Finder = shutil.which) -> str:
    """Say how a user brings these Debian packages, or their like, onto this system."""
    if find("apt-get") is not None:
        return f"Install them with: sudo apt-get install -y {' '.join(packages)}"
    return "These are the names in Debian: install the packages of this system that correspond to them."


def find_compiler(find: Finder = shutil.which) -> str | None:
    """Return what identifies this machine's C++ compiler, or None where it has none.

    The string changes when the compiler is replaced, so that a failed build is tried again then.
    """
    system = platform.system()
    if system == "Windows":
        found = find("cl") or _visual_studio()
    elif system == "Darwin":
        found = find("c++") if _succeeds(["xcode-select", "-p"]) else None
    else:
        chosen = os.environ.get("CXX", "").split()
        found = next(filter(None, map(find, [*chosen[:1], "c++", "g++", "clang++"])), None)
    return f"{found} {Path(found).stat().st_mtime_ns}" if found else None


def _succeeds(command: list[str]) -> bool:
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _visual_studio() -> str | None:
    installer = Path(os.environ.get("PROGRAMFILES(X86)", "")) / "Microsoft Visual Studio" / "Installer" / "vswhere.exe"
    if not installer.is_file():
        return None
    tools = "Microsoft.VisualStudio.Component.VC.Tools.x86.x64"
    query = [str(installer), "-latest", "-products", "*", "-requires", tools, "-property", "installationPath"]
    answer = subprocess.run(query, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return answer.stdout.strip() or None


def how_to_get_a_compiler(system: str, find: Finder = shutil.which) -> str:
    """Say how a C++ compiler comes onto `system`, in the spelling of `platform.system()`."""
    if system == "Windows":
        return (
            "Install the C++ build tools with: winget install Microsoft.VisualStudio.2022.BuildTools "
            '--override "--add Microsoft.VisualStudio.Workload.VCTools --includeRecommended --passive --wait"'
        )
    if system == "Darwin":
        return "Install the C++ compiler with: xcode-select --install"
    for manager, command in LINUX_COMPILER_COMMANDS.items():
        if find(manager) is not None:
            return f"Install the C++ compiler with: {command}"
    return "Install g++ or clang++ with the package manager of this system."
