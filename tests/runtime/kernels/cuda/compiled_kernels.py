#!/usr/bin/env python3
"""What nvcc made of each kernel, read from the cubins inside of libjangwon_cuda.so, against compiled_kernels.txt.

    compiled_kernels.py LIBRARY            compares, and says what differs
    compiled_kernels.py LIBRARY --write    renews the table

A table from another nvcc is not compared: registers differ from release to release. A line is

    KERNEL ARCHITECTURE  registers, stack bytes, local loads and stores, static shared bytes, threads, warps, tensor

`stack` and `local` are what did not fit into registers, or was indexed at run time; `threads` the launch bound, `-` where
there is none; `warps` how many of 64 warps a multiprocessor can hold by registers, by whole blocks where there is a bound;
`tensor` the tensor cores' instructions by kind. Dynamic shared memory is the launch's and not in a cubin.
"""

import pathlib
import re
import shutil
import struct
import subprocess
import sys

TABLE = pathlib.Path(__file__).with_name("compiled_kernels.txt")

ELF_MACHINE_CUDA = 190
ATTRIBUTE_REGISTERS, ATTRIBUTE_FRAME, ATTRIBUTE_MAX_THREADS = 0x2F, 0x11, 0x05  # of .nv.info
FORM_SIZED = 4
# The low twelve bits of a 128-bit instruction are its operation; wgmma's differs where one factor is in registers.
TENSOR = {0x23C: "HMMA", 0x237: "IMMA", 0x23F: "DMMA", 0x9F0: "HGMMA", 0xDF0: "HGMMA", 0x9F1: "IGMMA", 0x9F3: "QGMMA"}
LOCAL = {0x387: "STL", 0x983: "LDL"}

REGISTERS_OF_SM, REGISTERS_AT_ONCE, WARPS_OF_SM, BLOCKS_OF_SM = 65536, 256, 64, 32


def cubins(data):
    at = data.find(b"\x7fELF\x02\x01")
    while at >= 0:
        if struct.unpack_from("<H", data, at + 18)[0] == ELF_MACHINE_CUDA:
            yield at
        at = data.find(b"\x7fELF\x02\x01", at + 4)


def sections(data, begin):
    """Name, index, content and header's size of each."""
    table = begin + struct.unpack_from("<Q", data, begin + 40)[0]
    size, count, names = struct.unpack_from("<HHH", data, begin + 58)
    headers = [struct.unpack_from("<IIQQQQIIQQ", data, table + i * size) for i in range(count)]
    names_at = begin + headers[names][4]
    for index, header in enumerate(headers):
        name_at = names_at + header[0]
        name = data[name_at:data.index(b"\0", name_at)].decode()
        no_content = 8
        content = b"" if header[1] == no_content else data[begin + header[4]:begin + header[4] + header[5]]
        yield name, index, content, header[5]


def attributes(info):
    at = 0
    while at + 4 <= len(info):
        form, attribute, value = struct.unpack_from("<BBH", info, at)
        at += 4
        if form == FORM_SIZED:
            yield attribute, info[at:at + value]
            at += value


def count_operations(code, kinds):
    counts = {}
    for at in range(0, len(code), 16):
        kind = kinds.get(struct.unpack_from("<Q", code, at)[0] & 0xFFF)
        if kind:
            counts[kind] = counts.get(kind, 0) + 1
    return counts


def warps_of(registers, threads):
    of_warp = -(-registers * 32 // REGISTERS_AT_ONCE) * REGISTERS_AT_ONCE
    warps = min(WARPS_OF_SM, REGISTERS_OF_SM // of_warp // 4 * 4)  # four schedulers share them evenly
    if threads is None:
        return warps
    of_block = -(-threads // 32)
    return min(warps // of_block, BLOCKS_OF_SM) * of_block


def kernels_of(data, begin):
    flags = struct.unpack_from("<I", data, begin + 48)[0]
    architecture = f"sm_{flags >> 8 & 0xFF}"
    found = list(sections(data, begin))
    by_name = {name: content for name, _, content, _ in found}
    sizes = {name: size for name, _, _, size in found}
    symbols = by_name[".symtab"]
    names = by_name[".strtab"]

    def symbol(index):
        at = struct.unpack_from("<I", symbols, index * 24)[0]
        return names[at:names.index(b"\0", at)].decode()

    per_symbol = {}
    for attribute, payload in attributes(by_name[".nv.info"]):
        if attribute in (ATTRIBUTE_REGISTERS, ATTRIBUTE_FRAME):
            index, value = struct.unpack("<II", payload)
            per_symbol[attribute, symbol(index)] = value
    for name, content in by_name.items():
        if not name.startswith(".text."):
            continue
        kernel = name[len(".text."):]
        threads = None
        for attribute, payload in attributes(by_name.get(".nv.info." + kernel, b"")):
            if attribute == ATTRIBUTE_MAX_THREADS:
                x, y, z = struct.unpack("<III", payload)
                threads = x * y * z
        registers = per_symbol[ATTRIBUTE_REGISTERS, kernel]
        local = sum(count_operations(content, LOCAL).values())
        tensor = count_operations(content, TENSOR)
        yield (kernel, architecture, {
            "registers": registers, "stack": per_symbol.get((ATTRIBUTE_FRAME, kernel), 0), "local": local,
            "shared": sizes.get(".nv.shared." + kernel, 0), "threads": threads or "-",
            "warps": warps_of(registers, threads),
            "tensor": ",".join(f"{kind}:{count}" for kind, count in sorted(tensor.items())) or "-"})


def demangled(names):
    tool = shutil.which("c++filt")
    if not tool:
        sys.exit("compiled_kernels.py: c++filt is missing (binutils)")
    plain = subprocess.run([tool], input="\n".join(names), capture_output=True, text=True, check=True).stdout.split("\n")
    return [short_name(name) for name in plain]


def short_name(name):
    """Without the parameters, the result, and the namespaces that all have."""
    name = name.replace("(anonymous namespace)::", "").replace("jangwon::runtime::", "")
    if name.endswith(")"):
        depth = 0
        for at in range(len(name) - 1, -1, -1):
            depth += {")": 1, "(": -1}.get(name[at], 0)
            if depth == 0:
                name = name[:at]
                break
    return re.sub(r"^void ", "", name).replace(" ", "")


def release_of_nvcc(data):
    found = re.search(rb"Cuda compilation tools, release [0-9.]+, V[0-9.]+", data)
    return found.group().decode() if found else "an unknown nvcc"


def table_of(library):
    data = pathlib.Path(library).read_bytes()
    kernels = [kernel for begin in cubins(data) for kernel in kernels_of(data, begin)]
    names = demangled([name for name, _, _ in kernels])
    width = max(map(len, names), default=0)
    lines = sorted(
        f"{name:{width}} {architecture} " + " ".join(f"{key} {value}" for key, value in facts.items())
        for name, (_, architecture, facts) in zip(names, kernels))
    return [f"# {release_of_nvcc(data)}"] + lines


def main():
    if len(sys.argv) < 2 or sys.argv[2:] not in ([], ["--write"]):
        sys.exit(__doc__)
    made = table_of(sys.argv[1])
    if len(made) < 2:
        sys.exit(f"{sys.argv[1]} holds no cubin")
    if sys.argv[2:]:
        TABLE.write_text("\n".join(made) + "\n")
        return
    table = TABLE.read_text().splitlines()
    if table[0] != made[0]:
        print(f"skipped: the table is of {table[0][2:]}, the library of {made[0][2:]}")
        return
    differ = 0
    for mark, lines, others in (("table:", table, made), ("now:  ", made, table)):
        for line in lines:
            if line not in others:
                differ += 1
                print(mark, line)
    if differ:
        sys.exit(f"what nvcc makes of the kernels has changed; if it should, renew the table: {' '.join(sys.argv)} --write")
    print(f"{len(made) - 1} kernels as in the table")


if __name__ == "__main__":
    main()
