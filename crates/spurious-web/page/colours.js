/** The colours of the figures: those of the report, where a number becomes a colour in the same way in both themes. */

const VIRIDIS = [0x440154, 0x482878, 0x3e4989, 0x31688e, 0x26828e, 0x1f9e89, 0x35b779, 0x6ece58, 0xb5de2b, 0xfde725];

/** Red, green and blue of viridis at `t`, limited to 0 … 1; grey for NaN. */
export function viridis(t) {
  if (Number.isNaN(t)) return [0xb0, 0xb0, 0xb0];
  const position = Math.min(1, Math.max(0, t)) * (VIRIDIS.length - 1);
  const i = Math.min(VIRIDIS.length - 2, Math.floor(position));
  const share = position - i;
  return [16, 8, 0].map((shift) => {
    const from = (VIRIDIS[i] >> shift) & 255;
    const to = (VIRIDIS[i + 1] >> shift) & 255;
    return Math.round(from + share * (to - from));
  });
}

/** Colours of the two fates on the map: both are seen on every shade of it. */
export const FATES = { global: '#9ad6f7', spurious: '#ff8a3d', undecided: '#ffffff' };

/** Colours that are told apart on the map, one for each algorithm. */
export const BRIGHT = [
  '#2fe0e0',
  '#ff8a3d',
  '#ffe04a',
  '#6aa5ff',
  '#f79ad0',
  '#8cf09c',
  '#c9a8ff',
  '#ff6b6b',
  '#e8e8e8',
];

/** `rgb(…)` of three numbers. */
export function css([red, green, blue]) {
  return `rgb(${red},${green},${blue})`;
}

/** Whether dark letters are easier to read than white ones on a colour, by the contrast ratio of WCAG 2. */
export function wantsDarkText(colour) {
  const [red, green, blue] = colour.map((byte) => {
    const c = byte / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179;
}
