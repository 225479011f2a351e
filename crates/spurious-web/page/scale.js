/** Axes: numbers as places, and round numbers for ticks. */

/** A linear or logarithmic scale from `[low, high]` to `[from, to]` in pixels. */
export function scale(low, high, from, to, logarithmic = false) {
  const map = logarithmic ? Math.log : (x) => x;
  const back = logarithmic ? Math.exp : (x) => x;
  const [a, b] = [map(low), map(high)];
  const span = b - a || 1;
  return {
    low,
    high,
    logarithmic,
    at: (value) => from + ((map(value) - a) / span) * (to - from),
    value: (place) => back(a + ((place - from) / (to - from)) * span),
  };
}

/** Round numbers between the ends of a linear axis, about `count` of them. */
export function linearTicks(low, high, count = 5) {
  const rough = (high - low) / count;
  if (!(rough > 0) || !Number.isFinite(rough)) return [];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) * power;
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i += 1) ticks.push(i * step);
  return ticks.map((tick) => Number(tick.toPrecision(12)));
}

/** Powers of ten between the ends of a logarithmic axis, no more than `most`. */
export function logTicks(low, high, most = 6) {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const every = Math.max(1, Math.ceil((last - first + 1) / most));
  const ticks = [];
  for (let i = first; i <= last; i += every) ticks.push(10 ** i);
  return ticks;
}

const RAISED = { '-': '⁻', 0: '⁰', 1: '¹', 2: '²', 3: '³', 4: '⁴', 5: '⁵', 6: '⁶', 7: '⁷', 8: '⁸', 9: '⁹' };

/** A power of ten as figures write it: `0.01`, `100`, `10⁻⁸`. */
export function powerLabel(value) {
  const exponent = Math.round(Math.log10(value));
  if (exponent >= -2 && exponent <= 3) return String(Number((10 ** exponent).toPrecision(3)));
  return `10${[...String(exponent)].map((letter) => RAISED[letter]).join('')}`;
}
