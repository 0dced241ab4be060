"""What kind of processor it is, from the texts of /proc/cpuinfo and /sys/devices/system/cpu."""

from described import Described

from app.hardware.instructions import instruction_sets, model_name, performance_cores

# From the machine that these tests were written on, shortened.
EPYC = """processor\t: 0
vendor_id\t: AuthenticAMD
model name\t: AMD EPYC
flags\t\t: fpu sse4_2 fma f16c avx avx2 avx512f avx512_bf16 avx512_vnni

processor\t: 1
model name\t: AMD EPYC
flags\t\t: fpu
"""
ARM = "processor\t: 0\nFeatures\t: fp asimd asimddp i8mm bf16\nCPU implementer\t: 0x41\n"
CPU = "/sys/devices/system/cpu"


def core(number: int, siblings: str, **files: int) -> dict[str, str]:
    folder = f"{CPU}/cpu{number}"
    texts = {f"{folder}/{name.replace('__', '/')}": f"{value}\n" for name, value in files.items()}
    return {f"{folder}/topology/thread_siblings_list": f"{siblings}\n", **texts}


def test_instruction_sets_of_x86_and_arm() -> None:
    assert instruction_sets(EPYC) == ["AVX", "AVX2", "F16C", "FMA", "AVX-512", "AVX-512 VNNI", "AVX-512 BF16"]
    assert instruction_sets(ARM) == ["NEON", "NEON dot product", "NEON INT8 matrix", "NEON BF16"]
    assert instruction_sets("") == []


def test_the_name_of_the_processor() -> None:
    assert model_name(EPYC) == "AMD EPYC"
    assert model_name(ARM) == ""
    assert model_name(None) == ""


def test_fast_and_slow_cores_by_frequency() -> None:
    # llama.cpp #28625: fast cores without a second thread were taken for slow ones. So threads do not matter here.
    files = core(0, "0-1", cpufreq__cpuinfo_max_freq=5_000_000) | core(1, "0-1", cpufreq__cpuinfo_max_freq=5_000_000)
    files |= core(2, "2", cpufreq__cpuinfo_max_freq=4_800_000) | core(3, "3", cpufreq__cpuinfo_max_freq=3_600_000)
    assert performance_cores(Described(files)) == (2, 1)


def test_fast_and_slow_cores_by_capacity() -> None:
    files = core(0, "0", cpu_capacity=1024) | core(1, "1", cpu_capacity=1024) | core(2, "2", cpu_capacity=446)
    assert performance_cores(Described(files)) == (2, 1)


def test_cores_that_do_not_say_are_not_told_apart() -> None:
    assert performance_cores(Described(core(0, "0", cpu_capacity=1024) | core(1, "1"))) == (None, None)
    assert performance_cores(Described()) == (None, None)
    assert performance_cores(Described({f"{CPU}/cpuidle/current_driver": "none\n"})) == (None, None)
