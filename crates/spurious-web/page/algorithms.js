/** Several algorithms from one start on one landscape. */

import { createBoundary } from './boundary.js';
import { BRIGHT } from './colours.js';
import { asCommandLine, asPython } from './copying.js';
import { STEP_SIZE } from './core.js';
import { afterwards, html, oncePerFrame, setText } from './dom.js';
import { decimals, degrees, digits, grouped } from './format.js';
import { createMap } from './map.js';
import { asSvgFile, createActions, save } from './saving.js';
import { ALGORITHMS } from './settings.js';

const COLUMNS = [
  ...['algorithm', 'verdict', 'decided by'],
  ...['after', 'phase I', 'loss at the end', 'angle', 'signal'],
  'what happens',
];

/** A start has come to rest when it was not moved for this long. */
const SETTLED = 200;

export function createAlgorithms(host, app) {
  const { store, core } = app;
  const headline = html('strong', { 'aria-live': 'polite' });
  const note = html('p', { class: 'hint early', hidden: true }, `Algorithms move in steps: here of size ${STEP_SIZE}.`);
  const boxes = ALGORITHMS.map((name, i) => {
    const box = html('input', { type: 'checkbox', id: `algorithm-${name}`, value: name });
    box.addEventListener('change', () => {
      const chosen = boxes.filter(({ input }) => input.checked).map(({ input }) => input.value);
      if (chosen.length > 0) store.set({ algorithm: chosen }, { push: true });
      else box.checked = true;
    });
    const swatch = html('span', { class: 'swatch', 'aria-hidden': 'true' });
    swatch.style.backgroundColor = BRIGHT[i];
    return { input: box, label: html('label', {}, box, swatch, name) };
  });
  const mapHost = html('div', { class: 'map-host' });
  const body = html('tbody');
  const { said, copied, button } = createActions();
  host.append(
    html('p', { class: 'verdict short' }, headline),
    html(
      'div',
      { class: 'choices wide', role: 'group', 'aria-label': 'Algorithms' },
      boxes.map(({ label }) => label),
    ),
    note,
    mapHost,
    html(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Runs of the algorithms' },
      html(
        'table',
        {},
        html(
          'thead',
          {},
          html(
            'tr',
            {},
            COLUMNS.map((text, i) => html('th', { scope: 'col', class: (i < 3 || i === 8) && 'left' }, text)),
          ),
        ),
        body,
      ),
    ),
    html(
      'div',
      { class: 'row' },
      button('copy-compare', 'Copy as command line', () => copied(asCommandLine(store.state))),
      button('copy-compare-python', 'Copy as Python', () => copied(asPython(store.state))),
      button('save-paths', 'Map as SVG', () => {
        save('algorithms.svg', asSvgFile(map.picture, map.canvases), 'image/svg+xml');
      }),
    ),
    said,
  );
  const map = createMap(mapHost, {
    description: 'The loss over angle and signal, with the paths of the algorithms',
    onMove: (angle, signal) => store.set(core.startAt(store.state, angle, signal), { isMove: true }),
    onDrop: () => store.set({}, { push: true }),
  });

  const showBoundary = createBoundary(core, map);
  let slow = { key: '', rows: [], job: null };

  /** Runs that take longer than a frame are computed in a worker when the start has come to rest. */
  const ask = afterwards(SETTLED, (state, names, key) => {
    if (key !== slow.key) return;
    slow.job = app.work(
      'compare',
      { question: core.comparison(state, names) },
      {
        onPiece: (answer) => {
          slow.rows = [...slow.rows, ...core.rowsOf(state, answer)];
          draw();
        },
        onDone: () => (slow.job = null),
        onFailure: app.say,
      },
    );
  });
  function slowRows(state, names) {
    const key = JSON.stringify(core.comparison(state, names));
    if (key !== slow.key) {
      slow.job?.stop();
      slow = { key, rows: [], job: null };
      if (names.length > 0) ask(state, names, key);
    }
    return slow.rows;
  }

  function draw() {
    const { state } = store;
    if (state.view !== 'algorithms') return;
    const surface = core.landscape(state);
    map.showSurface(surface);
    app.panel.showLandscape(surface);
    showBoundary({ ...state, 'step-size': state['step-size'] ?? STEP_SIZE });
    note.hidden = state['step-size'] !== null;
    const isSlow = (name) => core.isSlow(state, name);
    const { rows: quick, refusal } = core.compare(
      state,
      state.algorithm.filter((name) => !isSlow(name)),
    );
    const found = [...quick, ...slowRows(state, state.algorithm.filter(isSlow))];
    const compared = state.algorithm.map((name) => found.find((row) => row.algorithm === name)).filter(Boolean);
    const recovering = compared.filter((row) => row.verdict === 'global').map((row) => row.algorithm);
    const isComplete = compared.length === state.algorithm.length;
    setText(headline, refusal ?? (isComplete ? headlineOf(recovering, compared.length) : 'Some runs go on …'));
    for (const { input } of boxes) input.checked = state.algorithm.includes(input.value);
    map.showPaths(
      compared.map(({ algorithm, angles, signals }) => ({
        angles,
        signals,
        colour: BRIGHT[ALGORITHMS.indexOf(algorithm)],
      })),
    );
    map.showStart({ angle: state.angle, signal: core.onMap(state, state.signal), colour: '#ffffff' });
    body.replaceChildren(
      ...state.algorithm.map((name) => {
        const row = compared.find(({ algorithm }) => algorithm === name);
        return row === undefined ? emptyRow(name) : rowOf(row);
      }),
    );
  }

  return { show: oncePerFrame(draw) };
}

function headlineOf(recovering, count) {
  if (recovering.length === 0) return 'No algorithm recovers the teacher from this start';
  if (recovering.length === count) return 'Every algorithm recovers the teacher from this start';
  if (recovering.length === 1) return `From this start only ${recovering[0]} recovers the teacher`;
  return `From this start ${recovering.join(', ')} recover the teacher`;
}

function emptyRow(name) {
  const rest = COLUMNS.slice(1).map((_, i) =>
    html('td', { class: (i < 2 || i === COLUMNS.length - 2) && 'left' }, '…'),
  );
  return html('tr', {}, html('th', { scope: 'row', class: 'left' }, name), ...rest);
}

function rowOf(row) {
  return html(
    'tr',
    {},
    html('th', { scope: 'row', class: 'left' }, row.algorithm),
    html('td', { class: `left ${row.verdict}` }, row.verdict),
    html('td', { class: 'left' }, row.decided_by ?? '–'),
    html('td', {}, row.verdict_step === null ? '–' : grouped(row.verdict_step)),
    html('td', {}, row.phase_one_steps === null ? '–' : grouped(row.phase_one_steps)),
    html('td', {}, digits(row.final.loss, 4)),
    html('td', {}, degrees(row.final.angle)),
    html('td', {}, decimals(row.endSignal, 4)),
    html('td', { class: 'left sentence' }, row.why),
  );
}
