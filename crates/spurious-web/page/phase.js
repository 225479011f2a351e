/** The phase diagram over patches and sum ratios, and the 36 cells of the paper's table, each of which opens. */

import { css, viridis, wantsDarkText } from './colours.js';
import { asCommandLine, asCsv, asPython } from './copying.js';
import { cellOf, settingOf } from './core.js';
import { html, oncePerFrame, setAttributes, setText, svg } from './dom.js';
import { decimals } from './format.js';
import { asSvgFile, createActions, save } from './saving.js';
import { linearTicks, scale } from './scale.js';

const MARGIN = { left: 52, right: 60, top: 20, bottom: 44 };
const HEIGHT = 400;
/** Numbers of patches and sum ratios of the diagram. */
const PATCHES = Array.from({ length: 40 }, (_, i) => 3 * (i + 1));
const RATIOS = Array.from({ length: 41 }, (_, i) => 0.75 * i);
/** The probabilities with the first and the last colour: below ½ there is nothing. */
const RANGE = [0.5, 1];
const TICKS = [0.5, 0.6, 0.7, 0.8, 0.9, 1];

const shade = (probability) => viridis((probability - RANGE[0]) / (RANGE[1] - RANGE[0]));

export function createPhase(host, app) {
  const { store, core } = app;
  const headline = html('strong', {}, 'Below the white line there is a trap');
  const why = html(
    'span',
    { class: 'why' },
    'The colour is the exact probability that a random start recovers the teacher. Above the line every start does, up to a set of ',
    'probability 0.',
  );
  const canvas = html('canvas', { width: PATCHES.length, height: RATIOS.length, 'aria-hidden': 'true' });
  const picture = svg('svg', {
    class: 'figure',
    role: 'img',
    'aria-label': 'Probability of recovery over the number of patches and the sum ratio',
  });
  const frame = html('div', { class: 'map phase' }, canvas, picture);
  const table = html('table', { class: 'cells' });
  const { said, copied, button } = createActions();
  host.append(
    html('p', { class: 'verdict' }, headline, why),
    html(
      'div',
      { class: 'two beside' },
      html(
        'div',
        { class: 'early' },
        frame,
        html('p', { class: 'hint' }, 'Click where you would like to look: the cell there opens.'),
      ),
      html('div', { class: 'scroll early', tabindex: 0, role: 'region', 'aria-label': 'Cells of the paper' }, table),
    ),
    html(
      'div',
      { class: 'row' },
      button('copy-phase', 'Copy as command line', () => copied(asCommandLine(store.state))),
      button('copy-phase-python', 'Copy as Python', () => copied(asPython(store.state))),
      button('save-phase', 'Diagram as SVG', () =>
        save('phase-diagram.svg', asSvgFile(picture, [canvas]), 'image/svg+xml'),
      ),
      button('save-cells', 'Cells as CSV', () => save('cells.csv', asCsv(cellColumns()), 'text/csv')),
    ),
    said,
  );

  const { cells } = core.paper({});
  const kinds = (name) => [...new Set(cells.map((cell) => cell[name]))];
  const [ks, ratios] = [kinds('patches'), kinds('sum_ratio')];
  const buttons = cells.map((cell, i) => {
    const { patches, sum_ratio: ratio, probability } = cell;
    const button36 = html('button', { type: 'button', tabindex: i === 0 ? 0 : -1 }, '–');
    button36.addEventListener('click', () => openCell(patches, ratio));
    button36.addEventListener('keydown', (event) => {
      const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -ratios.length, ArrowDown: ratios.length };
      const next = buttons[i + (steps[event.key] ?? Infinity)];
      if (next === undefined) return;
      event.preventDefault();
      for (const other of buttons) other.button.tabIndex = -1;
      next.button.tabIndex = 0;
      next.button.focus();
    });
    return { patches, ratio, printed: probability, exact: null, button: button36 };
  });
  table.append(
    html(
      'caption',
      {},
      'The 36 cells of the paper’s Table 1: the exact probability for this patch dimension. Each opens as a landscape.',
    ),
    html(
      'thead',
      {},
      html(
        'tr',
        {},
        html('th', { scope: 'col', class: 'corner' }, 'k \\ ρ'),
        ratios.map((ratio) => html('th', { scope: 'col' }, String(ratio))),
      ),
    ),
    html(
      'tbody',
      {},
      ks.map((patches) =>
        html(
          'tr',
          {},
          html('th', { scope: 'row' }, String(patches)),
          buttons.filter((cell) => cell.patches === patches).map((cell) => html('td', {}, cell.button)),
        ),
      ),
    ),
  );

  let width = 0;
  let jobs = [];
  let shownFor = '';
  let thresholds = [];
  const place = () => {
    const [left, right, top, bottom] = [MARGIN.left, width - MARGIN.right, MARGIN.top, HEIGHT - MARGIN.bottom];
    const half = (PATCHES[1] - PATCHES[0]) / 2;
    const step = (RATIOS[1] - RATIOS[0]) / 2;
    return {
      ...{ left, right, top, bottom },
      x: scale(PATCHES[0] - half, PATCHES[PATCHES.length - 1] + half, left, right),
      y: scale(RATIOS[0] - step, RATIOS[RATIOS.length - 1] + step, bottom, top),
    };
  };

  function openCell(patches, ratio) {
    store.set({ view: 'descent', patches, 'sum-ratio': ratio }, { push: true });
  }

  const cellColumns = () => ({
    patches: buttons.map((cell) => cell.patches),
    sum_ratio: buttons.map((cell) => cell.ratio),
    probability: buttons.map((cell) => cell.exact ?? ''),
    paper: buttons.map((cell) => cell.printed),
  });

  function drawPicture() {
    if (width === 0) return;
    const { left, right, top, bottom, x, y } = place();
    setAttributes(picture, { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT });
    canvas.style.left = `${left}px`;
    canvas.style.top = `${top}px`;
    canvas.style.width = `${right - left}px`;
    canvas.style.height = `${bottom - top}px`;
    const parts = [svg('rect', { class: 'frame', x: left, y: top, width: right - left, height: bottom - top })];
    const text = (attributes, ...content) => svg('text', { class: 'tick-label', ...attributes }, ...content);
    for (const tick of linearTicks(x.low, x.high, 6)) {
      parts.push(
        svg('line', { class: 'tick', x1: x.at(tick), x2: x.at(tick), y1: bottom, y2: bottom + 4 }),
        text({ x: x.at(tick), y: bottom + 17, 'text-anchor': 'middle' }, String(tick)),
      );
    }
    for (const tick of linearTicks(Math.max(0, y.low), y.high, 6)) {
      parts.push(
        svg('line', { class: 'tick', x1: left - 4, x2: left, y1: y.at(tick), y2: y.at(tick) }),
        text({ x: left - 8, y: y.at(tick) + 4, 'text-anchor': 'end' }, String(tick)),
      );
    }
    parts.push(
      svg(
        'text',
        { class: 'axis-label', x: (left + right) / 2, y: bottom + 36, 'text-anchor': 'middle' },
        'patches ',
        svg('tspan', { class: 'symbol' }, 'k'),
      ),
      svg(
        'text',
        { class: 'axis-label', transform: `translate(14 ${(top + bottom) / 2}) rotate(-90)`, 'text-anchor': 'middle' },
        'sum ratio ',
        svg('tspan', { class: 'symbol' }, 'ρ'),
      ),
    );
    for (const cell of buttons) {
      parts.push(
        svg('rect', {
          class: 'paper-cell',
          x: x.at(cell.patches) - 3.5,
          y: y.at(cell.ratio) - 3.5,
          width: 7,
          height: 7,
        }),
      );
    }
    const line = PATCHES.map((patches, i) => [patches, thresholds[i]]).filter(([, at]) => at <= y.high);
    if (line.length > 1) {
      const path = `M${line.map(([k, at]) => `${x.at(k).toFixed(1)} ${y.at(at).toFixed(1)}`).join('L')}`;
      const [k, at] = line[Math.floor(0.75 * (line.length - 1))];
      const label = (shift, anchor, content) =>
        svg('text', { class: 'mark-label', x: x.at(k) + shift, y: y.at(at) + 4, 'text-anchor': anchor }, content);
      parts.push(
        svg('path', { class: 'path-case', d: path }),
        svg('path', { class: 'threshold-line', d: path }),
        label(-14, 'end', 'no trap'),
        label(14, 'start', 'trap'),
      );
    }
    const { state } = store;
    if (state.patches <= x.high && state['sum-ratio'] <= y.high) {
      parts.push(svg('circle', { class: 'here', cx: x.at(state.patches), cy: y.at(state['sum-ratio']), r: 7 }));
    }
    const bar = scale(...RANGE, bottom, top);
    const each = (bottom - top) / 50;
    for (let i = 0; i < 50; i += 1) {
      const colour = css(shade(bar.value(bottom - (i + 0.5) * each)));
      parts.push(
        svg('rect', { x: right + 12, y: bottom - (i + 1) * each, width: 12, height: each + 0.3, fill: colour }),
      );
    }
    for (const tick of TICKS) parts.push(text({ x: right + 29, y: bar.at(tick) + 4 }, decimals(tick, 1)));
    picture.replaceChildren(...parts);
  }

  picture.addEventListener('click', (event) => {
    const box = picture.getBoundingClientRect();
    const { left, right, top, bottom, x, y } = place();
    const at = [event.clientX - box.left, event.clientY - box.top];
    if (at[0] < left || at[0] > right || at[1] < top || at[1] > bottom) return;
    const patches = Math.max(2, Math.round(x.value(at[0])));
    openCell(patches, Math.min(patches, Math.max(0, Math.round(y.value(at[1]) * 10) / 10)));
  });

  function paintRow(row, probabilities) {
    const context = canvas.getContext('2d');
    const image = context.createImageData(PATCHES.length, 1);
    probabilities.forEach((probability, i) => {
      image.data.set(Number.isNaN(probability) ? [128, 128, 128, 40] : [...shade(probability), 255], 4 * i);
    });
    context.putImageData(image, 0, RATIOS.length - 1 - row);
  }

  function compute(state) {
    jobs.forEach((job) => job.stop());
    canvas.getContext('2d').clearRect(0, 0, canvas.width, canvas.height);
    const { patch_dim, scale_ratio, negative_slope } = cellOf(state);
    const setting = { patch_dim, scale_ratio, negative_slope, step_size: null };
    const failed = (sentence) => app.say(sentence);
    const paper = app.work(
      'tiles',
      { setting, patches: ks, sumRatios: ratios },
      {
        onPiece: ({ row, probability }) => {
          probability.forEach((value, i) => {
            const cell = buttons.find((one) => one.patches === ks[i] && one.ratio === ratios[row]);
            cell.exact = value;
            setText(cell.button, decimals(value, 2));
            cell.button.setAttribute(
              'aria-label',
              `${decimals(value, 2)}, exactly ${decimals(value, 4)}, for k ${cell.patches} and ρ ${cell.ratio}; in the paper ${decimals(cell.printed, 2)}`,
            );
            cell.button.style.backgroundColor = css(shade(value));
            cell.button.style.color = wantsDarkText(shade(value)) ? '#000' : '#fff';
          });
        },
        onDone: () => {
          const map = app.work(
            'tiles',
            { setting, patches: PATCHES, sumRatios: RATIOS },
            {
              onPiece: ({ row, probability, critical_sum_ratio: found }) => {
                paintRow(row, probability);
                if (row > 0) return;
                thresholds = found.map((threshold) => threshold ?? Infinity);
                drawPicture();
              },
              onDone: () => {},
              onFailure: failed,
            },
          );
          jobs = [map];
        },
        onFailure: failed,
      },
    );
    jobs = [paper];
  }

  function draw() {
    const { state } = store;
    if (state.view !== 'phase') return;
    const surface = core.landscape(state);
    app.panel.showLandscape(surface);
    for (const cell of buttons) {
      const isHere = cell.patches === state.patches && cell.ratio === state['sum-ratio'];
      setAttributes(cell.button, { 'aria-current': isHere ? 'true' : null });
    }
    const key = JSON.stringify({ ...settingOf(state), patches: 0, sum_ratio: 0, step_size: 0 });
    if (key !== shownFor) {
      shownFor = key;
      compute(state);
    }
    drawPicture();
  }

  new ResizeObserver(([entry]) => {
    if (Math.abs(entry.contentRect.width - width) < 0.5) return;
    width = entry.contentRect.width;
    drawPicture();
  }).observe(frame);

  return { show: oncePerFrame(draw) };
}
