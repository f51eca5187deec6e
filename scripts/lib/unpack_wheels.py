"""Unpacks from wheels what cdx links: unpack_wheels.py FOLDER TARGET [--cuda].

Of LibTorch that is headers, libraries and licences; no Python. Without --cuda
the GPU libraries stay out, except the two that libtorch_cpu.so itself needs.
"""

import fnmatch
import pathlib
import sys
import zipfile

ALWAYS = [
    "torch/include/*",
    "torch/lib/libtorch_cpu.so",
    "torch/lib/libc10.so",
    "torch/lib/libgomp*",
    "nvidia/cu13/lib/libcudart.so.13",
    "nvidia/cu13/lib/libcupti.so.13",
    "*.dist-info/licenses/*",
    "clang_format/data/bin/clang-format",
]
WITH_CUDA = [
    "torch/lib/libtorch_cuda*.so",
    "torch/lib/libtorch_nvshmem.so",
    "torch/lib/libc10_cuda.so",
    "torch/lib/libcaffe2_nvrtc.so",
    "nvidia/*/lib/*",
]


def main():
    folder, target, *flags = sys.argv[1:]
    wanted = ALWAYS + (WITH_CUDA if "--cuda" in flags else [])
    for wheel in sorted(pathlib.Path(folder).glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            for member in archive.infolist():
                if any(fnmatch.fnmatchcase(member.filename, w) for w in wanted):
                    archive.extract(member, target)
                    path = pathlib.Path(target, member.filename)
                    if path.is_file():
                        path.chmod(member.external_attr >> 16 & 0o777 or 0o644)


main()
