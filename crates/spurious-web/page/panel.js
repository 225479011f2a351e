/** The settings beside every view: the cell, the step size, the start, and how close the trap is to vanishing. */

import { readValue } from './address.js';
import { createControl } from './controls.js';
import { STEP_SIZE } from './core.js';
import { html, setText } from './dom.js';
import { decimals, rounded } from './format.js';
import { PARAMETERS, START } from './settings.js';

const DEGREE = Math.PI / 180;

/** Fills `host`. `app` has the store, and `drawStart()`, which gives a random start. */
export function createPanel(host, app) {
  const { store, core } = app;
  const controls = new Map();

  /** Takes what was typed into the box of a setting, or says why not. */
  function take(name, text, convert = (value) => value) {
    const read = readValue(name, text);
    if (typeof read === 'string') {
      app.say(read);
      show(store.state);
    } else {
      store.set(together({ [name]: convert(read[0]) }), { push: true });
    }
  }

  /** Settings that follow another one: the sum ratio is at most the number of patches, and the start keeps its place on the map. */
  function together(changes) {
    const { state } = store;
    if (changes.patches >= 1 && state['sum-ratio'] > changes.patches) {
      return { ...changes, 'sum-ratio': changes.patches };
    }
    return changes['scale-ratio'] === undefined ? changes : { ...changes, ...core.sameStart(state, changes) };
  }

  const add = (parameter) => {
    const { name } = parameter;
    const control = createControl(parameter, {
      onInput: (value) => store.set(together({ [name]: value })),
      onChange: (value) => take(name, String(value)),
    });
    controls.set(name, control);
    return control;
  };
  const box = (id, onText) => {
    const input = html('input', { type: 'text', inputmode: 'decimal', id, class: 'number', autocomplete: 'off' });
    input.addEventListener('change', () => onText(input.value));
    return input;
  };

  const cell = PARAMETERS.filter(({ name }) => name !== 'step-size').map((parameter) => add(parameter).root);
  const stepSize = add(PARAMETERS.find(({ name }) => name === 'step-size'));
  const flow = html('input', { type: 'checkbox', id: 'flow' });
  let lastStepSize = STEP_SIZE;
  flow.addEventListener('change', () => {
    store.set({ 'step-size': flow.checked ? null : lastStepSize }, { push: true });
  });

  const [angle, sum, signal] = START;
  const inRadians = (value) => rounded(value * DEGREE, angle.places);
  const angleBox = box('start-angle', (text) => take('angle', text.replace('°', ''), inRadians));
  const signalBox = box('start-signal', (text) => take('signal', text));
  const sumControl = add(sum);

  const facts = Object.fromEntries(['criticality', 'threshold'].map((name) => [name, html('dd')]));
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
        html('dt', {}, 'criticality ', html('span', { class: 'symbol' }, 'x'), html('sub', {}, 'c'), ', trap below 1'),
        facts.criticality,
        html('dt', {}, 'critical sum ratio ', html('span', { class: 'symbol' }, 'ρ'), html('sub', {}, 'c')),
        facts.threshold,
      ),
      trap,
    ),
    html('h2', {}, 'Descent'),
    stepSize.root,
    html('div', { class: 'choices' }, html('label', {}, flow, 'gradient flow (small steps)')),
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
    showLandscape({ criticality, criticalSumRatio, sentence }) {
      setText(facts.criticality, decimals(criticality, 4));
      setText(facts.threshold, criticalSumRatio === null ? 'none' : decimals(criticalSumRatio, 3));
      setText(trap, sentence);
      controls.get('sum-ratio').mark(criticalSumRatio);
    },
  };
}
