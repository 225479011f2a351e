/** A state as a command of the program and as a call of the Python package, with the names that both have. */

import { STEP_SIZE } from './core.js';
import { START } from './settings.js';

/** What the program assumes when a flag is left out. */
const ASSUMED = { 'scale-ratio': 1, 'negative-slope': 0 };

const CELL = ['patch-dim', 'patches', 'sum-ratio', 'scale-ratio', 'negative-slope'];
const RUN = [...CELL, 'step-size', ...START.map(({ name }) => name)];

/** Names and values that are needed for a command: those that differ from what is assumed. */
function needed(state, names) {
  return names
    .filter((name) => state[name] !== null && state[name] !== ASSUMED[name])
    .map((name) => [name, state[name]]);
}

/** The command of a view with its flags. */
function commandOf(state) {
  const stepped = state['step-size'] === null ? { ...state, 'step-size': STEP_SIZE } : state;
  switch (state.view) {
    case 'phase':
      return ['probability', needed(state, CELL)];
    case 'algorithms':
      return ['compare', [...needed(stepped, RUN), ['algorithm', state.algorithm.join(',')]]];
    case 'width':
      return [
        'width',
        [
          ...needed(stepped, CELL),
          ['filters', `1:${state.filters}`],
          ['step-size', stepped['step-size']],
          ['runs', 1000],
        ],
      ];
    default:
      return ['trace', needed(state, RUN)];
  }
}

/** `spurious trace --patch-dim 5 …` */
export function asCommandLine(state) {
  const [command, flags] = commandOf(state);
  // A negative number after a flag would be taken for another flag.
  const text = ([name, value]) => (value < 0 ? `--${name}=${value}` : `--${name} ${value}`);
  return `spurious ${command} ${flags.map(text).join(' ')}`;
}

/** `spurious.trace(patch_dim=5, …)` */
export function asPython(state) {
  const [command, flags] = commandOf(state);
  const keywords = flags.map(([name, value]) => {
    if (name === 'algorithm') return `algorithm=[${state.algorithm.map((a) => `"${a}"`).join(', ')}]`;
    if (name === 'filters') return `filters=[${Array.from({ length: state.filters }, (_, i) => i + 1).join(', ')}]`;
    return `${name.replaceAll('-', '_')}=${value}`;
  });
  return `import spurious\n\nspurious.${command}(${keywords.join(', ')})`;
}

/** A table of columns as CSV. */
export function asCsv(columns) {
  const names = Object.keys(columns);
  const rows = Array.from(columns[names[0]], (_, i) => names.map((name) => String(columns[name][i])).join(','));
  return `${names.join(',')}\n${rows.join('\n')}\n`;
}
