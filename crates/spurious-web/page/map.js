/**
 * The landscape in angle and signal: shading, level of the saddles, critical points, the boundary of the basins, paths, and the
 * start as a handle for mouse, touch and keyboard.
 */

import { FATES, css, viridis } from './colours.js';
import { oncePerFrame, setAttributes, svg, whenResized } from './dom.js';
import { decimals, degrees, rounded } from './format.js';
import { levelPieces, paintLevels } from './raster.js';
import { linearTicks, scale } from './scale.js';

const MARGIN = { left: 52, right: 14, top: 20, bottom: 44 };
/** Room for the colour bar, on a map that is wide enough. */
const BAR = { room: 66, width: 12, least: 560 };
const BAR_TICKS = [0.01, 0.03, 0.1, 0.3];
/** Steps of the arrow keys, and by how much they grow with Shift. */
const KEY_STEP = { angle: Math.PI / 180, signal: 0.01 };
const KEY_LEAP = 10;
/** Decimals of a start, which the commands that are copied have, too. */
const PLACES = 4;
/** Levels of the loss, twenty in each decade, from 0.01 to 0.7. */
const LEVELS = Array.from({ length: 38 }, (_, i) => 10 ** (i / 20 - 2));

/** From this width on the losses are written on the map, too. */
const ROOMY = 420;

const NAMES = {
  global_minimum: { text: 'teacher', shape: 'circle', anchor: 'start', shift: [10, 4] },
  saddle: { text: 'saddles', shape: 'diamond', anchor: 'end', shift: [-11, -10] },
  spurious_minimum: { text: 'spurious minimum', shape: 'circle', anchor: 'end', shift: [-11, 16] },
  degenerate_saddle: { text: 'antipodal point', shape: 'diamond', anchor: 'end', shift: [-11, 16] },
  strict_saddle: { text: 'antipodal point', shape: 'diamond', anchor: 'end', shift: [-11, 16] },
};

/** Heights, as shares of the map, at which the sides of the boundary may be named. */
const SIDES = [0.93, 0.06, 0.8, 0.2];

let maps = 0;

/** A map in `host`. `onMove(angle, signal)` is called while the start is moved, `onDrop()` when it is let go. */
export function createMap(host, { onMove, onDrop, description }) {
  maps += 1;
  const ids = { clip: `map-clip-${maps}`, hint: `map-hint-${maps}` };
  const canvas = document.createElement('canvas');
  canvas.setAttribute('aria-hidden', 'true');
  const rain = document.createElement('canvas');
  rain.setAttribute('aria-hidden', 'true');
  rain.className = 'rain';

  const clip = svg('rect');
  const layers = Object.fromEntries(
    ['axes', 'level', 'boundary', 'paths', 'points', 'words'].map((name) => [name, svg('g', { class: `map-${name}` })]),
  );
  const clipped = svg('g', { 'clip-path': `url(#${ids.clip})` }, layers.level, layers.boundary, layers.paths);
  const ring = svg('circle', { r: 9, class: 'handle-ring' });
  const dot = svg('circle', { r: 5.5, class: 'handle-dot' });
  const handle = svg(
    'g',
    {
      class: 'handle',
      role: 'slider',
      tabindex: 0,
      'aria-label': 'Start of the run',
      'aria-valuemin': 0,
      'aria-valuemax': 180,
      'aria-describedby': ids.hint,
    },
    svg('circle', { r: 22, class: 'handle-reach' }),
    ring,
    dot,
  );
  const picture = svg(
    'svg',
    { class: 'figure map-figure', role: 'group', 'aria-label': description },
    svg('defs', {}, svg('clipPath', { id: ids.clip }, clip)),
    layers.axes,
    clipped,
    layers.points,
    layers.words,
    handle,
  );
  const hint = document.createElement('p');
  hint.id = ids.hint;
  hint.className = 'hint';
  hint.textContent = 'Drag the start, or click where it should be. Arrow keys move it, with Shift ten times as far.';
  const frame = document.createElement('div');
  frame.className = 'map';
  frame.append(canvas, rain, picture);
  host.append(frame, hint);

  let [width, height] = [0, 0];
  let area = { left: 0, right: 0, top: 0, bottom: 0 };
  let [x, y] = [scale(0, 1, 0, 1), scale(0, 1, 1, 0)];
  const shown = { surface: null, boundary: null, paths: [], dots: [], start: null };

  function layOut() {
    const bar = width >= BAR.least ? BAR.room : 0;
    area = {
      left: MARGIN.left,
      right: width - MARGIN.right - bar,
      top: MARGIN.top,
      bottom: height - MARGIN.bottom,
    };
    const { surface } = shown;
    if (surface === null || area.right <= area.left) return;
    x = scale(0, Math.PI, area.left, area.right);
    y = scale(surface.lowest, surface.highest, area.bottom, area.top);
    setAttributes(picture, { viewBox: `0 0 ${width} ${height}`, width, height });
    setAttributes(clip, {
      x: area.left,
      y: area.top,
      width: area.right - area.left,
      height: area.bottom - area.top,
    });
    const dense = Math.min(2, window.devicePixelRatio || 1);
    for (const layer of [canvas, rain]) {
      layer.style.left = `${area.left}px`;
      layer.style.top = `${area.top}px`;
      layer.style.width = `${area.right - area.left}px`;
      layer.style.height = `${area.bottom - area.top}px`;
      layer.width = Math.round((area.right - area.left) * dense);
      layer.height = Math.round((area.bottom - area.top) * dense);
    }
  }

  function drawAxes() {
    const { left, right, top, bottom } = area;
    const parts = [
      svg('rect', { class: 'frame', x: left, y: top, width: right - left, height: bottom - top }),
      svg(
        'text',
        { class: 'axis-label', x: (left + right) / 2, y: bottom + 36, 'text-anchor': 'middle' },
        'angle ',
        svg('tspan', { class: 'symbol' }, 'φ'),
        right - left < 380 ? ' to the teacher' : ' between the filters of student and teacher',
      ),
      svg(
        'text',
        {
          class: 'axis-label',
          transform: `translate(14 ${(top + bottom) / 2}) rotate(-90)`,
          'text-anchor': 'middle',
        },
        'signal ',
        svg('tspan', { class: 'symbol' }, 'q'),
        '/‖',
        svg('tspan', { class: 'symbol' }, 'b'),
        '‖²',
      ),
    ];
    for (const tick of [0, 45, 90, 135, 180]) {
      const at = x.at((tick * Math.PI) / 180);
      parts.push(
        svg('line', { class: 'tick', x1: at, x2: at, y1: bottom, y2: bottom + 4 }),
        svg('text', { class: 'tick-label', x: at, y: bottom + 17, 'text-anchor': 'middle' }, `${tick}°`),
      );
    }
    for (const tick of linearTicks(y.low, y.high, 5)) {
      const at = y.at(tick);
      parts.push(
        svg('line', { class: 'tick', x1: left - 4, x2: left, y1: at, y2: at }),
        svg('text', { class: 'tick-label', x: left - 8, y: at + 4, 'text-anchor': 'end' }, decimals(tick, 1)),
      );
    }
    if (width >= BAR.least) parts.push(...colourBar());
    layers.axes.replaceChildren(...parts);
  }

  function colourBar() {
    const { right, top, bottom } = area;
    const levels = scale(LEVELS[0], LEVELS[LEVELS.length - 1], bottom, top, true);
    const left = right + 14;
    const parts = LEVELS.slice(1).map((level, i) =>
      svg('rect', {
        x: left,
        y: levels.at(level),
        width: BAR.width,
        height: levels.at(LEVELS[i]) - levels.at(level) + 0.3,
        fill: css(viridis((i + 1) / LEVELS.length)),
      }),
    );
    for (const tick of BAR_TICKS) {
      const label = { class: 'tick-label', x: left + BAR.width + 5, y: levels.at(tick) + 4 };
      parts.push(svg('text', label, String(tick)));
    }
    parts.push(
      svg('text', { class: 'tick-label', x: left + BAR.width + 34, y: top - 8, 'text-anchor': 'end' }, 'smallest loss'),
    );
    return parts;
  }

  function drawSurface() {
    const { surface } = shown;
    paintLevels(canvas, surface, LEVELS);
    layers.level.replaceChildren();
    if (surface.saddleLoss !== null) {
      const place = ([column, row]) => {
        const left = area.left + (column / (surface.columns - 1)) * (area.right - area.left);
        const top = area.bottom - (row / (surface.rows - 1)) * (area.bottom - area.top);
        return `${left.toFixed(1)} ${top.toFixed(1)}`;
      };
      const pieces = levelPieces(surface, surface.saddleLoss);
      const path = pieces.map(([from, to]) => `M${place(from)}L${place(to)}`).join('');
      layers.level.append(svg('path', { class: 'saddle-level', d: path }));
    }
    layers.points.replaceChildren(...surface.points.flatMap(markOf));
    if (surface.barrier !== null && width >= ROOMY) {
      const label = { class: 'mark-label', x: area.right - 11, y: y.at(0) - 8, 'text-anchor': 'end' };
      layers.points.append(svg('text', label, `barrier ${decimals(surface.barrier, 4)}`));
    }
  }

  function markOf(point) {
    const name = NAMES[point.kind];
    const at = [x.at(point.angle), y.at(point.signal)];
    const mark =
      name.shape === 'circle'
        ? svg('circle', { class: 'mark', cx: at[0], cy: at[1], r: 4.5 })
        : svg('path', { class: 'mark', d: `M${at[0]} ${at[1] - 6}l6 6l-6 6l-6 -6z` });
    const text = width >= ROOMY ? `${name.text}, loss ${decimals(point.loss, 4)}` : name.text;
    const label = svg(
      'text',
      { class: 'mark-label', x: at[0] + name.shift[0], y: at[1] + name.shift[1], 'text-anchor': name.anchor },
      point.loss === 0 ? `${name.text}, loss 0` : text,
    );
    return [mark, label];
  }

  function lineOf(angles, signals) {
    let path = '';
    for (let i = 0; i < angles.length; i += 1) {
      path += `${i === 0 ? 'M' : 'L'}${x.at(angles[i]).toFixed(1)} ${y.at(signals[i]).toFixed(1)}`;
    }
    return path;
  }

  function drawBoundary() {
    const { boundary } = shown;
    layers.boundary.replaceChildren();
    layers.words.replaceChildren();
    if (boundary === null || boundary.angles.length < 2) return;
    const path = lineOf(boundary.angles, boundary.signals);
    layers.boundary.append(
      svg('path', { class: 'boundary-case', d: path }),
      svg('path', { class: 'boundary', d: path }),
    );
    // Which side is which is said where there is room on both sides.
    const at = SIDES.map((share) => area.bottom - share * (area.bottom - area.top)).map((top) => {
      const q = y.value(top);
      const i = boundary.signals.findIndex((signal, j) => j > 0 && (boundary.signals[j - 1] - q) * (signal - q) <= 0);
      return i < 0 ? null : [x.at(boundary.angles[i]), top];
    });
    const place = at.find((spot) => spot !== null && spot[0] - area.left > 92 && area.right - spot[0] > 82);
    if (place === undefined) return;
    const words = (left, anchor, text) =>
      svg('text', { class: 'mark-label', x: left, y: place[1] + 4, 'text-anchor': anchor }, text);
    layers.words.append(words(place[0] - 10, 'end', '← recovers'), words(place[0] + 10, 'start', 'trapped →'));
  }

  function drawPaths() {
    const drawn = [];
    for (const { angles, signals, colour } of shown.paths) {
      if (angles.length === 0) continue;
      const path = lineOf(angles, signals);
      const last = angles.length - 1;
      drawn.push(
        svg('path', { class: 'path-case', d: path }),
        svg('path', { class: 'path', d: path, stroke: colour }),
        svg('circle', {
          class: 'path-end',
          cx: x.at(angles[last]),
          cy: y.at(signals[last]),
          r: 4,
          fill: colour,
        }),
      );
    }
    layers.paths.replaceChildren(...drawn);
  }

  function drawRain() {
    rain.hidden = shown.dots.length === 0;
    const context = rain.getContext('2d');
    context.clearRect(0, 0, rain.width, rain.height);
    const dense = rain.width / Math.max(1, area.right - area.left);
    for (const { angles, signals, fates } of shown.dots) {
      for (let i = 0; i < angles.length; i += 1) {
        const [left, top] = [(x.at(angles[i]) - area.left) * dense, (y.at(signals[i]) - area.top) * dense];
        context.fillStyle = FATES[fates[i]];
        context.strokeStyle = '#111';
        context.lineWidth = 0.6 * dense;
        context.beginPath();
        context.arc(left, top, 2.1 * dense, 0, 2 * Math.PI);
        context.fill();
        context.stroke();
      }
    }
  }

  function drawHandle() {
    const { start } = shown;
    if (start === null) return;
    const [angle, signal] = [Math.min(Math.PI, Math.max(0, start.angle)), start.signal];
    const inside = Math.min(y.high, Math.max(y.low, signal));
    setAttributes(handle, {
      transform: `translate(${x.at(angle).toFixed(2)} ${y.at(inside).toFixed(2)})`,
      'aria-valuenow': ((angle * 180) / Math.PI).toFixed(1),
      'aria-valuetext': `angle ${degrees(angle)}, signal ${decimals(signal, 3)}`,
    });
    dot.style.fill = start.colour;
  }

  function drawAll() {
    if (shown.surface === null || width === 0) return;
    layOut();
    drawAxes();
    drawSurface();
    drawBoundary();
    drawPaths();
    drawRain();
    drawHandle();
  }

  function moveTo(angle, signal) {
    onMove(
      rounded(Math.min(Math.PI, Math.max(0, angle)), PLACES),
      rounded(Math.min(y.high, Math.max(y.low, signal)), PLACES),
    );
  }

  function moveToPointer(event) {
    const box = picture.getBoundingClientRect();
    const factor = width / box.width;
    moveTo(x.value((event.clientX - box.left) * factor), y.value((event.clientY - box.top) * factor));
  }

  function isInside(event) {
    const box = picture.getBoundingClientRect();
    const [left, top] = [event.clientX - box.left, event.clientY - box.top];
    return left >= area.left && left <= area.right && top >= area.top && top <= area.bottom;
  }

  let dragged = null;
  picture.addEventListener('pointerdown', (event) => {
    const onHandle = handle.contains(event.target);
    // A finger beside the handle scrolls the page; a tap is a click.
    if (event.button !== 0 || (!onHandle && (event.pointerType === 'touch' || !isInside(event)))) return;
    dragged = event.pointerId;
    picture.setPointerCapture(dragged);
    handle.focus({ preventScroll: true });
    event.preventDefault();
    if (!onHandle) moveToPointer(event);
  });
  picture.addEventListener('pointermove', (event) => {
    if (event.pointerId === dragged) moveToPointer(event);
  });
  for (const name of ['pointerup', 'pointercancel', 'lostpointercapture']) {
    picture.addEventListener(name, (event) => {
      if (event.pointerId !== dragged) return;
      dragged = null;
      onDrop();
    });
  }
  picture.addEventListener('click', (event) => {
    if (event.pointerType !== 'touch' || handle.contains(event.target) || !isInside(event)) return;
    moveToPointer(event);
    onDrop();
  });
  handle.addEventListener('keydown', (event) => {
    const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const direction = directions[event.key];
    if (direction === undefined || shown.start === null || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const factor = event.shiftKey ? KEY_LEAP : 1;
    moveTo(
      shown.start.angle + direction[0] * factor * KEY_STEP.angle,
      shown.start.signal + direction[1] * factor * KEY_STEP.signal,
    );
  });
  handle.addEventListener('keyup', (event) => {
    if (event.key.startsWith('Arrow')) onDrop();
  });

  const redraw = oncePerFrame(drawAll);
  whenResized(frame, (size) => {
    [width, height] = size;
    redraw();
  });

  return {
    picture,
    /** What lies below the picture. */
    canvases: [canvas, rain],
    showSurface(surface) {
      const before = shown.surface;
      shown.surface = surface;
      if (before === null || before.lowest !== surface.lowest || before.highest !== surface.highest) drawAll();
      else if (width > 0) drawSurface();
    },
    showBoundary(boundary) {
      shown.boundary = boundary;
      if (width > 0) drawBoundary();
    },
    showPaths(paths) {
      shown.paths = paths;
      if (width > 0) drawPaths();
    },
    showDots(dots) {
      shown.dots = dots;
      if (width > 0) drawRain();
    },
    showStart(start) {
      shown.start = start;
      if (width > 0) drawHandle();
    },
  };
}
