// Does the module of a page answer as the library does? `node parity.mjs PAGE ANSWERS`
//
// ANSWERS is what the example `thousand_questions` writes. The module computes sines, logarithms and powers with other functions than the
// system of this machine, so that last digits may differ, and what depends on them: the step of a verdict, the end of a long run. Verdicts
// and probabilities have to be the same; of everything else it is said how close it is, and a limit holds it there.

import { readFileSync } from 'node:fs';
import { load, unpack } from '../page/engine.js';

/** Probabilities have to agree to this: their own bound on errors. */
const PROBABILITY = 2e-12;
/** Paths and other numbers, relative to the largest of their kind. */
const NUMBERS = 1e-6;
/** Verdicts, and counts of them, may differ in this many of the answers: starts next to the boundary. */
const VERDICTS = 0;

const [page, answers] = process.argv.slice(2);
const packed = readFileSync(page, 'utf8').match(/id="module">([^<]+)</)[1];
const engine = await load(await unpack(packed));

const worst = {};
const failures = [];
let [count, identical, steps, otherVerdicts] = [0, 0, 0, 0];

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
    const isProbability = /probability|error_bound/.test(path);
    const far = note(`${kind} ${isProbability ? 'probability' : 'number'}`, one, other, Math.max(1, Math.abs(one)));
    if (far > (isProbability ? PROBABILITY : NUMBERS)) failures.push(`${kind}${path}: ${one} and ${other}`);
    return;
  }
  if (one !== null && other !== null && typeof one === 'object' && typeof other === 'object') {
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
  compare(request, expected, found.answer, '');
  const sameLength = found.numbers.length === numbers.length;
  const scale = numbers.reduce((most, number) => (Number.isFinite(number) ? Math.max(most, Math.abs(number)) : most), 1);
  if (sameLength) {
    const far = numbers.reduce((most, number, i) => Math.max(most, note(`${request} block`, number, found.numbers[i], scale)), 0);
    if (far > NUMBERS) failures.push(`${request} block: apart by ${far}`);
  }
  if (failures.length > before) failures.push(`  in ${native.question}`);
}
const time = performance.now() - begin;

console.log(`${count} answers in ${Math.round(time)} ms: ${identical} the same to the last bit, ${otherVerdicts} other verdicts`);
console.log(`${steps} numbers of steps, times or sentences differ`);
for (const [kind, far] of Object.entries(worst)) console.log(`  ${kind}: apart by at most ${far.toExponential(1)}`);
if (failures.length > 0 || otherVerdicts > VERDICTS) {
  console.error(failures.slice(0, 40).join('\n'));
  console.error(`error: ${failures.length} differences`);
  process.exit(1);
}
