// Does the module of a page answer as the library does? `node parity.mjs PAGE ANSWERS`
//
// ANSWERS is what the example `thousand_questions` writes. The module computes sines, logarithms and powers with other functions than the
// system of this machine, so that last digits may differ. Verdicts have to be the same, and probabilities within their own bound on errors. A
// run that passes near a saddle magnifies a last digit, and so does an algorithm that divides by vanishing gradients: of paths it is said
// how many are apart, and few may be.

import { readFileSync } from 'node:fs';
import { load, unpack } from '../page/engine.js';

/** Probabilities have to agree to this: their own bound on errors. */
const PROBABILITY = 2e-12;
/** Other numbers have to agree to this, relative to their size or to 1. */
const NUMBERS = 1e-6;
/** Rates are slopes of logarithms of losses that have few digits left. */
const RATES = 1e-3;
/** Paths that are further apart than `NUMBERS`, relative to the largest number of a column; so many of a hundred may be. */
const FAR_PATHS = 1;
/** Columns of a path: step and time, which an integrator chooses, and six numbers of the student. */
const [COLUMNS, CHOSEN] = [8, 2];
/** Algorithms that go on oscillating around a minimum. */
const RESTLESS = ['adam', 'rmsprop', 'sign', 'sgd'];

const [page, answers] = process.argv.slice(2);
const packed = readFileSync(page, 'utf8').match(/id="module">([^<]+)</)[1];
const engine = await load(await unpack(packed));

const worst = {};
const failures = [];
let [count, identical, steps, otherVerdicts, paths, farPaths] = [0, 0, 0, 0, 0, 0];

/** Notes how far two numbers of a kind are apart, relative to `scale`. */
function note(kind, one, other, scale) {
  if (Object.is(one, other)) return 0;
  const distance = Math.abs(one - other) / Math.max(scale, Number.MIN_VALUE);
  const far = Number.isNaN(distance) ? Infinity : distance;
  worst[kind] = Math.max(worst[kind] ?? 0, far);
  return far;
}

/** Compares two values of JSON; `path` names where they stand. */
function compare(kind, one, other, path) {
  if (typeof one === 'number' && typeof other === 'number') {
    if (/verdict_step|verdict_time|phase_one|steps|time/.test(path)) {
      if (one !== other) steps += 1;
      return;
    }
    const [name, limit] = /probability|error_bound/.test(path)
      ? ['probability', PROBABILITY]
      : /measured/.test(path)
        ? ['rate', RATES]
        : ['number', NUMBERS];
    const far = note(`${kind} ${name}`, one, other, Math.max(1, Math.abs(one)));
    if (far > limit) failures.push(`${kind}${path}: ${one} and ${other}`);
    return;
  }
  if (one !== null && other !== null && typeof one === 'object' && typeof other === 'object') {
    // Where such a run stands when its steps have run out is chance.
    if (RESTLESS.includes(one.algorithm)) {
      if (one.verdict !== other.verdict) otherVerdicts += 1;
      return;
    }
    for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
      compare(kind, one[key], other[key], `${path}.${key}`);
    }
    return;
  }
  if (one === other) return;
  // A sentence has numbers of one decimal.
  if (/sentence/.test(path)) steps += 1;
  else if (/verdict|decided_by|stop/.test(path)) otherVerdicts += 1;
  else failures.push(`${kind}${path}: ${JSON.stringify(one)} and ${JSON.stringify(other)}`);
}

const bits = new DataView(new ArrayBuffer(8));
function double(hexadecimal) {
  bits.setBigUint64(0, BigInt(`0x${hexadecimal}`));
  return bits.getFloat64(0);
}

/** An answer without where its runs end, and how many moments they have. */
function withoutEnd(answer) {
  const bare = ({ final, moments, ...rest }) => rest;
  if (answer.rows !== undefined) return { ...answer, rows: answer.rows.map(bare) };
  return answer.run === undefined ? answer : { ...bare(answer), run: bare(answer.run) };
}

/** Counts paths, and those that are apart. */
function comparePaths(one, other, numbers, others) {
  const rows = one.rows ?? [one];
  let [first, firstOther] = [0, 0];
  rows.forEach(({ moments, algorithm }, row) => {
    const otherMoments = (other.rows ?? [other])[row].moments;
    if (!RESTLESS.includes(algorithm)) {
      paths += 1;
      let far = moments === otherMoments ? 0 : Infinity;
      for (let column = CHOSEN; column < COLUMNS && far < Infinity; column += 1) {
        const at = first + column * moments;
        const scale = numbers.slice(at, at + moments).reduce((most, number) => Math.max(most, Math.abs(number)), 0);
        for (let i = 0; i < moments; i += 1) {
          const distance = note('path', numbers[at + i], others[firstOther + column * moments + i], scale);
          far = Math.max(far, distance);
        }
      }
      if (far > NUMBERS) farPaths += 1;
    }
    first += COLUMNS * moments;
    firstOther += COLUMNS * otherMoments;
  });
}

const begin = performance.now();
for (const line of readFileSync(answers, 'utf8').trim().split('\n')) {
  const native = JSON.parse(line);
  const { request, ...question } = JSON.parse(native.question);
  const expected = JSON.parse(native.answer);
  const numbers = native.numbers === '' ? [] : native.numbers.split(' ').map(double);
  count += 1;
  let found;
  try {
    found = engine.ask(request, question);
  } catch (error) {
    found = { answer: { error: error.message }, numbers: [] };
  }
  const isSame =
    JSON.stringify(found.answer) === JSON.stringify(expected) &&
    found.numbers.length === numbers.length &&
    numbers.every((number, i) => Object.is(number, found.numbers[i]));
  if (isSame) {
    identical += 1;
    continue;
  }
  const before = failures.length;
  const isPath = request === 'run' || request === 'compare';
  // The end of a run is the end of its path.
  if (isPath) comparePaths(expected, found.answer, numbers, found.numbers);
  compare(request, isPath ? withoutEnd(expected) : expected, isPath ? withoutEnd(found.answer) : found.answer, '');
  if (!isPath) {
    const scale = numbers.reduce((most, number) => (Number.isFinite(number) ? Math.max(most, Math.abs(number)) : most), 1);
    const far = numbers.reduce((most, number, i) => Math.max(most, note(`${request} block`, number, found.numbers[i], scale)), 0);
    if (far > NUMBERS || numbers.length !== found.numbers.length) failures.push(`${request} block: apart by ${far}`);
  }
  if (failures.length > before) failures.push(`  in ${native.question}`);
}
const time = performance.now() - begin;

console.log(`${count} answers in ${Math.round(time)} ms: ${identical} the same to the last bit, ${otherVerdicts} other verdicts`);
console.log(`${farPaths} of ${paths} paths apart by more than ${NUMBERS}`);
console.log(`${steps} numbers of steps, times or sentences differ`);
for (const [kind, far] of Object.entries(worst)) console.log(`  ${kind}: apart by at most ${far.toExponential(1)}`);
const isFar = farPaths > (FAR_PATHS / 100) * paths;
if (failures.length > 0 || otherVerdicts > 0 || isFar) {
  console.error(failures.slice(0, 40).join('\n'));
  console.error(`error: ${failures.length} differences`);
  process.exit(1);
}
