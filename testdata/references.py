"""Computes the reference values that come from mpmath, with 50 digits, and writes the TOML files.

    pip install mpmath && python3 references.py

Nothing here follows the algorithms of the library: every formula is the textbook's, and the digits come from the
precision. Inputs are doubles, read by mpmath with their exact value.
"""

import math
import random
from pathlib import Path

from mpmath import asin, betainc, cos, findroot, log, mp, mpf, nstr, odefun, pi, quad, sin, sqrt, tan, tanh

mp.dps = 50
HERE = Path(__file__).parent


def digits(x, n=25):
    return nstr(mpf(x), n, min_fixed=0, max_fixed=0, strip_zeros=False) if x else "0.0"


def write(name, head, table, rows):
    """`rows` are dictionaries; floats are inputs (17 digits), strings are written as they are."""
    text = "".join(f"# {line}\n" for line in head)
    for row in rows:
        text += f"\n[[{table}]]\n" if isinstance(table, str) else ""
        for key, value in row.items():
            text += f"{key} = {value!r}\n" if not isinstance(value, str) else f"{key} = {value}\n"
    (HERE / name).write_text(text)
    return text


def kernel(psi):
    psi = mpf(psi)
    return sin(psi) - psi * cos(psi)


def make_kernel():
    rng = random.Random(1)
    psis = [10.0**e for e in (-100, -50, -20, -10, -8, -5, -3, -2, -1)]
    psis += [math.nextafter(1.0, 0.0), 1.0, math.nextafter(1.0, 2.0), 0.9, 0.99, 1.01, 1.1, 1.25]
    psis += [math.pi / 4, math.pi / 2, 3 * math.pi / 4, 2.0287578381104345, math.nextafter(math.pi, 0.0), math.pi]
    psis += [math.pi - 10.0**e for e in (-12, -9, -6, -3, -1)]
    psis += [rng.uniform(0.0, math.pi) for _ in range(60)] + [10 ** rng.uniform(-30, 0) for _ in range(40)]
    rows = []
    for psi in sorted(psis):
        x = mpf(psi)
        with_extra = mp.dps
        mp.dps = 400  # sin − ψ cos cancels two thirds of 300 digits at 1e-100
        g = sin(x) - x * cos(x)
        slope, curvature = x * sin(x), sin(x) + x * cos(x)
        mp.dps = with_extra
        rows.append(dict(supplement=psi, kernel=digits(g), slope=digits(slope), curvature=digits(curvature)))
    inverse = []
    values = [10.0**e for e in (-290, -100, -30, -15, -6, -3, -1)] + [0.5, 1.0, 1.4999, 1.5001, 2.0, 2.5, 3.0, 3.1, 3.14]
    values += [rng.uniform(0.0, 3.141) for _ in range(30)]
    for g in sorted(values):
        mp.dps = 700
        target = mpf(g)
        # Newton on a rising function, from a start on the convex side
        x = (3 * target) ** (mpf(1) / 3) if g < 1 else mpf(1.9)
        for _ in range(40):
            step = (sin(x) - x * cos(x) - target) / (x * sin(x))
            x -= step
            if abs(step) < x * mpf(10) ** -45:
                break
        mp.dps = 50
        inverse.append(dict(kernel=g, supplement=digits(x)))
    text = write("kernel.toml", ["g = sin ψ − ψ cos ψ, dg/dψ = ψ sin ψ, d²g/dψ² = sin ψ + ψ cos ψ, and the inverse of g.",
                                 "Source: mpmath, up to 700 digits, by references.py."], "kernel", rows)
    for row in inverse:
        text += "\n[[inverse]]\n" + "".join(f"{k} = {v}\n" for k, v in row.items())
    (HERE / "kernel.toml").write_text(text)


def angle_below(p, z):
    """P(angle < φ), cos φ = tanh z, in p dimensions; two roads that must meet."""
    c = tanh(mpf(z))
    a = mpf(p - 1) / 2
    scale = 1 / sqrt(mpf(p))
    points = [mpf(0)]
    for multiple in (1, 2, 3, 4, 6, 8, 12, 16, 24):
        if 0 < multiple * scale < pi / 2:
            points.append(multiple * scale)

    def mass(end):
        inner = [x for x in points if x < end] + [end]
        return quad(lambda t: cos(t) ** (p - 2), inner)

    u = asin(abs(c))
    total = mass(pi / 2)
    half = mass(u) / total / 2
    value = mpf(1) / 2 - (half if c > 0 else -half)
    if p <= 100:
        tail = betainc(a, mpf(1) / 2, 0, 1 - c * c, regularized=True) / 2
        other = tail if c > 0 else 1 - tail
        assert abs(other - value) < mpf(10) ** -25, (p, z)
    return value


def make_angle():
    rows = []
    for p in (2, 3, 4, 5, 6, 25, 100, 10_000, 1_000_000):
        for z in (-20.0, -3.0, -0.5, -1e-9, 0.25, 1.5, 8.0):
            rows.append(dict(patch_dim=p, log_tan=z, probability=digits(angle_below(p, z))))
        for t in (-6.0, -2.0, -0.3, 0.01, 1.0, 3.0):
            z = t / math.sqrt(p)
            rows.append(dict(patch_dim=p, log_tan=z, probability=digits(angle_below(p, z))))
    write("angle.toml", ["Probability that a random direction in ℝᵖ makes an angle below φ with a fixed one, cos φ = tanh z.",
                         "Source: mpmath quadrature of cos^(p−2), and for p ≤ 100 its incomplete beta function, by references.py."],
          "angle", rows)


def make_criticality():
    rng = random.Random(2)
    rows = []
    for k in (1, 2, 3, 25, 49, 100, 12345, 10**6, 10**9):
        critical = float(1 + (mpf(k) - 1) / pi)
        ratios = [critical, math.nextafter(critical, 0), math.nextafter(critical, math.inf), critical * (1 - 1e-12)]
        ratios += [critical * rng.random() for _ in range(4)] + [1e-3, 0.0, float(k)]
        for rho in ratios:
            if (k == 1 and rho != 1.0) or rho > k:
                continue
            gap = 1 - pi * mpf(rho) / (k + pi - 1)
            rows.append(dict(patches=k, sum_ratio=rho, gap=digits(gap)))
    write("criticality.toml", ["1 − x_c = 1 − πρ/(k + π − 1), also where x_c is next to 1.",
                               "Source: mpmath with 50 digits, by references.py."], "criticality", rows)


def limit_angle(x_c, beta):
    """The stable manifold of the saddle of the planar limit flow, followed backwards (where it attracts) from 1e-14
    beside the saddle to q = x_c/π, as angle φ. Taylor integration."""
    x_c, beta = mpf(x_c), mpf(beta)

    def g(phi):
        return (pi - phi) * cos(phi) + sin(phi)

    def field(phi, q):
        return (-(beta**2) * (pi - phi) * q * sin(phi), -(pi - 1) * q + (g(phi) - 1) + x_c / pi * (pi - g(phi)))

    g_x = pi * (1 - x_c) / (pi - x_c)
    phi_x = findroot(lambda phi: g(phi) - g_x, mpf(2) if x_c < 0.9 else mpf(2.5))
    # Jacobian [[0, −β²ψ sin φ], [−(1 − x_c/π) ψ sin φ, −(π−1)]]; the stable eigenvalue μ = −Λ'
    turn, gain = beta**2 * (pi - phi_x) * sin(phi_x), (1 - x_c / pi) * (pi - phi_x) * sin(phi_x)
    rate = ((pi - 1) + sqrt((pi - 1) ** 2 + 4 * turn * gain)) / 2  # −μ
    direction = (turn / rate, mpf(1))  # (δφ, δq): μ δφ = −turn δq
    mp.dps = 30
    offset = mpf(10) ** -14
    state = [phi_x + offset * direction[0], offset * direction[1]]
    solution = odefun(lambda _, s: [-d for d in field(s[0], s[1])], 0, state, tol=mpf(10) ** -22)
    target = x_c / pi
    # q rises backwards in time from 1e-14; find the first crossing
    low = mpf(0)
    high = mpf(0)
    while solution(high)[1] < target:
        low = high
        high += mpf(1) / 2
    for _ in range(100):
        middle = (low + high) / 2
        if solution(middle)[1] < target:
            low = middle
        else:
            high = middle
        if high - low < mpf(10) ** -22:
            break
    phi = solution(high)[0]
    mp.dps = 50
    return phi


def log_tan(phi):
    return log(tan((pi - phi) / 2))


def make_limit():
    rows = []
    for x_c, beta in [(0.1, 1.0), (0.3, 1.0), (0.5, 1.0), (0.8, 1.0), (0.95, 1.0), (0.999, 1.0), (0.01, 1.0), (0.5, 0.25), (0.5, 3.0), (0.9, 2.0)]:
        phi = limit_angle(x_c, beta)
        # inputs are doubles; their decimal 0.1 is not exact, the difference is 1e-17
        rows.append(dict(criticality=x_c, scale_ratio=beta, angle=digits(phi, 18), probability_5=digits(angle_below(5, log_tan(phi)), 18)))
        print(rows[-1])
    write("limit.toml", ["Critical angle of the limit of infinitely many patches, and the probability in five dimensions below it.",
                         "Source: mpmath; the stable manifold of the saddle followed backwards by Taylor's method, by references.py."],
          "limit", rows)


if __name__ == "__main__":
    make_kernel()
    make_criticality()
    make_angle()
    make_limit()
