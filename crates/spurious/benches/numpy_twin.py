"""The same experiment in NumPy, vectorised over trials, iterated to a tolerance as one would without an exact test.

Prints decided trials per second on one core, for the comparison in docs/design.md:

    python crates/spurious/benches/numpy_twin.py
"""

import time

import numpy as np

PATCH_DIM, PATCHES, SUM_RATIO, STEP_SIZE = 5, 25, 4.0, 0.1
TRIALS, TOLERANCE = 4000, 1e-2  # a trial is over when its angle is this close to 0 or π

rng = np.random.default_rng(1)
begin = time.perf_counter()
rate = STEP_SIZE / (2 * np.pi)
total = np.sqrt(SUM_RATIO)
b = total / PATCHES + np.sqrt((1 - SUM_RATIO / PATCHES) * 2 / PATCHES) * np.cos(
    np.pi * (np.arange(PATCHES) + 0.5) / PATCHES
)
v = rng.standard_normal((TRIALS, PATCH_DIM))
v /= np.linalg.norm(v, axis=1, keepdims=True)
a = rng.standard_normal((TRIALS, PATCHES))
a *= total / np.sqrt(PATCHES) * (rng.random((TRIALS, 1)) ** (1 / PATCHES)) / np.linalg.norm(a, axis=1, keepdims=True)
x, y = v[:, 0].copy(), np.linalg.norm(v[:, 1:], axis=1)
s, q = a.sum(axis=1), a @ b
recovered = trapped = steps = updates = 0
while len(x):
    length = np.hypot(x, y)
    supplement = np.arctan2(y, -x)
    done = (supplement < TOLERANCE) | (supplement > np.pi - TOLERANCE)
    if done.any():
        recovered += int((supplement[done] > 1).sum())
        trapped += int((supplement[done] < 1).sum())
        x, y, s, q, length, supplement = (z[~done] for z in (x, y, s, q, length, supplement))
    excess = supplement * x / length + y / length - 1
    swing = rate * supplement * q * y / length**2
    x, y = x + swing * y / length, np.abs(y - swing * x / length)
    s, q = (
        s - rate * ((PATCHES + np.pi - 1) * s - total * (PATCHES + excess)),
        q - rate * ((np.pi - 1) * q - excess - total * (total - s)),
    )
    steps += 1
    updates += len(x)
seconds = time.perf_counter() - begin
print(f"{TRIALS / seconds:.0f} decided trials/s, {updates / seconds / 1e6:.0f} M trial-steps/s, {steps} steps, "
      f"{updates / TRIALS:.0f} in the mean, share recovered {recovered / TRIALS:.4f}")
