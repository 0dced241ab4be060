"""What kind of processor this is: its name, its instruction sets, its fast and its slow cores."""

from app.hardware.system import Files, number

# As llama.cpp uses them; the names of /proc/cpuinfo (arch/x86/include/asm/cpufeatures.h, arch/arm64/kernel/cpuinfo.c).
_SETS = {
    "avx": "AVX",
    "avx2": "AVX2",
    "f16c": "F16C",
    "fma": "FMA",
    "avx_vnni": "AVX-VNNI",
    "avx512f": "AVX-512",
    "avx512_vnni": "AVX-512 VNNI",
    "avx512_bf16": "AVX-512 BF16",
    "amx_tile": "AMX",
    "amx_int8": "AMX INT8",
    "amx_bf16": "AMX BF16",
    "asimd": "NEON",
    "asimddp": "NEON dot product",
    "i8mm": "NEON INT8 matrix",
    "bf16": "NEON BF16",
    "sve": "SVE",
    "sme": "SME",
}
_CPUS = "/sys/devices/system/cpu"
_EFFICIENT = 0.8  # of the speed of the fastest: what is below is built to save power


def instruction_sets(cpuinfo: str) -> list[str]:
    """Return those that arithmetic gains from, from the text of ``/proc/cpuinfo``."""
    flags = next((line for line in cpuinfo.splitlines() if line.startswith(("flags", "Features"))), "")
    has = set(flags.partition(":")[2].split())
    return [name for flag, name in _SETS.items() if flag in has]


def model_name(cpuinfo: str | None) -> str:
    """Return the name of the processor, from the text of ``/proc/cpuinfo``; empty where it has none."""
    names = (line.partition(":")[2].strip() for line in (cpuinfo or "").splitlines() if line.startswith("model name"))
    return next(names, "")


def performance_cores(files: Files) -> tuple[int | None, int | None]:
    """Return how many fast and how many slow cores there are; None where the system does not tell them apart.

    On ARM by ``cpu_capacity``, elsewhere by the highest frequency (Documentation/ABI/testing/sysfs-devices-system-cpu).
    """
    speeds: dict[str, int] = {}
    for name in files.names(_CPUS):
        if not (name.startswith("cpu") and name[3:].isdecimal()):
            continue
        siblings = files.text(f"{_CPUS}/{name}/topology/thread_siblings_list")
        speed = number(files.text(f"{_CPUS}/{name}/cpu_capacity"))
        if speed is None:
            speed = number(files.text(f"{_CPUS}/{name}/cpufreq/cpuinfo_max_freq"))
        if speed is None or siblings is None:
            return None, None
        speeds[siblings.strip()] = speed
    if not speeds:
        return None, None
    fast = sum(speed >= _EFFICIENT * max(speeds.values()) for speed in speeds.values())
    return fast, len(speeds) - fast
