"""Measures the stack that the program uses to verify a license key, on a Cortex-M4 that QEMU emulates.

    python3 examples/bare-metal/stack.py target/small/thumbv7em-none-eabi/small/bare-metal

Paints the memory beneath the stack, lets the program run to its end, and looks how far the paint is gone: for the key
without mistakes, and for each way in which it can be mistyped that spec/vectors/repair.json has in as many characters.
"""

import json
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile
import time

RAM, SIZE, PAINT = 0x20000000, 0x20000, b"\xa5"
HERE = pathlib.Path(__file__).parent
VECTORS = HERE / "../../spec/vectors"


def entry(program):
    """The entry point of the program, from the header of a 32-bit ELF file."""
    return struct.unpack_from("<I", program, 24)[0]


def depth(program, folder):
    """The number of bytes of stack that the program has used at its end."""
    (folder / "program").write_bytes(program)
    (folder / "paint").write_bytes(PAINT * SIZE)
    # The first words of a Cortex-M: the stack pointer, and the entry point, in Thumb mode.
    (folder / "vectors").write_bytes(struct.pack("<II", RAM + SIZE, entry(program) | 1))
    devices = [
        f"loader,file={folder / 'program'}",
        f"loader,file={folder / 'paint'},addr={RAM},force-raw=on",
        f"loader,file={folder / 'vectors'},addr=0,force-raw=on",
    ]
    socket_path = folder / "qmp"
    command = ["qemu-system-arm", "-M", "mps2-an386", "-display", "none", "-qmp", f"unix:{socket_path},server,nowait"]
    with subprocess.Popen(command + [part for device in devices for part in ("-device", device)]) as machine:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                while connection.connect_ex(str(socket_path)) != 0:
                    time.sleep(0.05)
                return finished(connection.makefile("rw"), folder / "dump")
        finally:
            machine.kill()


def finished(qmp, dump):
    """Waits until the program counter no longer changes, in the loop at the end, and counts the bytes whose paint was
    overwritten."""

    def ask(execute, **arguments):
        qmp.write(json.dumps({"execute": execute, "arguments": arguments}) + "\n")
        qmp.flush()
        while True:
            answer = json.loads(qmp.readline())
            if "return" in answer:
                return answer["return"]

    ask("qmp_capabilities")
    seen = []
    while len(seen) < 20 or len(set(seen[-20:])) > 2:
        registers = ask("human-monitor-command", **{"command-line": "info registers"})
        seen.append(registers.split("R15=")[1][:8])
        time.sleep(0.01)
    ask("pmemsave", val=RAM, size=SIZE, filename=str(dump))
    memory = dump.read_bytes()
    return len(memory.lstrip(PAINT))


def main():
    program = pathlib.Path(sys.argv[1]).read_bytes()
    source = (HERE / "main.rs").read_text()
    typed = source.split('const TYPED: &str = "')[1].split('"')[0].encode()
    if program.count(typed) != 1:
        sys.exit("the program does not have its text in one place")
    keys = json.loads((VECTORS / "license-keys.json").read_text())["cases"]
    texts = [("no mistake", keys[0]["text"])]
    texts += [(case["name"], case["text"]) for case in json.loads((VECTORS / "repair.json").read_text())["cases"]]
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, text) in enumerate(texts):
            if len(text.encode()) <= len(typed):
                here = pathlib.Path(folder) / str(number)
                here.mkdir()
                print(f"{depth(program.replace(typed, text.encode().ljust(len(typed))), here):7} bytes: {name}", flush=True)


main()
