//! The threads of this process.
//!
//! A forked process has the memory of its parent but none of its threads: whoever waits for a pool of the parent waits for ever. So there
//! is one pool for each process, which is known by its number, and never the global pool of `rayon`.

use std::process;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::{PyResult, Python};
use rayon::{ThreadPool, ThreadPoolBuilder};

/// The pool, and the process whose threads it has.
static POOL: Mutex<Option<(u32, Arc<ThreadPool>)>> = Mutex::new(None);

/// The pool of this process, with a thread for each core, or as many as `RAYON_NUM_THREADS` says.
///
/// The interpreter is attached, so that no other thread of Python can fork while the lock is held.
pub(crate) fn pool(_: Python<'_>) -> PyResult<Arc<ThreadPool>> {
    let mut kept = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    let process = process::id();
    if let Some((owner, pool)) = &*kept
        && *owner == process
    {
        return Ok(Arc::clone(pool));
    }
    let pool = ThreadPoolBuilder::new()
        .thread_name(|number| format!("spurious-{number}"))
        .build()
        .map_err(|error| PyRuntimeError::new_err(format!("cannot start threads: {error}")))?;
    let pool = Arc::new(pool);
    // To end the threads of another process would mean to wait for them.
    std::mem::forget(kept.replace((process, Arc::clone(&pool))));
    Ok(pool)
}
