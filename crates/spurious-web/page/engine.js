// The library in the browser: loads the WebAssembly module, asks it questions, and returns typed answers.
//
// No number is computed here. Words, units and keys are those of the command line: angles are radians, `signal` is aᵀb and `sum` is 1ᵀa
// (both in the units in which the initial filter has length 1 and ‖b‖ = scale_ratio), losses are plain losses. Only the points of a
// landscape have losses and signals in units of ‖b‖² = `norm_squared`, as `spurious landscape` prints them.
//
// Every method is synchronous: on the main thread a question has to be short (see `Cost` at each method); long ones belong to a worker.
// A question that the library refuses throws a `Refusal` whose message is the library's sentence, ready to be shown.

/**
 * @typedef {object} Cell
 * @property {number} patch_dim patch dimension p, a whole number from 1
 * @property {number} patches number of patches k, a whole number from 1
 * @property {number} sum_ratio ρ, from 0 to k
 * @property {number} [scale_ratio] β = ‖b‖/‖v₀‖, 1 if left out
 * @property {number} [negative_slope] c, from 0 (the rectifier, if left out) to 1
 */

/**
 * What is given of a start; the rest as for `spurious trace`: without angle, sum and signal the random start `trial` of `seed`.
 * @typedef {object} Start
 * @property {number|null} [angle] φ₀, radians, from 0 to π
 * @property {number|null} [sum] 1ᵀa₀
 * @property {number|null} [signal] a₀ᵀb
 * @property {number} [seed] 1 if left out
 * @property {number} [trial] 0 if left out
 */

/**
 * @typedef {object} Method
 * @property {number|null} [step_size] η; gradient flow if null or left out
 * @property {string} [algorithm] gd (if left out), momentum, nesterov, adam, rmsprop, sign, straight_through, noisy, sgd
 * @property {object} [settings] momentum, betas, eps, alpha, noise, noise_decay, step_decay, epoch, epochs, batch_size; those of PyTorch if left out
 */

/**
 * @typedef {object} CriticalPoint
 * @property {"global_minimum"|"spurious_minimum"|"saddle"|"degenerate_saddle"|"strict_saddle"} kind
 * @property {number} angle radians
 * @property {number} loss in units of ‖b‖²
 * @property {number} index number of negative eigenvalues
 * @property {number} signal q/‖b‖²
 * @property {number} sum s/S
 */

/**
 * @typedef {object} LandscapeAnswer
 * @property {{patches: number, sum_ratio: number, negative_slope: number, criticality: number, critical_sum_ratio: number|null,
 *   barrier: number|null, points: CriticalPoint[]}} landscape as `spurious landscape --json` has it; points from the teacher to the antipode
 * @property {{largest_step_size: number, divergent_step_size: number, overshoot_step_size: number}} guarantee step sizes for which verdicts of gd
 *   are theorems, for all random starts of the cell
 * @property {number} largest_step_size the smaller one of the first and the last of these: up to here everything is proved
 * @property {number} norm_squared ‖b‖²; a point lies at the signal `point.signal * norm_squared` and has the loss `point.loss * norm_squared`
 * @property {number} teacher_sum S = 1ᵀb
 * @property {boolean} has_trap whether there is a spurious minimum with a saddle before it
 * @property {string} sentence what this landscape means for a random start
 */

/**
 * @typedef {object} Path columns of equal length, `Float64Array`s, thinned to at most `points` moments; the start is the first, the end the last
 * @property {Float64Array} step
 * @property {Float64Array} time
 * @property {Float64Array} loss
 * @property {Float64Array} angle
 * @property {Float64Array} supplement π − φ, accurate near the antipode
 * @property {Float64Array} sum
 * @property {Float64Array} signal
 * @property {Float64Array} filter_norm
 */

/**
 * @typedef {object} Run as `spurious trace --json` has it
 * @property {"global"|"spurious"|"undecided"} verdict
 * @property {"theorem"|"energy"|"convergence"|null} decided_by
 * @property {string} sentence what happens and why
 * @property {number|null} verdict_step
 * @property {number|null} verdict_time
 * @property {number} steps
 * @property {number} time
 * @property {"converged"|"exhausted"|"diverged"} stop
 * @property {number|null} phase_one_steps
 * @property {number|null} phase_one_time
 * @property {number|null} measured_rate
 * @property {number|null} predicted_rate
 * @property {number|null} measured_closing
 * @property {number|null} predicted_closing
 * @property {{loss: number, angle: number, sum: number, signal: number}} final
 */

/**
 * @typedef {object} RunAnswer
 * @property {Run} run
 * @property {{angle: number, sum: number, signal: number}} start the start in numbers, also where it was drawn
 * @property {Path} path
 */

/**
 * @typedef {object} Counts
 * @property {number} runs
 * @property {number} global
 * @property {number} spurious
 * @property {number} undecided
 */

/**
 * @typedef {object} BatchAnswer
 * @property {Counts & {probability: number, lower: number, upper: number}} estimate of `before` and this piece together, with Wilson's 95 % interval
 * @property {Counts} counts of the same, to be handed on as `before` of the next piece
 * @property {number} step_size η that was used (for gradient flow: half of the largest one that is proved)
 * @property {Float64Array} angle of each start of this piece
 * @property {Float64Array} sum
 * @property {Float64Array} signal
 * @property {Float64Array} verdict 1 recovers the teacher, −1 trapped, 0 undecided
 * @property {Float64Array} steps steps to the verdict
 */

/** The library refused a question; `message` says why and what would be accepted. */
export class Refusal extends Error {
  name = "Refusal";
}

/** The module broke down and was started again; the question that did it is lost, the next one is answered. */
export class Breakdown extends Error {
  name = "Breakdown";
}

const WORD = 8;
const PATH_COLUMNS = ["step", "time", "loss", "angle", "supplement", "sum", "signal", "filter_norm"];
const BATCH_COLUMNS = ["angle", "sum", "signal", "verdict", "steps"];

/**
 * Compiles and starts the module.
 * @param {BufferSource|WebAssembly.Module} bytes the module
 * @returns {Promise<Engine>}
 */
export async function load(bytes) {
  const module = bytes instanceof WebAssembly.Module ? bytes : await WebAssembly.compile(bytes);
  return new Engine(module, await WebAssembly.instantiate(module, {}));
}

/**
 * The bytes of the module that the page carries: base64 of deflated bytes, in the element `#module`.
 * @param {string} text
 * @returns {Promise<ArrayBuffer>}
 */
export async function unpack(text) {
  const packed = Uint8Array.from(atob(text.trim()), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).arrayBuffer();
}

/** The library, ready for questions. */
export class Engine {
  #module;
  #exports;

  /**
   * @param {WebAssembly.Module} module
   * @param {WebAssembly.Instance} instance
   */
  constructor(module, instance) {
    this.#module = module;
    this.#exports = instance.exports;
  }

  /** The compiled module, which can be posted to a worker and loaded there. */
  get module() {
    return this.#module;
  }

  /**
   * One question in JSON, and its answer: an object, and a block of numbers.
   * @param {string} request name of the question
   * @param {object} question
   * @returns {{answer: any, numbers: Float64Array}}
   */
  ask(request, question) {
    const bytes = new TextEncoder().encode(JSON.stringify({ request, ...question }));
    let head;
    try {
      const room = this.#exports.room(bytes.length);
      new Uint8Array(this.#exports.memory.buffer, room, bytes.length).set(bytes);
      head = this.#exports.ask(bytes.length);
    } catch (error) {
      // A trap leaves the instance in an unknown state. A fresh one costs a millisecond.
      this.#exports = new WebAssembly.Instance(this.#module, {}).exports;
      throw new Breakdown(`the computation broke down: ${error.message}`, { cause: error });
    }
    const memory = this.#exports.memory.buffer;
    const [length, count] = new Uint32Array(memory, head, 2);
    const text = new TextDecoder().decode(new Uint8Array(memory, head + WORD, length));
    const numbers = new Float64Array(memory, head + WORD + WORD * Math.ceil(length / WORD), count).slice();
    const answer = JSON.parse(text);
    if (answer.error !== undefined) {
      throw new Refusal(answer.error);
    }
    return { answer, numbers };
  }

  /**
   * Critical points, barrier, criticality, and limits of step sizes. Cost: 0.1 ms.
   * @param {Cell} cell
   * @returns {LandscapeAnswer}
   */
  landscape(cell) {
    return this.ask("landscape", cell).answer;
  }

  /**
   * The loss on a grid, row by row: `losses[row * angles.length + column]`. Without `sum` the smallest loss that output weights with this
   * signal have, on which the critical points lie; with it the loss at this sum. Cost: some 100 ns a point; at most 10⁶ points.
   * @param {Cell & {angles: number[], signals: number[], sum?: number|null}} question
   * @returns {Float64Array}
   */
  losses(question) {
    return this.ask("losses", question).numbers;
  }

  /**
   * The boundary of the basins for one sum and a list of signals: the critical angle for each signal, NaN where no start has that signal
   * with this sum. Starts at smaller angles recover the teacher, starts at larger ones are trapped. Of gd (or gradient flow). `null` where
   * there is no boundary: no trap, or p = 1. With `signal`, also the critical angle for it. Cost: 0.15 ms a signal with a step size of 0.1 or
   * more, and of gradient flow; for smaller steps `0.01/step_size` ms. At most 2000 signals, and some seconds.
   * @param {Cell & {step_size?: number|null, sum: number, signals: number[], signal?: number|null}} question
   * @returns {{angles: Float64Array, angle: number|null}|null}
   */
  boundary(question) {
    const { answer, numbers } = this.ask("boundary", question);
    return answer.has_boundary ? { angles: numbers, angle: answer.angle } : null;
  }

  /**
   * One run with its path, verdict, and a sentence. Cost: some 0.2 µs a step of gd; `max_steps` is 10⁴ if left out, `points` 600.
   * @param {Cell & Start & Method & {max_steps?: number, max_time?: number, points?: number}} question
   * @returns {RunAnswer}
   */
  run(question) {
    const { answer, numbers } = this.ask("run", question);
    return { ...answer, path: columns(PATH_COLUMNS, numbers, 0, answer.moments) };
  }

  /**
   * The exact probability that a random start recovers the teacher, as `spurious probability --json` has it: `probability`, `error_bound`,
   * `failure_probability`, `limit_probability`, `starts` (how many suffice with `confidence`), `criticality`, … Cost: 3 to 30 ms.
   * @param {Cell & {step_size?: number|null, tolerance?: number, confidence?: number}} question
   * @returns {{probability: number, error_bound: number, failure_probability: number, limit_probability: number, starts: number,
   *   criticality: number, tolerance_met: boolean}}
   */
  probability(question) {
    return this.ask("probability", question).answer;
  }

  /**
   * A piece of a batch of random starts, those with the numbers from `first` to `first + runs`: outcomes, and each start. Pieces add up by
   * `before`, the `counts` of the answer before. Cost: some µs a run of gd, ms of others; pieces of 100 to 1000 keep a worker responsive.
   * @param {Cell & Method & {seed?: number, first: number, runs: number, before?: Counts|null}} question
   * @returns {BatchAnswer}
   */
  batch(question) {
    const { answer, numbers } = this.ask("batch", question);
    return { ...answer, ...columns(BATCH_COLUMNS, numbers, 0, question.runs) };
  }

  /**
   * A tile of the phase diagram, row by row: `probability[row * patches.length + column]`, a row for each sum ratio; NaN where the sum
   * ratio is larger than the number of patches, or the theory does not cover the step size. `critical_sum_ratio` has ρ_c for each number of
   * patches. Cost: 1 to 10 ms a cell with the tolerance 1e-4, which is used if left out; at most 4096 cells.
   * @param {{patch_dim: number, patches: number[], sum_ratios: number[], scale_ratio?: number, negative_slope?: number,
   *   step_size?: number|null, tolerance?: number}} question
   * @returns {{probability: Float64Array, critical_sum_ratio: (number|null)[]}}
   */
  tiles(question) {
    const { answer, numbers } = this.ask("tiles", question);
    return { ...answer, probability: numbers };
  }

  /**
   * Table 1 of the paper: 36 cells with what was printed.
   * @returns {{patch_dim: number, scale_ratio: number, cells: {patches: number, sum_ratio: number, probability: number}[]}}
   */
  paper() {
    return this.ask("paper", {}).answer;
  }

  /**
   * Several algorithms from one start, a run and a path each, as `spurious compare --json` has the rows. Cost: as `run`, each; coordinatewise
   * algorithms (adam, rmsprop, sign) p + k times as much. `max_steps` is 10⁴ if left out.
   * @param {Cell & Start & {step_size: number, algorithms: string[], settings?: object, max_steps?: number, points?: number}} question
   * @returns {{start: {angle: number, sum: number, signal: number}, rows: (Run & {algorithm: string, step_size: number,
   *   path: Path})[]}}
   */
  compare(question) {
    const { answer, numbers } = this.ask("compare", question);
    let first = 0;
    const rows = answer.rows.map((row) => {
      const path = columns(PATH_COLUMNS, numbers, first, row.moments);
      first += PATH_COLUMNS.length * row.moments;
      return { ...row, path };
    });
    return { ...answer, rows };
  }

  /**
   * A piece of the runs of students of several filters, as a row of `spurious width --json`: `filters`, `runs`, `probability`, `lower`,
   * `upper`, `single_probability` (P₁, exact), `law_probability` (1 − (1 − P₁)ʳ, independent tickets), `z_score`. Pieces add up by `before`,
   * the answer before. Cost: some 0.1 to 1 ms a run; pieces of 50 to 200 keep a worker responsive.
   * @param {Cell & {filters: number, step_size: number, output_weights?: "divided"|"whole", seed?: number, first: number, runs: number,
   *   before?: object|null}} question
   * @returns {Counts & {filters: number, probability: number, lower: number, upper: number, single_probability: number|null,
   *   law_probability: number|null, z_score: number|null}}
   */
  width(question) {
    return this.ask("width", question).answer;
  }

  /**
   * The version of the library, and the largest numbers that questions may have.
   * @returns {{version: string, algorithms: string[], limits: Record<string, number>}}
   */
  about() {
    return this.ask("about", {}).answer;
  }
}

/** Columns of `length` numbers each, one after the other from `first`. */
function columns(names, numbers, first, length) {
  return Object.fromEntries(
    names.map((name, i) => [name, numbers.subarray(first + i * length, first + (i + 1) * length)]),
  );
}
