"""From how many patches on does the success probability depend on the criticality alone?

One call computes the map; the largest distance from the limit of many patches is printed for each number of patches.
"""

import numpy as np

import spurious


def main() -> None:
    patches = np.array([[9], [25], [100], [400]])
    sum_ratio = np.linspace(0.0, 8.0, 9)
    found = spurious.probability(patch_dim=5, patches=patches, sum_ratio=sum_ratio)
    assert isinstance(found, spurious.ProbabilityMap)
    distance = np.abs(found.probability - found.limit_probability).max(axis=1)
    for k, largest in zip(patches.ravel(), distance, strict=True):
        print(f"{k:4d} patches: at most {largest:.1e} from the limit")


if __name__ == "__main__":
    main()
