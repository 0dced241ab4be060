"""Builds llama-server, against which the tests run: Lectern itself neither needs nor ships it."""

import shutil
import tarfile
import tempfile
from pathlib import Path

import machine
from environment import Environment, key_of
from running import StepFailed, build_news, pip_news, run_logged
from setup_steps import install_lock

PROGRAM = "llama-server"
# Built for the tests of this machine alone: quickly, and without what would be downloaded or looked at in a browser.
# What computes is in the libraries.
OPTIONS = (
    "-DCMAKE_BUILD_TYPE=Release",
    "-DCMAKE_CXX_FLAGS_RELEASE=-O0",
    "-DCMAKE_C_FLAGS_RELEASE=-O0",
    "-DLLAMA_ALL_WARNINGS=OFF",
    "-DBUILD_SHARED_LIBS=OFF",
    "-DLLAMA_BUILD_TESTS=OFF",
    "-DLLAMA_BUILD_EXAMPLES=OFF",
    "-DLLAMA_OPENSSL=OFF",
    "-DLLAMA_BUILD_UI=OFF",
    "-DLLAMA_USE_PREBUILT_UI=OFF",
)


def ensure_llama_server(environment: Environment) -> None:
    """Build it on the libraries of llama-cpp-python, from the same sources; where there are none, say so and go on."""
    key = key_of([environment.lock("llama"), environment.lock("llama-build"), _recipe(environment), Path(__file__)])
    if environment.stamp(PROGRAM) == key:
        return
    if machine.find_compiler() is None or not _libraries(environment).is_dir():
        print("Without llama-cpp-python there is no llama-server, and its tests are skipped.", flush=True)
        return
    try:
        install_lock(environment, "llama-build", "Getting the tools that build llama-server")
        with tempfile.TemporaryDirectory() as folder:
            _build(environment, Path(folder))
    except StepFailed as failure:
        print(f"There is no llama-server, and its tests are skipped. {failure}", flush=True)
        return
    environment.set_stamp(PROGRAM, key)


def _build(environment: Environment, folder: Path) -> None:
    download = [str(environment.python), "-m", "pip", "download", "--disable-pip-version-check", "--no-deps"]
    download += ["--no-build-isolation", "--no-binary", ":all:", "--require-hashes"]
    download += ["-r", str(environment.lock("llama")), "-d", str(folder)]
    run_logged("Getting the sources of llama-server", download, environment.log("llama-source"), pip_news(1))
    for archive in folder.glob("*.tar.gz"):
        with tarfile.open(archive) as sources:
            sources.extractall(folder / "sources", filter="data")
    (sources_of_llama,) = folder.glob("sources/*/vendor/llama.cpp")
    build, cmake = folder / "build", str(environment.program("cmake"))
    ninja = f"-DCMAKE_MAKE_PROGRAM={environment.program('ninja')}"
    configure = [cmake, "-S", str(sources_of_llama), "-B", str(build), "-G", "Ninja", ninja, *OPTIONS]
    configure += [
        f"-DCMAKE_PROJECT_llama.cpp_INCLUDE={_recipe(environment).as_posix()}",
        f"-DLECTERN_LIBRARIES={_libraries(environment).as_posix()}",
    ]
    log = environment.log(PROGRAM)
    run_logged("Preparing the build of llama-server", configure, log, build_news)
    title = "Building llama-server for the tests, which takes 2 to 5 minutes"
    run_logged(title, [cmake, "--build", str(build), "--target", PROGRAM], log, build_news)
    target = environment.program(PROGRAM)
    shutil.copy2(build / "bin" / target.name, target)


def _recipe(environment: Environment) -> Path:
    return environment.root / "packaging" / "llama_server.cmake"


def _libraries(environment: Environment) -> Path:
    return environment.site_packages / "llama_cpp" / "lib"
