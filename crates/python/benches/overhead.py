"""Compares a verification in Python with the same in Rust: in turn, in many short rounds, with a separate wheel.

    maturin build --release --features bench --manifest-path crates/python/Cargo.toml --out wheels
    pip install --force-reinstall wheels/keyward_verifier-*.whl
    python crates/python/benches/overhead.py
"""

import sys
from statistics import quantiles
from time import perf_counter_ns

from keyward_verifier import TrustedKey, Verifier

try:
    from keyward_verifier._native import bench
except ImportError:
    sys.exit("this wheel was built without the feature `bench`: the first lines of this file say how to build one with it")

TIMES = 25
PAIRS = 2000
MAX = 1.1
VENDOR = TrustedKey.from_hex("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")
TEXT = (
    "K7PM4-00108-1G818-60W40-60GSJ-08YT0-G7V4F-FYP6K-KG98Y-Z9E8E-G0HT7-BS0HQ-VDC80-VHRAB-CED8J-"
    "M9TJZ-A9AHX-JPA40-2K3CY-F52Z2-ZY7GB-8Y7M3-SRBW8-VE3BH-4SMAG-4PZG8-D7E18-M1PYP-Z2M87-49VV3"
)


def in_python(verifier: Verifier) -> int:
    start = perf_counter_ns()
    for _ in range(TIMES):
        verifier.verify(TEXT).serial
    return perf_counter_ns() - start


def main() -> int:
    within = True
    for name, key in [("a key as it is", VENDOR), ("a prepared key", VENDOR.prepared())]:
        verifier = Verifier([key], 3)
        pairs = [(in_python(verifier), bench(verifier, TEXT, TIMES)) for _ in range(PAIRS)]
        lower, median, upper = quantiles((python / rust for python, rust in pairs), n=4)
        print(f"{name}, Python / Rust: {median:.3f} (half of the pairs: {lower:.3f} to {upper:.3f})")
        within = within and median <= MAX
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
