/**
 * The state in the fragment of the address: `#view=descent&patches=25&…`.
 *
 * A fragment comes from anywhere. What cannot be read is named in a sentence, and the value from before is kept.
 */

import { ALGORITHMS, PARAMETERS, START, VIEWS } from './settings.js';

/** Longer fragments are none of ours. */
const LONGEST = 2000;
/** So much of what somebody wrote is quoted. */
const QUOTED = 40;
const MOST_FILTERS = 8;
/** The library counts with numbers up to this one; it has limits of its own below. */
const LARGEST_WHOLE = 2 ** 32 - 1;

const NUMBERS = [...PARAMETERS, ...START];

function quoted(text) {
  return text.length > QUOTED ? `“${text.slice(0, QUOTED)}…”` : `“${text}”`;
}

/** A number as decimal text has it, else nothing. */
function number(text) {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
}

const READERS = {
  view: (text) => (VIEWS.includes(text) ? [text] : `there is no view ${quoted(text)}: there are ${VIEWS.join(', ')}`),
  axes: (text) => (['log', 'linear'].includes(text) ? [text] : `axes are log or linear, not ${quoted(text)}`),
  filters: (text) => {
    const value = number(text);
    const fits = Number.isInteger(value) && value >= 1 && value <= MOST_FILTERS;
    return fits ? [value] : `filters is ${quoted(text)}: use a whole number from 1 to ${MOST_FILTERS}`;
  },
  algorithm: (text) => {
    const names = [...new Set(text.split(','))];
    const stranger = names.find((name) => !ALGORITHMS.includes(name));
    if (stranger === undefined) return [names];
    return `there is no algorithm ${quoted(stranger)}: there are ${ALGORITHMS.join(', ')}`;
  },
};
for (const { name, places } of NUMBERS) {
  READERS[name] = (text) => {
    if (name === 'step-size' && text === 'flow') return [null];
    const value = number(text);
    const problem = places === 0 ? problemOfWhole(value) : Number.isFinite(value) ? null : 'which is not a number';
    return problem === null ? [value] : `${name} is ${quoted(text)}, ${problem}`;
  };
}

function problemOfWhole(value) {
  if (!Number.isInteger(value)) return 'which is not a whole number';
  if (value < 0) return 'which is negative';
  return value > LARGEST_WHOLE ? 'which is too large' : null;
}

/** The value of a setting in a list, or a sentence about its text. */
export function readValue(name, text) {
  return READERS[name](text.trim().replace(',', '.').replace('−', '-'));
}

/** The state that a fragment describes on top of `before`, and sentences about what could not be read. */
export function readFragment(fragment, before) {
  const text = fragment.replace(/^#/, '');
  if (text.length > LONGEST) {
    return { state: before, complaints: ['the address is too long to be one of this page'] };
  }
  const [state, complaints] = [{ ...before }, []];
  for (const [name, value] of new URLSearchParams(text)) {
    if (!Object.hasOwn(READERS, name)) {
      complaints.push(`there is no setting ${quoted(name)}`);
      continue;
    }
    const read = READERS[name](value);
    if (typeof read === 'string') complaints.push(read);
    else [state[name]] = read;
  }
  return { state, complaints };
}

/** The fragment of a state; reading it gives the state again. */
export function writeFragment(state) {
  const fields = [['view', state.view]];
  for (const { name } of NUMBERS) fields.push([name, state[name] ?? 'flow']);
  if (state.view === 'algorithms') fields.push(['algorithm', state.algorithm.join(',')]);
  if (state.view === 'width') fields.push(['filters', state.filters]);
  if (state.axes !== 'log') fields.push(['axes', state.axes]);
  return `#${fields.map(([name, value]) => `${name}=${value}`).join('&')}`;
}
