/**
 * What can be set: one table for the sliders, the address of the page and the commands that are copied.
 *
 * A name is that of the flag of the program. The ends of a slider are a choice of this page; a box takes whatever the
 * library takes, and the library says so when it does not.
 */

/** The cell and the step size, each with a slider. */
export const PARAMETERS = [
  {
    name: 'patches',
    symbol: 'k',
    label: 'patches',
    low: 2,
    high: 200,
    logarithmic: true,
    places: 0,
    initial: 25,
  },
  { name: 'sum-ratio', symbol: 'ρ', label: 'sum ratio', low: 0, high: 25, places: 2, initial: 4 },
  {
    name: 'patch-dim',
    symbol: 'p',
    label: 'patch dimension',
    low: 1,
    high: 100,
    logarithmic: true,
    places: 0,
    initial: 5,
  },
  {
    name: 'scale-ratio',
    symbol: 'β',
    label: 'scale ratio',
    low: 0.1,
    high: 10,
    logarithmic: true,
    places: 3,
    initial: 1,
  },
  {
    name: 'step-size',
    symbol: 'η',
    label: 'step size',
    low: 0.001,
    high: 1,
    logarithmic: true,
    places: 4,
    initial: 0.1,
  },
  { name: 'negative-slope', symbol: 'c', label: 'negative slope', low: 0, high: 1, places: 2, initial: 0 },
];

/** The start of a run, in the numbers of `spurious trace`. */
export const START = [
  { name: 'angle', symbol: 'φ₀', label: 'angle', places: 4, initial: 1.9453 },
  { name: 'sum', symbol: 's₀', label: 'sum', low: -4, high: 4, places: 3, initial: 0.176 },
  { name: 'signal', symbol: 'q₀', label: 'signal', places: 4, initial: -0.0468 },
];

/** The views, in the order of their tabs. */
export const VIEWS = ['descent', 'phase', 'algorithms', 'width'];

/** Algorithms by the names of the program. */
export const ALGORITHMS = ['gd', 'momentum', 'nesterov', 'adam', 'rmsprop', 'sign', 'straight_through', 'noisy', 'sgd'];

/** The state before anything was moved. */
export function initialState() {
  const numbers = [...PARAMETERS, ...START].map(({ name, initial }) => [name, initial]);
  return {
    view: 'descent',
    ...Object.fromEntries(numbers),
    algorithm: ['gd', 'momentum', 'adam'],
    filters: 4,
    axes: 'log',
  };
}
