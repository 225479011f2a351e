"""What does one shared filter know that a linear model of all numbers does not?

A teacher of one filter labels rows of 16 patches; both models see few of them. The filter has 5 + 16 numbers, the linear model 80.
"""

import numpy as np

import spurious


def main() -> None:
    data = spurious.generate(patch_dim=5, patches=16, sum_ratio=4, samples=2000, noise=0.1, seed=3)
    for samples in (60, 120, 240):
        found = spurious.fit(data.X[:samples], data.y[:samples], patch_len=5, folds=None, ridge=1e-4)
        columns = np.ones((len(data.y), 81))
        columns[:, :80] = data.X
        weights = np.linalg.lstsq(columns[:samples], data.y[:samples])[0]
        spread = data.y[samples:].var()
        filter_error = ((found.model.predict(data.X[samples:]) - data.y[samples:]) ** 2).mean()
        linear_error = ((columns[samples:] @ weights - data.y[samples:]) ** 2).mean()
        print(
            f"{samples:4d} samples: R² {1 - filter_error / spread:6.3f} of the filter, {1 - linear_error / spread:6.3f} of the linear model"
        )


if __name__ == "__main__":
    main()
