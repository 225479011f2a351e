/** Students of several filters: how often they recover the teacher, beside the law of independent tickets. */

import { asCommandLine, asCsv, asPython } from './copying.js';
import { STEP_SIZE, settingOf } from './core.js';
import { html, oncePerFrame, setAttributes, setText, svg } from './dom.js';
import { decimals, grouped } from './format.js';
import { asSvgFile, createActions, save } from './saving.js';
import { linearTicks, scale } from './scale.js';

const MARGIN = { left: 54, right: 16, top: 16, bottom: 44 };
const HEIGHT = 300;
const RUNS = 1000;
const MOST_FILTERS = 8;
const COLUMNS = ['filters', 'runs', 'recovered', '95 % interval', 'law', 'undecided'];

export function createWidth(host, app) {
  const { store, core } = app;
  const headline = html('strong', { 'aria-live': 'polite' });
  const why = html(
    'span',
    { class: 'why' },
    'Every filter of the student starts at random. If filters were independent tickets, a student would miss the teacher only when all of its ' +
      'filters do. They are not independent: with short patches wide students do better than this law, with long ones worse.',
  );
  const most = html(
    'select',
    { id: 'filters' },
    Array.from({ length: MOST_FILTERS }, (_, i) => html('option', { value: i + 1 }, String(i + 1))),
  );
  most.addEventListener('change', () => store.set({ filters: Number(most.value) }, { push: true }));
  const start = html(
    'button',
    { type: 'button', class: 'primary', id: 'width-start' },
    `Train ${grouped(RUNS)} students of each`,
  );
  const stop = html('button', { type: 'button', id: 'width-stop', disabled: true }, 'Stop');
  const progress = html('progress', { max: 1, value: 0, 'aria-label': 'Students trained' });
  const picture = svg('svg', {
    class: 'figure',
    role: 'img',
    'aria-label': 'Share of students that recover the teacher against their number of filters, and the law of tickets',
  });
  const frame = html('div', { class: 'plot early' }, picture);
  const body = html('tbody');
  const { said, copied, button } = createActions();
  host.append(
    html('p', { class: 'verdict' }, headline, why),
    html(
      'div',
      { class: 'row early' },
      html('label', { for: 'filters' }, 'filters of the student, up to '),
      most,
      start,
      stop,
      progress,
    ),
    frame,
    html(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Shares by number of filters' },
      html(
        'table',
        {},
        html(
          'thead',
          {},
          html(
            'tr',
            {},
            COLUMNS.map((text) => html('th', { scope: 'col' }, text)),
          ),
        ),
        body,
      ),
    ),
    html(
      'div',
      { class: 'row' },
      button('copy-width', 'Copy as command line', () => copied(asCommandLine(store.state))),
      button('copy-width-python', 'Copy as Python', () => copied(asPython(store.state))),
      button('save-width', 'Figure as SVG', () => save('width.svg', asSvgFile(picture), 'image/svg+xml')),
      button('save-width-data', 'Data as CSV', () => save('width.csv', asCsv(columns()), 'text/csv')),
    ),
    said,
  );

  let width = 0;
  let law = [];
  let lawJob = null;
  let rows = [];
  let job = null;
  let shownFor = '';

  const halt = () => {
    job?.stop();
    job = null;
    start.disabled = false;
    stop.disabled = true;
  };
  start.addEventListener('click', () => {
    rows = [];
    fill();
    start.disabled = true;
    stop.disabled = false;
    progress.value = 0;
    const { state } = store;
    job = app.work(
      'width',
      { setting: stepped(state), filters: state.filters, runs: RUNS },
      {
        onPiece: ({ row, done }) => {
          progress.value = done / (state.filters * RUNS);
          rows = [...rows.slice(0, row.filters - 1), row];
          fill();
        },
        onDone: halt,
        onFailure: (sentence) => {
          app.say(sentence);
          halt();
        },
      },
    );
  });
  stop.addEventListener('click', halt);

  const stepped = (state) => ({ ...settingOf(state), step_size: state['step-size'] ?? STEP_SIZE });
  const columns = () => ({
    filters: law.map((_, i) => i + 1),
    law,
    runs: law.map((_, i) => rows[i]?.runs ?? ''),
    recovered: law.map((_, i) => rows[i]?.probability ?? ''),
    lower: law.map((_, i) => rows[i]?.lower ?? ''),
    upper: law.map((_, i) => rows[i]?.upper ?? ''),
  });

  function fill() {
    const last = rows[rows.length - 1];
    const of = (count) => (count === 1 ? 'one filter' : `${count} filters`);
    const percent = (value) => `${decimals(100 * value, 1)} %`;
    setText(
      headline,
      last === undefined
        ? 'Are more filters more tickets?'
        : `With ${of(last.filters)} ${percent(last.probability)} recover the teacher; as tickets it would be ${percent(law[last.filters - 1])}`,
    );
    body.replaceChildren(
      ...law.map((ticket, i) => {
        const row = rows[i];
        return html(
          'tr',
          {},
          html('th', { scope: 'row' }, String(i + 1)),
          html('td', {}, row ? grouped(row.runs) : '–'),
          html('td', {}, row ? decimals(row.probability, 4) : '–'),
          html('td', {}, row ? `${decimals(row.lower, 4)}–${decimals(row.upper, 4)}` : '–'),
          html('td', {}, decimals(ticket, 4)),
          html('td', {}, row ? grouped(row.undecided) : '–'),
        );
      }),
    );
    drawPicture();
  }

  function drawPicture() {
    if (width === 0 || law.length === 0) return;
    setAttributes(picture, { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT });
    const [left, right, top, bottom] = [MARGIN.left, width - MARGIN.right, MARGIN.top, HEIGHT - MARGIN.bottom];
    const x = scale(0.6, law.length + 0.4, left, right);
    const known = law.map((ticket, i) => [i + 1, ticket]).filter(([, ticket]) => Number.isFinite(ticket));
    const lowest = Math.min(1, ...known.map(([, ticket]) => ticket), ...rows.map(({ lower }) => lower));
    const y = scale(Math.max(0, Math.floor((lowest - 0.02) * 10) / 10), 1, bottom, top);
    const parts = [svg('path', { class: 'axis', d: `M${left} ${top}V${bottom}H${right}` })];
    law.forEach((_, i) => {
      const at = x.at(i + 1);
      parts.push(
        svg('line', { class: 'tick', x1: at, x2: at, y1: bottom, y2: bottom + 4 }),
        svg('text', { class: 'tick-label', x: at, y: bottom + 17, 'text-anchor': 'middle' }, String(i + 1)),
      );
    });
    for (const tick of linearTicks(y.low, 1, 5)) {
      parts.push(
        svg('line', { class: 'tick', x1: left - 4, x2: left, y1: y.at(tick), y2: y.at(tick) }),
        svg('text', { class: 'tick-label', x: left - 7, y: y.at(tick) + 4, 'text-anchor': 'end' }, decimals(tick, 2)),
      );
    }
    if (known.length > 0) {
      const points = known.map(([count, ticket]) => `${x.at(count).toFixed(1)} ${y.at(ticket).toFixed(1)}`);
      parts.push(svg('path', { class: 'law', d: `M${points.join('L')}` }));
    }
    for (const [count, ticket] of known) {
      parts.push(svg('circle', { class: 'law-point', cx: x.at(count), cy: y.at(ticket), r: 3 }));
    }
    rows.forEach((row, i) => {
      const at = x.at(i + 1);
      parts.push(
        svg('line', { class: 'interval', x1: at, x2: at, y1: y.at(row.lower), y2: y.at(row.upper) }),
        svg('circle', { class: 'share', cx: at, cy: y.at(row.probability), r: 4.5 }),
      );
    });
    const middle = (left + right) / 2;
    parts.push(
      svg(
        'text',
        { class: 'axis-label', x: middle, y: bottom + 36, 'text-anchor': 'middle' },
        'filters of the student',
      ),
      svg(
        'text',
        { class: 'axis-label', transform: `translate(14 ${(top + bottom) / 2}) rotate(-90)`, 'text-anchor': 'middle' },
        'share that recovers the teacher',
      ),
      svg(
        'text',
        { class: 'tick-label', x: right, y: bottom - 26, 'text-anchor': 'end' },
        'dashed: law of independent tickets',
      ),
      svg(
        'text',
        { class: 'tick-label', x: right, y: bottom - 10, 'text-anchor': 'end' },
        'dots: students trained, 95 %',
      ),
    );
    picture.replaceChildren(...parts);
  }

  function draw() {
    const { state } = store;
    if (state.view !== 'width') return;
    app.panel.showLandscape(core.landscape(state));
    most.value = String(state.filters);
    const key = JSON.stringify([settingOf(state), state.filters]);
    if (key === shownFor) return;
    shownFor = key;
    halt();
    progress.value = 0;
    rows = [];
    lawJob?.stop();
    law = [];
    rows = [];
    fill();
    lawJob = app.work(
      'law',
      { setting: stepped(state), filters: state.filters },
      {
        onPiece: (ticket) => {
          law = [...law, ticket ?? NaN];
          fill();
        },
        onDone: () => (lawJob = null),
        onFailure: app.say,
      },
    );
  }

  new ResizeObserver(([entry]) => {
    if (Math.abs(entry.contentRect.width - width) < 0.5) return;
    width = entry.contentRect.width;
    drawPicture();
  }).observe(frame);

  return { show: oncePerFrame(draw) };
}
