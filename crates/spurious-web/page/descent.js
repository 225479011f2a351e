/** The main view: one start, its path on the landscape, its curves, and the count of a thousand random starts. */

import { createBoundary } from './boundary.js';
import { FATES } from './colours.js';
import { asCommandLine, asCsv, asPython } from './copying.js';
import { createCurves } from './curves.js';
import { afterwards, html, oncePerFrame, setText } from './dom.js';
import { createMap } from './map.js';
import { createRain } from './rain.js';
import { asSvgFile, createActions, save } from './saving.js';

/** What a part of the view depends on. */
const SURFACE = ['patches', 'sum-ratio', 'patch-dim', 'scale-ratio', 'negative-slope'];
const SETTING = [...SURFACE, 'step-size'];
/** A start has come to rest when it was not moved for this long. */
const SETTLED = 150;

export function createDescent(host, app) {
  const { store, core } = app;
  const headline = html('strong', { 'aria-live': 'polite' });
  const why = html('span', { class: 'why' });
  const verdict = html('p', { class: 'verdict', id: 'verdict' }, headline, why);
  const mapHost = html('div', { class: 'map-host' });
  const curvesHost = html('div');
  const rainHost = html('div', { class: 'panel rain-panel' });
  const axes = html('input', { type: 'checkbox', id: 'axes' });
  axes.addEventListener('change', () => store.set({ axes: axes.checked ? 'log' : 'linear' }));
  const { said, copied, button } = createActions();

  host.append(
    verdict,
    html('div', { class: 'two' }, mapHost, html('div', {}, curvesHost)),
    html(
      'div',
      { class: 'row' },
      button('copy-command', 'Copy as command line', () => copied(asCommandLine(store.state))),
      button('copy-python', 'Copy as Python', () => copied(asPython(store.state))),
      button('copy-link', 'Copy link', () => copied(`${location.href.split('#')[0]}${store.fragment}`)),
      button('save-map', 'Map as SVG', () => {
        save('landscape.svg', asSvgFile(map.picture, map.canvases), 'image/svg+xml');
      }),
      button('save-curves', 'Curves as SVG', () => save('run.svg', asSvgFile(curves.picture), 'image/svg+xml')),
      button('save-data', 'Run as CSV', () => {
        if (run !== null) save('run.csv', asCsv(run.columns), 'text/csv');
      }),
    ),
    said,
    rainHost,
  );
  const map = createMap(mapHost, {
    description: 'The loss over angle and signal, with the path of the run',
    onMove: (angle, signal) => store.set(core.startAt(store.state, angle, signal), { isMove: true }),
    onDrop: () => store.set({}, { push: true }),
  });
  const curves = createCurves(curvesHost, { description: 'Loss, angle and signal of the run over its steps' });
  curvesHost.append(html('div', { class: 'choices' }, html('label', {}, axes, 'logarithmic axes for steps and loss')));
  const rain = createRain(rainHost, app, (dots) => map.showDots(dots));

  const showBoundary = createBoundary(core, map);
  let drawn = null;
  let run = null;
  const differs = (names, state) => drawn === null || names.some((name) => drawn[name] !== state[name]);

  function showRun(state) {
    setText(headline, run.headline);
    headline.className = run.verdict;
    setText(why, run.why);
    const colour = FATES[run.verdict];
    map.showPaths([{ angles: run.angle, signals: run.signal, colour }]);
    map.showStart({ angle: state.angle, signal: core.onMap(state, state.signal), colour });
    curves.show(run, state.axes, core.landscape(state).trapLoss);
  }

  /** A run that is not decided when the start comes to rest goes on. */
  const goOn = afterwards(SETTLED, () => {
    const { state } = store;
    if (run?.verdict !== 'undecided' || run.isRefused || state.view !== 'descent') return;
    run = core.run(state, true);
    showRun(state);
  });

  /** Draws what changed. The start comes last, since it changes most often. */
  function draw() {
    const { state } = store;
    if (state.view !== 'descent') return;
    if (differs(SURFACE, state)) {
      const surface = core.landscape(state);
      map.showSurface(surface);
      app.panel.showLandscape(surface);
    }
    showBoundary(state);
    if (differs(SETTING, state)) rain.renew(state);
    run = core.run(state);
    showRun(state);
    axes.checked = state.axes === 'log';
    drawn = state;
    goOn();
  }

  return { show: oncePerFrame(draw) };
}
