/** A slider and a box for one number, which always agree. */

import { html, setAttributes } from './dom.js';
import { rounded } from './format.js';
import { scale } from './scale.js';

/** Positions of a slider. */
const POSITIONS = 1000;
let controls = 0;

/**
 * A control for a parameter of the table of settings. `onInput(value)` is called while it is moved, `onChange(value)` when it was.
 * The slider is even in the logarithm where the parameter says so.
 */
export function createControl(parameter, { onInput, onChange }) {
  controls += 1;
  const id = `control-${controls}`;
  let { high } = parameter;
  const { low, places, logarithmic } = parameter;
  const track = () => scale(low, high, 0, POSITIONS, logarithmic);
  const slider = html('input', {
    type: 'range',
    id: `${id}-slider`,
    min: 0,
    max: POSITIONS,
    'data-name': parameter.name,
    'aria-label': `${parameter.label} ${parameter.symbol}`,
  });
  const box = html('input', {
    type: 'text',
    inputmode: 'decimal',
    id,
    autocomplete: 'off',
    spellcheck: 'false',
    class: 'number',
    'data-name': parameter.name,
  });
  const threshold = html(
    'span',
    { class: 'threshold', hidden: true, 'aria-hidden': 'true' },
    'ρ',
    html('sub', {}, 'c'),
  );
  const label = html('label', { for: id }, html('span', { class: 'symbol' }, parameter.symbol), ` ${parameter.label}`);
  const root = html('div', { class: 'control' }, label, box, html('div', { class: 'track' }, slider, threshold));

  const ofSlider = () => {
    const value = rounded(track().value(Number(slider.value)), places);
    return Math.min(high, Math.max(low, value));
  };
  slider.addEventListener('input', () => onInput(ofSlider()));
  slider.addEventListener('change', () => onChange(ofSlider()));
  slider.addEventListener('keydown', (event) => {
    const direction = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (direction === undefined) return;
    event.preventDefault();
    const now = Number(box.value);
    const value = parameter.logarithmic && places > 0 ? now * 1.05 ** direction : now + direction * stepOf(parameter);
    onInput(Math.min(high, Math.max(low, rounded(value, places))));
    onChange(Math.min(high, Math.max(low, rounded(value, places))));
  });
  box.addEventListener('change', () => onChange(box.value.trim()));

  return {
    root,
    box,
    slider,
    /** Shows a value. */
    show(value) {
      const text = value === null ? '' : String(value);
      if (document.activeElement !== box || box.value !== text) box.value = text;
      if (value === null) return;
      slider.value = String(Math.round(track().at(Math.min(high, Math.max(low, value)))));
      setAttributes(slider, { 'aria-valuetext': text });
    },
    /** Changes the upper end of the slider. */
    limit(most) {
      high = most;
    },
    /** Marks a place on the track, or none. */
    mark(value) {
      const inside = value !== null && value >= low && value <= high;
      threshold.hidden = !inside;
      if (!inside) return;
      threshold.style.left = `${((track().at(value) / POSITIONS) * 100).toFixed(2)}%`;
    },
    /** Makes the control usable or not. */
    enable(isEnabled) {
      slider.disabled = !isEnabled;
      box.disabled = !isEnabled;
    },
  };
}

function stepOf({ places, low, high }) {
  if (places === 0) return 1;
  return Math.max(10 ** -places, rounded((high - low) / 100, places));
}
