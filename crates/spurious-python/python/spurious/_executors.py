"""Tasks on the workers of any executor: processes of this machine, a cluster, a batch system."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import BrokenExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol, cast

from ._spurious import SpuriousError

#: How often a task is given to another worker, and how often in a row a broken executor is made anew without a result in between.
RETRIES = 3
#: Seconds from one look at what is done to the next.
_TICK = 0.05


class Future(Protocol):
    """What ``submit`` returns. If it has ``done()`` and ``cancel()``, too, they are used."""

    def result(self) -> Any:
        """Waits for the result, or raises what the task raised."""
        ...


class Executor(Protocol):
    """Whatever calls functions elsewhere: executors of ``concurrent.futures`` and mpi4py, clients of Dask, executors of submitit."""

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future:
        """Has ``fn(*args)`` called by a worker."""
        ...


class WorkersLost(SpuriousError):
    """Workers were lost too often. The message says what they were to do, and how to go on."""


def run_tasks(
    executor: Callable[[], Executor] | Executor,
    fn: Callable[..., Any],
    tasks: dict[str, tuple[Any, ...]],
    done: Callable[[str, Any], None],
    go_on: str,
) -> None:
    """Calls ``done(shard, fn(*task, attempt))`` for the tasks of all shards, in the order in which they are finished.

    What a worker raises means that it was lost, and the task is given to another one; but a :class:`SpuriousError` is passed on. ``go_on`` is
    the end of the sentence when workers were lost too often.
    """
    is_one = hasattr(executor, "submit") and not isinstance(executor, type)
    if not is_one and not callable(executor):
        raise SpuriousError(
            f"executor {executor!r} has no submit(fn, *args), and is no function that makes such a thing"
        )
    make = None if is_one else cast(Callable[[], Executor], executor)
    left, failures = dict(tasks), Counter[str]()
    given_up: dict[str, Exception] = {}
    broken = 0

    def missing() -> str:
        return _shards(name for name in tasks if name in left or name in given_up)

    while left:
        before = len(left)
        try:
            with _closing(make()) if make else nullcontext(cast(Executor, executor)) as workers:
                _round(workers, fn, left, failures, given_up, done)
        except BrokenExecutor as error:
            broken = broken + 1 if len(left) == before else 1
            if make is None or broken > RETRIES:
                anew = "" if make else "; a function that makes the executor would have been called again"
                what = f"the executor broke ({error}) before {missing()} came back"
                raise WorkersLost(f"{what}; {go_on}{anew}") from error
    if given_up:
        last = next(reversed(given_up.values()))
        # Where the message holds a traceback, its last line has the reason.
        why = ": ".join([type(last).__name__, *str(last).strip().splitlines()[-1:]])
        raise WorkersLost(f"{missing()} failed {RETRIES + 1} times, at last with {why}; {go_on}") from last


def _round(
    workers: Executor,
    fn: Callable[..., Any],
    left: dict[str, tuple[Any, ...]],
    failures: Counter[str],
    given_up: dict[str, Exception],
    done: Callable[[str, Any], None],
) -> None:
    """Submits all tasks that are left, and waits until each is done or given up, or the executor is broken."""
    broken: BrokenExecutor | None = None

    def submitted(name: str) -> Future:
        # Dask takes calls with the same arguments for one: the attempt tells it that this one is to be done again.
        return workers.submit(fn, *left[name], failures[name])

    # An executor of submitit makes one array of the jobs that are submitted in its batch.
    with getattr(workers, "batch", nullcontext)():
        futures = {name: submitted(name) for name in left}
    try:
        while futures:
            ready = [name for name, future in futures.items() if getattr(future, "done", lambda: True)()]
            if not ready:
                time.sleep(_TICK)
            for name in ready:
                try:
                    result = futures.pop(name).result()
                except SpuriousError:
                    raise
                except BrokenExecutor as error:
                    broken = error
                except Exception as error:
                    failures[name] += 1
                    if failures[name] <= RETRIES:
                        futures[name] = submitted(name)
                    else:
                        given_up[name] = error
                        del left[name]
                else:
                    done(name, result)
                    del left[name]
    finally:
        for future in futures.values():
            getattr(future, "cancel", lambda: None)()
    if broken:
        raise broken


def _closing(made: Executor) -> AbstractContextManager[Executor]:
    """Closes what can be closed. A client of Dask is closed as well; its cluster stays, which ``shutdown`` would end."""
    return cast(AbstractContextManager[Executor], made) if hasattr(made, "__exit__") else nullcontext(made)


def _shards(names: Iterable[str]) -> str:
    """The first few shards of a list."""
    names = list(names)
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return f"shard{'s' if len(names) > 1 else ''} {', '.join(names[:8])}{more}"
