"""The steps that fill the virtual environment: the pinned packages, Lectern itself, the local model's engine."""

import hashlib
import json
import platform
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import machine
from environment import Environment, ensure_python, key_of
from running import StepFailed, build_news, pip_news, run_logged


def prepare_run(environment: Environment, *, retry: bool) -> None:
    """Bring everything that running Lectern needs; what is there already costs nothing.

    Raises:
        StepFailed: something is missing that Lectern cannot do without.
    """
    prepare_base(environment)
    ensure_llama(environment, retry=retry)
    machine.bring((machine.QT_LIBRARIES[name] for name in machine.missing_libraries()), "the window")


def prepare_base(environment: Environment) -> None:
    """Make the virtual environment with the pinned packages, the starter models and Lectern itself.

    Raises:
        StepFailed: one of them could not be had.
    """
    ensure_python(environment)
    install_lock(environment, "app", "Installing Lectern's packages and the starter models")
    install_lectern(environment)


def install_lock(environment: Environment, name: str, title: str) -> None:
    """Install exactly what the lock `name` pins, each file checked against its hash.

    Raises:
        StepFailed: pip could not.
    """
    lock = environment.lock(name)

    def install() -> None:
        packages = sum("==" in line for line in lock.read_text(encoding="utf-8").splitlines())
        arguments = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "-r", str(lock)]
        pip_install(environment, title, name, arguments, pip_news(packages))

    environment.once(name, key_of([lock]), install)


def pip_install(
    environment: Environment,
    title: str,
    log: str,
    arguments: list[str],
    news: Callable[[str], str | None],
    settings: dict[str, str] | None = None,
) -> None:
    """Run `pip install` in the environment.

    Raises:
        StepFailed: pip could not.
    """
    drop_half_installed(environment)
    command = [str(environment.python), "-m", "pip", "install", "--disable-pip-version-check", *arguments]
    run_logged(title, command, environment.log(log), news, settings)


def drop_half_installed(environment: Environment) -> None:
    """Forget packages whose installation was cut short: pip would take their folder for the whole."""
    for folder in environment.site_packages.glob("*.dist-info"):
        if not (folder / "INSTALLER").is_file():
            shutil.rmtree(folder)


def install_lectern(environment: Environment) -> None:
    """Install this checkout itself, so that `lectern` and `import app` work and follow the files as they change.

    Raises:
        StepFailed: pip could not.
    """
    table = tomllib.loads((environment.root / "pyproject.toml").read_text(encoding="utf-8"))
    key = hashlib.sha256(json.dumps([table["project"], table["build-system"]]).encode()).hexdigest()
    arguments = ["--no-deps", "--no-build-isolation", "--no-index", "--editable", str(environment.root)]
    environment.once(
        "lectern", key, lambda: pip_install(environment, "Installing Lectern itself", "lectern", arguments, pip_news(1))
    )


def ensure_llama(environment: Environment, *, retry: bool = False) -> None:
    """Build llama-cpp-python where a C++ compiler is; where none is, or it fails, say so and go on.

    A build that failed is tried again when the compiler changed, or when `retry` asks for it.
    """
    recipe = environment.root / "packaging" / "llama.cmake"
    key = key_of([environment.lock("llama"), environment.lock("llama-build"), recipe, recipe.with_name("amx.h")])
    if environment.stamp("llama") == key:
        return
    compiler = machine.find_compiler()
    attempt = f"{key} {compiler}"
    if environment.stamp("llama-failed") != attempt or retry:
        if compiler is not None and _build_llama(environment, recipe, key):
            environment.set_stamp("llama", key)
            return
        environment.set_stamp("llama-failed", attempt)
    _explain_missing_llama(environment, compiler)


def _build_llama(environment: Environment, recipe: Path, key: str) -> bool:
    # Without LLAVA and common, half of the time is saved, and code that could download is not even there.
    settings = {"SKBUILD_CMAKE_DEFINE": f"LLAVA_BUILD=OFF;CMAKE_PROJECT_llama.cpp_INCLUDE={recipe.as_posix()}"}
    arguments = ["--verbose", "--no-deps", "--no-build-isolation", "--require-hashes", "--force-reinstall"]
    arguments += ["-r", str(environment.lock("llama")), *_cache_of_its_own(environment, key)]
    try:
        install_lock(environment, "llama-build", "Getting the tools that build llama-cpp-python")
        title = "Building llama-cpp-python, which takes 2 to 10 minutes"
        pip_install(environment, title, "llama", arguments, build_news, settings)
    except StepFailed:
        return False
    return True


def _cache_of_its_own(environment: Environment, key: str) -> list[str]:
    """Return what keeps pip from taking a wheel that another recipe built: it knows them by name and version only."""
    asked = [str(environment.python), "-m", "pip", "cache", "dir"]
    found = subprocess.run(asked, capture_output=True, text=True, check=False)
    return ["--cache-dir", str(Path(found.stdout.strip()) / f"llama-{key[:16]}")] if found.returncode == 0 else []


def _explain_missing_llama(environment: Environment, compiler: str | None) -> None:
    print("The local language model is not installed: answers are quotes from the documents. All else works.")
    if compiler is None:
        print(f"It needs a C++ compiler, and there is none. {machine.how_to_get_a_compiler(platform.system())}")
        print("Then run this again.", flush=True)
    else:
        print(f"Building llama-cpp-python failed; see the logs in {environment.log('llama').parent}.")
        print("To try again: python3 packaging/dev.py run --retry", flush=True)
