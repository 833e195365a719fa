# SPDX-License-Identifier: GPL-2.0-or-later
"""Killed at any moment, and on a file system that is too small: each output is old or new, and
whole. Takes longer than other tests."""
import os
import random
import signal
import subprocess
import time

import case
import expected
import sample
import tree
from case import Check

COUNT = 300
ROUNDS = 200 if case.FULL else 60
SIZE_STEP = 3 if case.FULL else 9 # pages
WAYS = ((), ("-I",), ("-j1",), ("-I", "--no-sync"), ("--no-sync",))
# Runs what is given with a small file system mounted, and copies what there is on it afterwards.
ON_SMALL = """
out=$1 size=$2 old=$3 result=$4
shift 4
mount -t tmpfs -o "size=$size" none "$out" && cp -r "$old/." "$out" || exit 99
"$@"
status=$?
cp -r "$out/." "$result"
exit $status
"""
COULD_NOT_MOUNT = 99
PAGE = 4096


def switch(one, later):
    """Makes the tree what it is later, or was before."""
    was = sample.things(COUNT)
    for path, what in sample.LATER.items():
        if later or path in was:
            tree.put(one.directory / path, what if later else was[path])
        elif (one.directory / path).exists():
            os.unlink(one.directory / path)


def duration(one):
    """How long a run takes."""
    began = time.monotonic()
    one.run()
    return time.monotonic() - began


def killed(sig, tidy):
    """Runs that are killed after a random time. If tidy, nothing may be left behind, and the
    outputs are those of one run."""
    def function(bench):
        chance = random.Random(1)
        with bench.place() as place:
            one = sample.Sample(bench, place, COUNT)
            longest = duration(one)
            ended = 0
            for number in range(ROUNDS):
                later = chance.random() < 0.5
                switch(one, later)
                process = bench.program.start(one.args(*chance.choice(WAYS)))
                time.sleep(chance.random() * longest)
                process.send_signal(sig)
                process.communicate(timeout=60)
                ended += process.returncode == -sig
                yield from (f"{number}: {line}"
                            for line in one.wrong_state("old|new", leftovers=not tidy))
                if tidy and len(set(one.state().values())) != 1:
                    yield f"{number}: {one.state()}"
                if number % 10 == 9:
                    one.run("-I")
                    yield from (f"{number}, after -I: {line}"
                                for line in one.wrong_state("new" if later else "old"))
            if ended < ROUNDS // 10:
                yield f"only {ended} of {ROUNDS} runs were ended before they were done"
    return Check(f"{ROUNDS} runs, each ended by {sig.name} at some moment", function)


def mounting():
    """What makes a program mount file systems that nobody else sees."""
    command = ["unshare", "--mount", *(["--map-root-user"] if os.geteuid() else []), "sh", "-c",
               ON_SMALL, "sh"]
    try:
        done = subprocess.run([*command, "/mnt", str(PAGE), "/var/empty", "/nowhere", "true"],
                              capture_output=True, timeout=60, check=False)
    except OSError as error:
        raise case.Skip(f"no unshare command: {error}") from error
    if b"mount" in done.stderr or b"unshare" in done.stderr:
        raise case.Skip(f"cannot mount: {done.stderr.decode().strip()[-200:]}")
    return command


def small(bench):
    """File systems on which there is room for some of the outputs."""
    command = mounting()
    with bench.place() as place:
        one = sample.Sample(bench, place, COUNT)
        old, out, result = (place / name for name in ("old", "out", "result"))
        tree.make(tree.directory_of(old), one.old)
        out.mkdir()
        sizes = [-(-len(data) // PAGE) * PAGE for data in one.old.values()]
        full, fitted = 0, 0
        for more in range(0, sum(sizes) + 20 * PAGE, SIZE_STEP * PAGE):
            result.mkdir()
            size = sum(sizes) + 5 * PAGE + more
            outcome = bench.run(one.args("-o", out, *WAYS[more // PAGE % len(WAYS)]), prefix=[
                *command, out, str(size), old, result])
            if outcome.status == COULD_NOT_MOUNT:
                raise case.Skip(f"cannot mount: {outcome.err[-200:]!r}")
            there = tree.directory_of(result)
            wanted = {0: one.new, 1: one.old}.get(outcome.status)
            if wanted is None or wanted != sample.outputs(there):
                yield f"{size} bytes: status {outcome.status}, {outcome.err!r}"
            left = set(os.listdir(there)) - {*expected.OUTPUTS, expected.CACHE}
            if left:
                yield f"{size} bytes: left behind: {left}"
            if outcome.status and b"No space left on device" not in outcome.err:
                yield f"{size} bytes: {outcome.err!r}"
            full += outcome.status == 1
            fitted += outcome.status == 0
            tree.remove(result)
        if not full or not fitted:
            yield f"{full} times too small, {fitted} times large enough"


def cases(_):
    """All of them."""
    yield killed(signal.SIGKILL, False)
    yield killed(signal.SIGTERM, True)
    yield Check("on file systems of many sizes, most of them too small", small)
