/** A thousand random starts, counted in a worker beside the exact probability; the work can be stopped. */

import { settingOf } from './core.js';
import { afterwards, html, setText } from './dom.js';
import { decimals, digits, grouped } from './format.js';

const RUNS = 1000;
/** The exact probability follows a slider this late. */
const SETTLED = 120;
const FATE = { 1: 'global', [-1]: 'spurious', 0: 'undecided' };

/** Fills `host`; `showDots` is given the starts that were counted so far. */
export function createRain(host, app, showDots) {
  const start = html('button', { type: 'button', class: 'primary', id: 'rain' }, `Rain ${grouped(RUNS)} starts`);
  const stop = html('button', { type: 'button', id: 'rain-stop', disabled: true }, 'Stop');
  const progress = html('progress', { max: RUNS, value: 0, 'aria-label': 'Starts counted' });
  const share = html('span', { class: 'big', id: 'rain-share' }, '–');
  const interval = html('small', { id: 'rain-count' });
  const exact = html('span', { class: 'big', id: 'exact' }, '–');
  const note = html('small');
  host.append(
    html('h2', {}, 'From random starts'),
    html('div', { class: 'row' }, start, stop, progress),
    html(
      'dl',
      { class: 'numbers' },
      html('div', {}, html('dt', {}, 'recovered'), html('dd', {}, share, interval)),
      html('div', {}, html('dt', {}, 'exact probability'), html('dd', {}, exact, note)),
    ),
    html(
      'p',
      { class: 'hint' },
      'Every random start has output weights of its own, whereas the boundary on the map is that of the one start above: ',
      'some dots lie on its other side.',
    ),
  );

  let job = null;
  let dots = [];
  const halt = () => {
    job?.stop();
    job = null;
    start.disabled = false;
    stop.disabled = true;
  };

  function clear() {
    halt();
    if (dots.length > 0) showDots((dots = []));
    progress.value = 0;
    setText(share, '–');
    setText(interval, 'no starts yet');
  }

  function show({ estimate, angle, signal, verdict }, unit) {
    const fates = Array.from(verdict, (fate) => FATE[fate]);
    dots = [...dots, { angles: angle, signals: signal.map((value) => value / unit), fates }];
    showDots(dots);
    const { runs, global, probability, lower, upper } = estimate;
    progress.value = runs;
    setText(share, decimals(probability, 3));
    setText(interval, `${grouped(global)} of ${grouped(runs)}, 95 %: ${decimals(lower, 3)}–${decimals(upper, 3)}`);
  }

  start.addEventListener('click', () => {
    clear();
    start.disabled = true;
    stop.disabled = false;
    const { state } = app.store;
    const { unit } = app.core.landscape(state);
    job = app.work(
      'rain',
      { setting: settingOf(state), runs: RUNS },
      {
        onPiece: (piece) => show(piece, unit),
        onDone: halt,
        onFailure: (sentence) => {
          app.say(sentence);
          halt();
        },
      },
    );
  });
  stop.addEventListener('click', halt);

  let asked = null;
  const ask = afterwards(SETTLED, (setting) => {
    asked = app.work(
      'probability',
      { setting },
      {
        onPiece: ({ probability, error_bound, starts }) => {
          setText(exact, decimals(probability, 4));
          exact.dataset.value = probability;
          const error = error_bound === 0 ? 'exact' : `± ${digits(error_bound, 1)}`;
          setText(note, `${error}; ${starts === 1 ? '1 start is' : `${grouped(starts)} starts are`} enough for 0.99`);
        },
        onDone: () => (asked = null),
        onFailure: (sentence) => setText(note, sentence),
      },
    );
  });
  clear();

  return {
    /** Forgets the starts of another cell, and asks for the probability of this one. */
    renew(state) {
      clear();
      asked?.stop();
      setText(exact, '–');
      delete exact.dataset.value;
      setText(note, '');
      ask(settingOf(state));
    },
  };
}
