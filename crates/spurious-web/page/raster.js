/** The loss as shading: filled levels of a grid of values, each pixel interpolated, with hairlines between them. */

import { viridis } from './colours.js';

/** How much of a hairline is white. */
const HAIRLINE = 0.22;

/**
 * Paints a surface into all of a canvas. `surface` has `columns`, `rows` and the values `loss` `[rows, columns]`, the first row
 * at the bottom; `levels` rise, and every two neighbours share a colour.
 */
export function paintLevels(canvas, surface, levels) {
  const { columns, rows, loss } = surface;
  const { width, height } = canvas;
  if (width === 0 || height === 0) return;
  const context = canvas.getContext('2d', { alpha: false });
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const shades = Uint32Array.from({ length: levels.length + 1 }, (_, i) => {
    const [red, green, blue] = viridis(i / levels.length);
    return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
  });
  const lines = Uint32Array.from(shades, lighter);
  // Levels are even in the logarithm, so that a band is found without a search.
  const [first, last] = [Math.log(levels[0]), Math.log(levels[levels.length - 1])];
  const perLevel = (levels.length - 1) / (last - first);
  const heights = Float32Array.from(loss, (value) => (Math.log(Math.max(value, 1e-12)) - first) * perLevel + 1);
  const most = levels.length;
  let above = new Int16Array(width);
  let bands = new Int16Array(width);
  for (let y = 0; y < height; y += 1) {
    const v = ((height - 0.5 - y) / height) * (rows - 1);
    const row = Math.min(rows - 2, Math.max(0, Math.floor(v)));
    const t = v - row;
    const base = row * columns;
    for (let x = 0; x < width; x += 1) {
      const u = ((x + 0.5) / width) * (columns - 1);
      const column = Math.min(columns - 2, Math.floor(u));
      const s = u - column;
      const i = base + column;
      const low = heights[i] + s * (heights[i + 1] - heights[i]);
      const high = heights[i + columns] + s * (heights[i + columns + 1] - heights[i + columns]);
      const level = low + t * (high - low);
      const band = level <= 0 ? 0 : level >= most ? most : level | 0;
      bands[x] = band;
      const edge = (x > 0 && bands[x - 1] !== band) || (y > 0 && above[x] !== band);
      pixels[y * width + x] = edge ? lines[band] : shades[band];
    }
    [above, bands] = [bands, above];
  }
  context.putImageData(image, 0, 0);
}

function lighter(pixel) {
  const mix = (shift) => {
    const byte = (pixel >>> shift) & 255;
    return Math.round(byte + HAIRLINE * (255 - byte)) << shift;
  };
  return (0xff000000 | mix(16) | mix(8) | mix(0)) >>> 0;
}

/** The level line of a surface as pieces of two points, in units of the grid. */
export function levelPieces(surface, level) {
  const { columns, rows, loss } = surface;
  const pieces = [];
  for (let row = 0; row + 1 < rows; row += 1) {
    for (let column = 0; column + 1 < columns; column += 1) {
      const i = row * columns + column;
      const corners = [loss[i], loss[i + 1], loss[i + columns + 1], loss[i + columns]];
      const cuts = [];
      for (let side = 0; side < 4; side += 1) {
        const [from, to] = [corners[side] - level, corners[(side + 1) % 4] - level];
        if (from < 0 === to < 0) continue;
        const share = from / (from - to);
        cuts.push(
          [
            [column + share, row],
            [column + 1, row + share],
            [column + 1 - share, row + 1],
            [column, row + 1 - share],
          ][side],
        );
      }
      for (let cut = 0; cut + 1 < cuts.length; cut += 2) pieces.push([cuts[cut], cuts[cut + 1]]);
    }
  }
  return pieces;
}
