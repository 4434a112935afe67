"""verify and verify_many: the same answers, in their order, on all cores, while the rest of the program goes on."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable

import pytest
from shared import MISTYPED, TYPICAL, VENDOR, VERIFIER

from keyward_verifier import Verifier


def test_the_answers_are_those_of_verify_in_their_order() -> None:
    texts = [TYPICAL, "", MISTYPED, "K7PM4", TYPICAL.lower()] * 2000
    answers = VERIFIER.verify_many(texts)
    assert answers[:5] == [VERIFIER.verify(text) for text in texts[:5]]
    assert answers == answers[:5] * 2000
    assert VERIFIER.verify_many([]) == []
    assert VERIFIER.verify_many(iter(texts[:5])) == VERIFIER.verify_many(tuple(texts[:5])) == answers[:5]


@pytest.mark.parametrize(
    "verify",
    [lambda: VERIFIER.verify(TYPICAL), lambda: VERIFIER.verify(MISTYPED), lambda: VERIFIER.verify_many([TYPICAL] * 100)],
    ids=["verify", "verify and repair", "verify_many"],
)
def test_other_threads_go_on_meanwhile(verify: Callable[[], object]) -> None:
    started, ready, ran = threading.Event(), threading.Event(), threading.Event()

    def other() -> None:
        started.set()
        ready.wait()
        ran.set()

    interval = sys.getswitchinterval()
    # The interpreter no longer switches threads by itself: the other thread runs only if the call in the loop releases the
    # interpreter. It may take many calls until the other thread wakes up.
    sys.setswitchinterval(1e6)
    thread = threading.Thread(target=other)
    try:
        thread.start()
        started.wait()
        ready.set()
        give_up = time.monotonic() + 20
        while not ran.is_set() and time.monotonic() < give_up:
            verify()
        went_on = ran.is_set()
    finally:
        sys.setswitchinterval(interval)
        ready.set()
        thread.join()
    assert went_on


def test_several_threads_verify_at_once() -> None:
    answers: list[object] = []
    threads = [threading.Thread(target=lambda: answers.append(VERIFIER.verify_many([TYPICAL] * 50))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [VERIFIER.verify_many([TYPICAL] * 50)] * 8


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_verifies_too() -> None:
    expected = VERIFIER.verify_many([TYPICAL] * 100)
    child = os.fork()
    if child == 0:
        signal.alarm(60)  # A child that waits for threads that only its parent has, waits forever.
        same = VERIFIER.verify_many([TYPICAL] * 100) == expected
        os._exit(0 if same else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0


def test_a_prepared_key_answers_many() -> None:
    prepared = Verifier([VENDOR.prepared()], 3)
    assert prepared.verify_many([TYPICAL, MISTYPED, ""]) == VERIFIER.verify_many([TYPICAL, MISTYPED, ""])
