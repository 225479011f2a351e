//! Computing with the interpreter released, on the threads of this process, until it is done or Ctrl-C is pressed.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use rayon::Yield;
use spurious::Monitor;

use crate::pool::pool;

/// From one look at signals and progress to the next.
const TICK: Duration = Duration::from_millis(50);

/// What the work and the thread of Python that waits for it tell each other.
#[derive(Debug, Default)]
struct Watch {
    cancelled: AtomicBool,
    /// When no more is to be tried than has to be.
    deadline: Option<Instant>,
    /// The number of the stage at work, its name, and its units.
    stage: Mutex<(u64, String, Option<u64>)>,
    /// Units done of this stage.
    done: AtomicU64,
}

impl Monitor for Watch {
    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    fn is_out_of_time(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    fn begin(&self, stage: &str, total: Option<u64>) {
        let mut current = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        *current = (current.0 + 1, stage.to_owned(), total);
        self.done.store(0, Ordering::Relaxed);
    }

    fn advance(&self, units: u64) {
        self.done.fetch_add(units, Ordering::Relaxed);
    }
}

/// Passes progress on to an object of Python with `begin(stage, total)` and `advance(units)`.
struct Report {
    to: Py<PyAny>,
    stage: u64,
    done: u64,
}

impl Report {
    fn pass_on(&mut self, py: Python<'_>, watch: &Watch) -> PyResult<()> {
        let (number, stage, total) = watch.stage.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if number != self.stage {
            (self.stage, self.done) = (number, 0);
            self.to.call_method1(py, "begin", (stage, total))?;
        }
        let done = watch.done.load(Ordering::Relaxed);
        if done > self.done {
            self.to.call_method1(py, "advance", (done - self.done,))?;
            self.done = done;
        }
        Ok(())
    }
}

/// The result of `work`, which is done by the threads of this process while other threads of Python run.
///
/// # Errors
/// What a handler of signals raises, `KeyboardInterrupt` as a rule, or what `progress` does. The work is then cancelled.
pub(crate) fn compute<T: Send>(
    py: Python<'_>,
    progress: Option<Py<PyAny>>,
    time_limit: Option<Duration>,
    work: impl FnOnce(&dyn Monitor) -> T + Send,
) -> PyResult<T> {
    let nobody_asks = |_: Python<'_>, never: Infallible| match never {};
    compute_asking(py, progress, time_limit, nobody_asks, |monitor, _: &Ask<Infallible, ()>| work(monitor))
}

/// What the work tells the thread of Python that waits for it.
enum Told<T, Q, A> {
    /// Its result.
    Done(T),
    /// A question, and where the answer is to go.
    Asked(Q, Sender<A>),
}

/// Asks the thread of Python that waits, and waits for its answer. There is none when that thread has raised an exception.
pub(crate) type Ask<'a, Q, A> = dyn Fn(Q) -> Option<A> + Send + Sync + 'a;

/// The answer, when it has come. Meanwhile this thread does what other work there is for the pool, which may have no other thread.
fn waited_for<A>(answer: &Receiver<A>) -> Option<A> {
    loop {
        match answer.recv_timeout(Duration::from_millis(1)) {
            Ok(answer) => return Some(answer),
            Err(RecvTimeoutError::Disconnected) => return None,
            Err(RecvTimeoutError::Timeout) => while rayon::yield_now() == Some(Yield::Executed) {},
        }
    }
}

/// The same for work that asks questions, which are answered by the thread of Python that waits for it: there signals interrupt.
///
/// # Errors
/// As [`compute`]; or what `answer` raises.
pub(crate) fn compute_asking<T: Send, Q: Send, A: Send>(
    py: Python<'_>,
    progress: Option<Py<PyAny>>,
    time_limit: Option<Duration>,
    mut answer: impl FnMut(Python<'_>, Q) -> PyResult<A> + Send,
    work: impl FnOnce(&dyn Monitor, &Ask<'_, Q, A>) -> T + Send,
) -> PyResult<T> {
    let pool = pool(py)?;
    let watch = Watch {
        deadline: time_limit.and_then(|limit| Instant::now().checked_add(limit)),
        ..Watch::default()
    };
    let mut report = progress.map(|to| Report { to, stage: 0, done: 0 });
    let (done, raised) = py.detach(|| {
        let watch = &watch;
        pool.in_place_scope(|scope| {
            let (sender, receiver) = channel();
            scope.spawn(move |_| {
                let ask = |question| {
                    let (to, answer) = channel();
                    sender.send(Told::Asked(question, to)).ok().and_then(|()| waited_for(&answer))
                };
                let done = work(watch, &ask);
                // There is a receiver until this was sent.
                let _ = sender.send(Told::Done(done));
            });
            let mut raised = None;
            loop {
                let asked = match receiver.recv_timeout(TICK) {
                    Ok(Told::Done(done)) => return (Some(done), raised),
                    // The work panicked: the scope passes that on.
                    Err(RecvTimeoutError::Disconnected) => return (None, raised),
                    Ok(Told::Asked(question, to)) => Some((question, to)),
                    Err(RecvTimeoutError::Timeout) => None,
                };
                if raised.is_some() {
                    continue;
                }
                raised = Python::attach(|py| {
                    py.check_signals()?;
                    report.as_mut().map_or(Ok(()), |report| report.pass_on(py, watch))?;
                    if let Some((question, to)) = asked {
                        // The work waits.
                        let _ = to.send(answer(py, question)?);
                    }
                    Ok(())
                })
                .err();
                if raised.is_some() {
                    watch.cancelled.store(true, Ordering::Relaxed);
                }
            }
        })
    });
    match (done, raised) {
        (_, Some(raised)) => Err(raised),
        (Some(done), None) => Ok(done),
        (None, None) => unreachable!("a panic was passed on"),
    }
}
