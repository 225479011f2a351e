"""Tasks on the workers of any executor: processes of this machine, a cluster, a batch system."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Any, Protocol, cast

from ._spurious import SpuriousError

#: How often a task is given to another worker, and how often in a row a broken executor is made anew without a result in between.
RETRIES = 3
#: Seconds from one look at what is done to the next: as long as nothing is done they grow to the second.
_TICKS = 0.001, 0.05


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


class Workers:
    """The workers of an executor, or of one that a function makes: when it is first needed, and again when it breaks.

    Used in ``with``, which closes an executor that was made.
    """

    def __init__(self, executor: Callable[[], Executor] | Executor) -> None:
        is_one = hasattr(executor, "submit") and not isinstance(executor, type)
        if not is_one and not callable(executor):
            raise SpuriousError(
                f"executor {executor!r} has no submit(fn, *args), and is no function that makes such a thing"
            )
        self._make = None if is_one else cast(Callable[[], Executor], executor)
        self._given = cast(Executor, executor) if is_one else None
        self._made = ExitStack()
        self._executor = self._given

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *raised: object) -> None:
        self._close()

    def _close(self) -> None:
        self._executor = self._given
        self._made.close()

    def _ready(self) -> Executor:
        if self._executor is None:
            assert self._make is not None
            self._executor = self._made.enter_context(_closing(self._make()))
        return self._executor

    def run(
        self,
        fn: Callable[..., Any],
        tasks: dict[str, tuple[Any, ...]],
        done: Callable[[str, Any], None],
        go_on: str,
        name: str = "shard",
        where: Callable[[str], str | None] = lambda task: None,
    ) -> None:
        """Calls ``done(shard, fn(*task, attempt))`` for the tasks of all shards, in the order in which they are finished.

        What a worker raises means that it was lost, and the task is given to another one; but a :class:`SpuriousError` is passed on. ``go_on``
        is the end of the sentence when workers were lost too often. ``where`` is the address of the worker of Dask that had better do a task,
        if there is one.
        """
        left, failures = dict(tasks), Counter[str]()
        given_up: dict[str, Exception] = {}
        broken = 0

        def missing() -> str:
            return _listed(name, [task for task in tasks if task in left or task in given_up])

        while left:
            before = len(left)
            try:
                _round(self._ready(), fn, left, failures, given_up, done, where)
            except BrokenExecutor as error:
                self._close()
                broken = broken + 1 if len(left) == before else 1
                if self._make is None or broken > RETRIES:
                    anew = "" if self._make else "; a function that makes the executor would have been called again"
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
    where: Callable[[str], str | None],
) -> None:
    """Submits all tasks that are left, and waits until each is done or given up, or the executor is broken."""
    broken: BrokenExecutor | None = None

    def submitted(name: str) -> Future:
        # Dask takes calls with the same arguments for one: the attempt tells it that this one is to be done again.
        place = where(name) if hasattr(workers, "scheduler_info") else None
        wish: Any = {"workers": [place], "allow_other_workers": True} if place else {}
        return workers.submit(fn, *left[name], failures[name], **wish)

    # An executor of submitit makes one array of the jobs that are submitted in its batch.
    with getattr(workers, "batch", nullcontext)():
        futures = {name: submitted(name) for name in left}
    tick, longest = _TICKS
    try:
        while futures:
            ready = [name for name, future in futures.items() if getattr(future, "done", lambda: True)()]
            if ready:
                tick = _TICKS[0]
            else:
                time.sleep(tick)
                tick = min(1.5 * tick, longest)
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


def _listed(name: str, tasks: list[str]) -> str:
    """The first few shards of a list."""
    more = f" and {len(tasks) - 8} more" if len(tasks) > 8 else ""
    return f"{name}{'s' if len(tasks) > 1 else ''} {', '.join(tasks[:8])}{more}"
