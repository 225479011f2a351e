/** The settings beside every view: the cell, the step size, the start, and how close the trap is to vanishing. */

import { createControl } from './controls.js';
import { html, setText } from './dom.js';
import { decimals, digits, rounded } from './format.js';
import { PARAMETERS, START } from './settings.js';

const DEGREE = Math.PI / 180;

/** Fills `host`. `app` has the store, and `drawStart()`, which gives a random start. */
export function createPanel(host, app) {
  const { store } = app;
  const controls = new Map();
  const add = (parameter, reading = (value) => value) => {
    const { name } = parameter;
    const control = createControl(parameter, {
      onInput: (value) => store.set(withRoom({ [name]: value })),
      onChange: (value) => {
        const number =
          typeof value === 'number' ? value : value === '' ? NaN : Number(value.replace(',', '.').replace('−', '-'));
        if (!Number.isFinite(number)) {
          app.say(`${parameter.label} is “${String(value).slice(0, 40)}”, which is not a number`);
          show(store.state);
          return;
        }
        store.set(withRoom({ [name]: reading(number) }), { push: true });
      },
    });
    controls.set(name, control);
    return control;
  };

  /** With fewer patches than the sum ratio, the ratio follows: it is at most their number. */
  function withRoom(changes) {
    const patches = changes.patches;
    const ratio = store.state['sum-ratio'];
    return patches !== undefined && patches >= 1 && ratio > patches ? { ...changes, 'sum-ratio': patches } : changes;
  }

  const cell = PARAMETERS.filter(({ name }) => name !== 'step-size').map((parameter) => add(parameter).root);
  const stepSize = add(PARAMETERS.find(({ name }) => name === 'step-size'));
  const flow = html('input', { type: 'checkbox', id: 'flow' });
  let lastStepSize = 0.1;
  flow.addEventListener('change', () => {
    store.set({ 'step-size': flow.checked ? null : lastStepSize }, { push: true });
  });

  const [angle, sum, signal] = START;
  const angleBox = html('input', {
    type: 'text',
    inputmode: 'decimal',
    id: 'start-angle',
    class: 'number',
    autocomplete: 'off',
  });
  angleBox.addEventListener('change', () => {
    const value = Number(angleBox.value.replace(',', '.').replace('°', ''));
    if (!Number.isFinite(value) || angleBox.value.trim() === '') {
      app.say(`the angle is “${angleBox.value.slice(0, 40)}”, which is not a number of degrees`);
      show(store.state);
      return;
    }
    store.set({ angle: rounded(value * DEGREE, angle.places) }, { push: true });
  });
  const signalBox = html('input', {
    type: 'text',
    inputmode: 'decimal',
    id: 'start-signal',
    class: 'number',
    autocomplete: 'off',
  });
  signalBox.addEventListener('change', () => {
    const value = Number(signalBox.value.replace(',', '.').replace('−', '-'));
    if (!Number.isFinite(value) || signalBox.value.trim() === '') {
      app.say(`the signal is “${signalBox.value.slice(0, 40)}”, which is not a number`);
      show(store.state);
      return;
    }
    store.set({ signal: value }, { push: true });
  });
  const sumControl = add(sum);

  const facts = Object.fromEntries(['criticality', 'threshold', 'barrier'].map((name) => [name, html('dd')]));
  const trap = html('p', { class: 'trap' });
  const draw = html('button', { type: 'button', id: 'draw' }, 'Draw a start');
  draw.addEventListener('click', () => app.drawStart());

  host.append(
    html('h2', {}, 'Network and teacher'),
    ...cell,
    html(
      'div',
      { class: 'meter' },
      html(
        'dl',
        { class: 'facts' },
        html('dt', {}, 'criticality ', html('span', { class: 'symbol' }, 'x'), ' (trap below 1)'),
        facts.criticality,
        html('dt', {}, 'critical sum ratio ', html('span', { class: 'symbol' }, 'ρ'), html('sub', {}, 'c')),
        facts.threshold,
        html('dt', {}, 'barrier/‖b‖²'),
        facts.barrier,
      ),
      trap,
    ),
    html('h2', {}, 'Descent'),
    stepSize.root,
    html('div', { class: 'choices' }, html('label', {}, flow, 'gradient flow, the limit of small steps')),
    html('h2', {}, 'Start'),
    html(
      'div',
      { class: 'control' },
      html(
        'label',
        { for: 'start-angle' },
        html('span', { class: 'symbol' }, angle.symbol),
        ` ${angle.label} in degrees`,
      ),
      angleBox,
    ),
    html(
      'div',
      { class: 'control' },
      html('label', { for: 'start-signal' }, html('span', { class: 'symbol' }, signal.symbol), ` ${signal.label}`),
      signalBox,
    ),
    sumControl.root,
    html('div', { class: 'row' }, draw),
  );
  controls.get('sum-ratio').root.classList.add('has-threshold');

  function show(state) {
    controls.get('sum-ratio').limit(Math.max(1, state.patches));
    for (const [name, control] of controls) control.show(state[name]);
    const isFlow = state['step-size'] === null;
    if (!isFlow) lastStepSize = state['step-size'];
    flow.checked = isFlow;
    stepSize.enable(!isFlow);
    angleBox.value = String(rounded(state.angle / DEGREE, 2));
    signalBox.value = String(state.signal);
  }

  return {
    show,
    /** The criticality of a landscape, and the threshold on the slider of the sum ratio. */
    showLandscape({ criticality, criticalSumRatio, barrier, sentence }) {
      setText(facts.criticality, decimals(criticality, 4));
      setText(facts.threshold, digits(criticalSumRatio, 5));
      setText(facts.barrier, barrier === null ? 'none' : decimals(barrier, 6));
      setText(trap, sentence);
      controls.get('sum-ratio').mark(Number.isFinite(criticalSumRatio) ? criticalSumRatio : null, 'ρ_c');
    },
  };
}
