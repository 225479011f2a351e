/** Loss, angle and signal of a run over its steps: three panels with one axis below them. */

import { oncePerFrame, setAttributes, svg, whenResized } from './dom.js';
import { decimals } from './format.js';
import { linearTicks, logTicks, powerLabel, scale } from './scale.js';

const MARGIN = { left: 54, right: 12, top: 18, bottom: 42 };
const GAP = 27;
/** A loss that stays above this one is shown from here on. */
const LEAST_DECADE = 0.01;

/** The panels: what is drawn, between which values, and with which ticks. */
const PANELS = [
  { name: 'loss', label: 'loss/‖b‖²', logarithmic: true, range: lossRange },
  { name: 'angle', label: 'angle φ', range: () => [0, Math.PI], ticks: angleTicks },
  { name: 'signal', label: 'signal q/‖b‖²', range: signalRange },
];

function angleTicks() {
  return [0, 90, 180].map((tick) => [(tick * Math.PI) / 180, `${tick}°`]);
}

function extremes(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (Number.isFinite(value)) [low, high] = [Math.min(low, value), Math.max(high, value)];
  }
  return low <= high ? [low, high] : [0, 1];
}

/** Whole decades, so that the axis stands still while the start moves. */
function lossRange(values, logarithmic) {
  const [low, high] = extremes(values);
  if (!logarithmic) return [0, Math.max(0.5, Math.ceil(high * 4) / 4)];
  const bottom = low >= LEAST_DECADE ? LEAST_DECADE : 10 ** (4 * Math.floor(Math.log10(Math.max(1e-16, low)) / 4));
  return [bottom, Math.max(1, 10 ** Math.ceil(Math.log10(high)))];
}

function signalRange(values) {
  const [low, high] = extremes(values);
  return [Math.min(-0.5, Math.floor(low * 2) / 2), Math.max(1.1, Math.ceil(high * 2) / 2)];
}

/** Three panels in `host`. */
export function createCurves(host, { description }) {
  const frame = document.createElement('div');
  frame.className = 'curves';
  const picture = svg('svg', { class: 'figure', role: 'img', 'aria-label': description });
  frame.append(picture);
  host.append(frame);
  let [width, height] = [0, 0];
  let shown = null;

  function draw() {
    if (shown === null || width === 0) return;
    const { run, axes, trapLoss } = shown;
    const stepsAreLog = axes === 'log';
    setAttributes(picture, { viewBox: `0 0 ${width} ${height}`, width, height });
    const [left, right] = [MARGIN.left, width - MARGIN.right];
    const each = (height - MARGIN.top - MARGIN.bottom - GAP * (PANELS.length - 1)) / PANELS.length;
    if (each < 20 || right - left < 40) return;
    const last = Math.max(10, run.at[run.at.length - 1] ?? 10);
    const first = stepsAreLog ? Math.min(1, run.at.find((at) => at > 0) ?? 1) : 0;
    const x = scale(first, last, left, right, stepsAreLog);
    const place = (at) => Math.min(right, Math.max(left, x.at(stepsAreLog ? Math.max(at, first) : at)));
    const parts = [];
    PANELS.forEach((panel, index) => {
      const top = MARGIN.top + index * (each + GAP);
      const bottom = top + each;
      const values = run[panel.name];
      const logarithmic = panel.logarithmic === true && stepsAreLog;
      const [low, high] = panel.range(values, logarithmic);
      const y = scale(low, high, bottom, top, logarithmic);
      if (run.phaseOneEnd !== null) {
        const end = place(run.phaseOneEnd);
        parts.push(svg('rect', { class: 'phase', x: left, y: top, width: end - left, height: each }));
        if (panel.name === 'angle' && end - left > 50) {
          // Where the curve, which begins on the left, is not.
          const foot = values[0] > (low + high) / 2 ? bottom - 6 : top + 12;
          parts.push(svg('text', { class: 'inner-label', x: left + 5, y: foot }, 'phase I'));
        }
        if (panel.name === 'angle' && right - end > 54) {
          const label = { class: 'inner-label', x: right - 5, y: top + 12, 'text-anchor': 'end' };
          parts.push(svg('text', label, 'phase II'));
        }
      }
      if (panel.name === 'loss' && trapLoss !== null && trapLoss > low && trapLoss < high) {
        parts.push(svg('line', { class: 'rule', x1: left, x2: right, y1: y.at(trapLoss), y2: y.at(trapLoss) }));
      }
      if (panel.name === 'signal') {
        parts.push(
          svg('line', { class: 'rule', x1: left, x2: right, y1: y.at(1), y2: y.at(1) }),
          svg('line', { class: 'rule', x1: left, x2: right, y1: y.at(0), y2: y.at(0) }),
        );
      }
      const ticks = panel.ticks ? panel.ticks() : ticksOf(low, high, logarithmic);
      for (const [tick, text] of ticks) {
        parts.push(
          svg('line', { class: 'tick', x1: left - 4, x2: left, y1: y.at(tick), y2: y.at(tick) }),
          svg('text', { class: 'tick-label', x: left - 7, y: y.at(tick) + 4, 'text-anchor': 'end' }, text),
        );
      }
      parts.push(svg('path', { class: 'curve', d: curve(run.at, values, place, y, logarithmic) }));
      if (run.certainAt !== null) {
        const at = place(run.certainAt);
        parts.push(svg('line', { class: 'certain', x1: at, x2: at, y1: top, y2: bottom }));
        if (panel.name === 'signal') {
          const isLeft = right - at < 60;
          const label = { class: 'certain-label', x: at + (isLeft ? -4 : 4), y: bottom - 5 };
          parts.push(svg('text', { ...label, 'text-anchor': isLeft ? 'end' : 'start' }, 'verdict'));
        }
      }
      parts.push(
        svg('path', { class: 'axis', d: `M${left} ${top}V${bottom}H${right}` }),
        svg('text', { class: 'panel-label', x: left, y: top - 5 }, panel.label),
      );
    });
    const bottom = height - MARGIN.bottom;
    const steps = stepsAreLog ? logTicks(first, last, Math.max(3, (right - left) / 60)) : linearTicks(0, last, 3);
    for (const tick of steps) {
      const text = stepsAreLog ? powerLabel(tick) : tick.toLocaleString('en').replaceAll(',', '\u202f');
      parts.push(
        svg('line', { class: 'tick', x1: x.at(tick), x2: x.at(tick), y1: bottom, y2: bottom + 4 }),
        svg('text', { class: 'tick-label', x: x.at(tick), y: bottom + 17, 'text-anchor': 'middle' }, text),
      );
    }
    const label = { class: 'axis-label', x: (left + right) / 2, y: bottom + 35, 'text-anchor': 'middle' };
    parts.push(svg('text', label, run.isFlow ? 'time t' : 'step'));
    picture.replaceChildren(...parts);
  }

  const redraw = oncePerFrame(draw);
  whenResized(frame, (size) => {
    [width, height] = size;
    redraw();
  });

  return {
    picture,
    /** Shows a run: lists `at`, `loss`, `angle`, `signal`, and where phase I ended and the verdict was certain, or `null`. */
    show(run, axes, trapLoss) {
      shown = { run, axes, trapLoss };
      draw();
    },
  };
}

function ticksOf(low, high, logarithmic) {
  if (logarithmic) return logTicks(low, high, 4).map((tick) => [tick, powerLabel(tick)]);
  return linearTicks(low, high, 3).map((tick) => [tick, decimals(tick, high - low < 2 ? 2 : 1)]);
}

function curve(at, values, place, y, logarithmic) {
  let path = '';
  for (let i = 0; i < at.length; i += 1) {
    const value = logarithmic ? Math.max(values[i], y.low) : values[i];
    if (!Number.isFinite(value)) break;
    path += `${path === '' ? 'M' : 'L'}${place(at[i]).toFixed(1)} ${y.at(value).toFixed(1)}`;
  }
  return path;
}
