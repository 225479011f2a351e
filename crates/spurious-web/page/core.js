/**
 * The library as the views need it: states of the page become questions, answers become what is drawn.
 *
 * Signals and losses are in units of ‖b‖² on the map and in the curves, and in those of the program everywhere else.
 */

import { Refusal } from './engine.js';

/** Points of the grid of losses. */
const GRID = { columns: 97, rows: 73 };
/** Signals that a map shows, at least. */
const SIGNALS = { lowest: -0.6, highest: 1.3 };
/** Signals for which the boundary is computed, in all and at once. */
const BOUNDARY_POINTS = 49;
const BOUNDARY_PIECE = 2;
/** Moments of a path that are drawn. */
const MOMENTS = 600;
/** Steps while the start is moved, and in the end: as many as the program takes. */
const STEPS = { quick: 10_000, full: 1_000_000 };

/** The step size where steps are needed and gradient flow is set. */
export const STEP_SIZE = 0.1;
/** Algorithms that carry all p + k numbers, and up to how many of these they are run in a frame. */
const COORDINATEWISE = ['adam', 'rmsprop', 'sign', 'noisy'];
const MOST_COORDINATES = 80;
/** Digits of a start that was moved. */
const DIGITS = 6;

/** A sentence of the library, with a capital letter and a full stop. */
function written(text) {
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}

/** A sentence in its two parts: what happens, and why. */
function parted(text) {
  const at = text.indexOf(': ');
  if (at < 0) return { headline: written(text).slice(0, -1), why: '' };
  return { headline: written(text.slice(0, at)).slice(0, -1), why: written(text.slice(at + 2)) };
}

/** What is shown of a start that there is not. */
const NO_RUN = {
  ...{ verdict: 'undecided', headline: 'There is no such start', isRefused: true },
  ...{ at: [], loss: [], angle: [], signal: [], phaseOneEnd: null, certainAt: null },
  columns: { step: [] },
};

/** The flags of a cell as the library names them. */
export function cellOf(state) {
  return {
    patch_dim: state['patch-dim'],
    patches: state.patches,
    sum_ratio: state['sum-ratio'],
    scale_ratio: state['scale-ratio'],
    negative_slope: state['negative-slope'],
  };
}

/** The cell and the step size, `null` for gradient flow. */
export function settingOf(state) {
  return { ...cellOf(state), step_size: state['step-size'] };
}

function startOf(state) {
  return { angle: state.angle, sum: state.sum, signal: state.signal };
}

const spread = (low, high, count) => Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));

/** A function of a question that remembers the last answer. */
function remembering(answer) {
  let [key, last] = [null, null];
  return (question) => {
    const asked = JSON.stringify(question);
    if (asked !== key) [key, last] = [asked, answer(question)];
    return last;
  };
}

/** The sentence of a refusal; other errors are errors. */
function refusalOf(ask) {
  try {
    ask();
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

/** What the views ask of an `engine`. */
export function createCore(engine) {
  const landscape = remembering((cell) => {
    const answer = engine.landscape(cell);
    const { points } = answer.landscape;
    const unit = answer.norm_squared;
    const deepest = Math.min(...points.map((point) => point.signal)) - 0.12;
    const lowest = Math.min(SIGNALS.lowest, Math.floor(deepest * 5) / 5);
    const signals = spread(lowest, SIGNALS.highest, GRID.rows).map((signal) => signal * unit);
    const losses = engine.losses({ ...cell, angles: spread(0, Math.PI, GRID.columns), signals });
    const lossOf = (kind) => points.find((point) => point.kind === kind)?.loss ?? null;
    return {
      ...GRID,
      lowest,
      highest: SIGNALS.highest,
      unit,
      loss: losses.map((loss) => loss / unit),
      points,
      saddleLoss: lossOf('saddle'),
      trapLoss: lossOf('spurious_minimum'),
      criticality: answer.landscape.criticality,
      criticalSumRatio: answer.landscape.critical_sum_ratio,
      barrier: answer.landscape.barrier,
      sentence: written(answer.sentence),
    };
  });

  const pathOf = (path, unit) => ({
    angles: path.angle,
    signals: path.signal.map((signal) => signal / unit),
    losses: path.loss.map((loss) => loss / unit),
  });

  return {
    /** The sentence with which the library refuses a state, or `null`. */
    refusal: (state) =>
      refusalOf(() => {
        engine.landscape(cellOf(state));
        engine.run({ ...settingOf(state), ...startOf(state), max_steps: 1, points: 2 });
      }),

    /** A signal of a state in the units of the map. */
    onMap: (state, signal) => signal / landscape(cellOf(state)).unit,

    /** What a state has to become for a start at a place of the map. */
    startAt: (state, angle, signal) => ({
      angle,
      signal: Number((signal * landscape(cellOf(state)).unit).toPrecision(DIGITS)),
    }),

    /** The sum and the signal that keep a start in its place when other settings change the unit of the map. */
    sameStart(state, changes) {
      const next = { ...state, ...changes };
      let factor = NaN;
      refusalOf(() => (factor = landscape(cellOf(next)).unit / landscape(cellOf(state)).unit));
      if (!Number.isFinite(factor)) return {};
      const scaled = (value, by) => Number((value * by).toPrecision(DIGITS));
      return { sum: scaled(state.sum, Math.sqrt(factor)), signal: scaled(state.signal, factor) };
    },

    /** The surface of a map, and the criticality. */
    landscape: (state) => landscape(cellOf(state)),

    /** The boundary of the basins for the sum of the start, in the units of the map, in pieces; `null` where there is none. */
    *boundary(state) {
      const { lowest, highest, unit } = landscape(cellOf(state));
      const found = { angles: [], signals: [] };
      const all = spread(lowest, highest, BOUNDARY_POINTS);
      for (let first = 0; first < all.length; first += BOUNDARY_PIECE) {
        const signals = all.slice(first, first + BOUNDARY_PIECE);
        const question = { ...settingOf(state), sum: state.sum, signals: signals.map((signal) => signal * unit) };
        let piece = null;
        const refused = refusalOf(() => (piece = engine.boundary(question)));
        if (refused !== null || piece === null) return null;
        piece.angles.forEach((angle, i) => {
          if (!Number.isFinite(angle)) return;
          found.angles.push(angle);
          found.signals.push(signals[i]);
        });
        yield;
      }
      return found;
    },

    /** The run from the start; with `isFull` as long as the program goes on. */
    run(state, isFull = false) {
      const { unit } = landscape(cellOf(state));
      const isFlow = state['step-size'] === null;
      const question = {
        ...settingOf(state),
        ...startOf(state),
        max_steps: isFull ? STEPS.full : STEPS.quick,
        points: MOMENTS,
      };
      let answer = null;
      const refused = refusalOf(() => (answer = engine.run(question)));
      if (refused !== null) return { ...NO_RUN, why: written(refused), isFlow };
      const { run, path } = answer;
      const { angles, signals, losses } = pathOf(path, unit);
      return {
        verdict: run.verdict,
        ...parted(run.sentence),
        isFlow,
        at: isFlow ? path.time : path.step,
        loss: losses,
        angle: angles,
        signal: signals,
        phaseOneEnd: isFlow ? run.phase_one_time : run.phase_one_steps,
        certainAt: isFlow ? run.verdict_time : run.verdict_step,
        columns: path,
      };
    },

    /** Whether a run of an algorithm takes longer than a frame. */
    isSlow: (state, algorithm) =>
      algorithm === 'sgd' ||
      (COORDINATEWISE.includes(algorithm) && state.patches + state['patch-dim'] > MOST_COORDINATES),

    /** The question for runs of some algorithms from the start. */
    comparison: (state, algorithms) => ({
      ...cellOf(state),
      ...startOf(state),
      step_size: state['step-size'] ?? STEP_SIZE,
      algorithms,
      points: MOMENTS,
    }),

    /** Rows of a comparison as they are drawn. */
    rowsOf(state, { rows }) {
      const { unit } = landscape(cellOf(state));
      return rows.map((row) => ({
        ...row,
        ...pathOf(row.path, unit),
        endSignal: row.final.signal / unit,
        why: parted(row.sentence).why,
      }));
    },

    /** Runs of some algorithms from the start, or the sentence with which they are refused. */
    compare(state, algorithms) {
      if (algorithms.length === 0) return { rows: [], refusal: null };
      let answer = { rows: [] };
      const refusal = refusalOf(() => (answer = engine.compare(this.comparison(state, algorithms))));
      return { rows: this.rowsOf(state, answer), refusal: refusal && written(refusal) };
    },

    /** A random start in the numbers of a state. */
    drawStart(state, trial) {
      const { start } = engine.run({ ...settingOf(state), trial, max_steps: 1, points: 2 });
      return Object.fromEntries(
        Object.entries(start).map(([name, value]) => [name, Number(value.toPrecision(DIGITS))]),
      );
    },

    /** The exact probability that a random start recovers the teacher. */
    probability: (state) => engine.probability(settingOf(state)),

    /** The table of the paper. */
    paper: remembering(() => engine.paper()),
  };
}
