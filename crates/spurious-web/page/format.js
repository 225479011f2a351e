/** Numbers as texts: a minus that is one, and as many places as the reader needs. */

const withMinus = (text) => text.replace('-', '−');

/** A fixed number of decimals. */
export function decimals(value, places) {
  if (!Number.isFinite(value)) return '–';
  const text = value.toFixed(places);
  return withMinus(Number(text) === 0 ? text.replace('-', '') : text);
}

/** A few digits, without zeros at the end: `0.0468`, `12`, `3.1e−7`. */
export function digits(value, count = 4) {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e7) return withMinus(String(Number(value.toPrecision(count))));
  return withMinus(String(Number(value.toPrecision(count)).toExponential()).replace('e+', 'e'));
}

/** A whole number in groups of three. */
export function grouped(value) {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** An angle in degrees. */
export function degrees(radians, places = 1) {
  return `${decimals((radians * 180) / Math.PI, places)}°`;
}

/** `value` rounded to `places` decimals, the number that is then used everywhere. */
export function rounded(value, places) {
  const result = Number(value.toFixed(places));
  return result === 0 ? 0 : result;
}
