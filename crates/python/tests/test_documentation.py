"""Runs the examples of the documentation: those in the docstrings, and the README from top to bottom."""

import doctest
import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import keyward_verifier

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")


def documented() -> list[tuple[str, Any]]:
    objects = [(name, getattr(keyward_verifier, name)) for name in keyward_verifier.__all__]
    members = [
        (f"{name}.{member}", vars(object)[member])
        for name, object in objects
        if inspect.isclass(object) and object.__module__ == "keyward_verifier" and not issubclass(object, Exception)
        for member in vars(object)
        if not member.startswith("_")
    ]
    return [("keyward_verifier", keyward_verifier), *objects, *members]


@pytest.mark.parametrize(("name", "object"), documented(), ids=[name for name, _ in documented()])
def test_everything_is_documented_without_rust_syntax(name: str, object: Any) -> None:
    text = getattr(object, "__doc__", None)
    assert text, f"{name} has no docstring"
    assert "`" not in text and "::" not in text, f"{name} is documented as in Rust"


def test_the_examples_in_the_docstrings_run() -> None:
    runner, finder = doctest.DocTestRunner(), doctest.DocTestFinder(exclude_empty=True)
    objects = [("keyward_verifier", keyward_verifier)]
    objects += [(name, getattr(keyward_verifier, name)) for name in keyward_verifier.__all__]
    examples = 0
    for name, object in objects:
        # The examples of a class run first; the examples of its methods use its variables.
        names: dict[str, Any] = {}
        tests = finder.find(object, name, module=False, globs=names)
        for test in sorted(tests, key=lambda test: test.name):
            test.globs = names
            runner.run(test, clear_globs=False)
            examples += len(test.examples)
    assert runner.failures == 0
    assert examples >= 45, "examples are not found any more"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_the_examples_in_the_readme_run(tmp_path: Path) -> None:
    product, clock = blocks("python")
    _, vendor, typed = blocks("sh")
    [shown] = blocks("text")
    digits = re.fullmatch(r"echo ([0-9a-f]{64}) >vendor.pub\n", vendor)
    key = re.fullmatch(r"venv/bin/python product.py <<'KEY'\n(.*)KEY\n", typed, re.DOTALL)
    assert digits is not None and key is not None
    (tmp_path / "vendor.pub").write_text(digits[1] + "\n")

    def run(program: str) -> str:
        (tmp_path / "product.py").write_text(program)
        command = [sys.executable, "product.py"]
        return subprocess.run(command, cwd=tmp_path, input=key[1], text=True, check=True, capture_output=True).stdout

    assert run(product) == shown
    for _ in range(2):
        assert run(product + clock) == shown + "usable: True suspect: None\n"
    assert (tmp_path / "clock").stat().st_size == 37
