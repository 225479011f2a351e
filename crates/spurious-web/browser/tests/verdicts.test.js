/** The page says what the program says. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { flags, fragment, launch, open, program, stream } from './harness.js';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const verdictOf = (values) => program('trace', ...flags(values)).results[0].verdict;

/** The angle at which the program changes its verdict, by bisection of whole runs. */
function criticalAngle(values) {
  let [recovers, trapped] = [0.01, 3.14];
  while (trapped - recovers > 1e-4) {
    const angle = (recovers + trapped) / 2;
    if (verdictOf({ ...values, angle }) === 'global') recovers = angle;
    else trapped = angle;
  }
  return (recovers + trapped) / 2;
}

const CELL = { 'patch-dim': 5, patches: 25, 'sum-ratio': 4, 'scale-ratio': 1, 'negative-slope': 0 };
const STARTS = [
  { ...CELL, 'step-size': 0.1, sum: 0.176, signal: -0.2 },
  { ...CELL, 'step-size': 0.05, sum: -1.2, signal: 0.7 },
  { ...CELL, 'step-size': 'flow', sum: 0.5, signal: 0.1 },
  { ...CELL, patches: 49, 'sum-ratio': 9, 'step-size': 0.02, sum: 0.3, signal: 0.3 },
  { ...CELL, 'negative-slope': 0.2, 'step-size': 0.1, sum: 0, signal: -0.1 },
  { ...CELL, 'scale-ratio': 2, 'step-size': 0.02, sum: 1, signal: 0.8 },
];

for (const values of STARTS) {
  test(`a drag over the boundary changes the verdict where the program does: ${fragment(values)}`, async () => {
    const angle = criticalAngle(values);
    const view = await open(browser, fragment({ ...values, angle }));
    const handle = view.page.locator('#view-descent .handle-dot');
    const centre = async () => {
      const box = await handle.boundingBox();
      return [box.x + box.width / 2, box.y + box.height / 2];
    };
    const [left, top] = await centre();
    const mouse = view.page.mouse;
    await mouse.move(left, top);
    await mouse.down();
    const verdicts = [];
    for (let shift = -12; shift <= 12; shift += 1) {
      await mouse.move(left + shift, top);
      await view.ready();
      let verdict = await view.verdict();
      if (verdict === 'undecided') {
        await view.page.waitForFunction(() => document.querySelector('#verdict strong').className !== 'undecided');
        verdict = await view.verdict();
      }
      verdicts.push([shift, verdict]);
    }
    await mouse.up();
    const change = verdicts.findIndex(([, verdict]) => verdict === 'spurious');
    const [before_, after_] = [verdicts.slice(0, change), verdicts.slice(change)];
    assert.ok(change > 0, JSON.stringify(verdicts));
    assert.ok(
      before_.every(([, verdict]) => verdict === 'global') && after_.every(([, verdict]) => verdict === 'spurious'),
    );
    assert.ok(Math.abs(verdicts[change][0] - 0.5) <= 1.5, `changes at ${verdicts[change][0]} pixels from the boundary`);
    await view.close();
  });
}

test('two hundred random settings: verdicts and probabilities are those of the program', async () => {
  const random = stream(17);
  const view = await open(browser);
  const digits = (value, count) => Number(value.toPrecision(count));
  let compared = 0;
  for (let i = 0; i < 200; i += 1) {
    const patches = Math.round(Math.exp(Math.log(2) + random() * Math.log(60)));
    const values = {
      'patch-dim': 2 + Math.floor(random() * 20),
      patches,
      'sum-ratio': digits(random() * Math.min(patches, 12), 4),
      'scale-ratio': random() < 0.5 ? 1 : digits(Math.exp(random() * 2 - 1), 3),
      'negative-slope': random() < 0.6 ? 0 : digits(random() * 0.5, 2),
      'step-size': random() < 0.25 ? 'flow' : digits(Math.exp(Math.log(0.004) + random() * 2.3), 2),
      angle: digits(0.2 + random() * 2.8, 5),
      sum: digits(random() * 2 - 1, 4),
      signal: digits(random() * 2 - 0.8, 4),
    };
    // The page hears of another address a little later; until then it shows what it was told before.
    await view.page.evaluate(
      (text) =>
        new Promise((heard) => {
          addEventListener('hashchange', () => requestAnimationFrame(heard), { once: true });
          location.hash = text;
        }),
      fragment(values),
    );
    await view.ready();
    await view.page.waitForFunction(() => {
      const settled = document.querySelector('#verdict strong').className !== 'undecided';
      return document.querySelector('#exact').dataset.value !== undefined && settled;
    });
    assert.equal(await view.page.locator('#notice').isVisible(), false, fragment(values));
    const { angle, sum, signal, ...setting } = values;
    assert.equal(await view.verdict(), verdictOf(values), fragment(values));
    const [exact] = program('probability', ...flags(setting)).results;
    const shown = Number(await view.page.locator('#exact').getAttribute('data-value'));
    assert.ok(Math.abs(shown - exact.probability) <= 1e-11, `${shown} ${exact.probability} ${fragment(values)}`);
    assert.ok([angle, sum, signal].every(Number.isFinite));
    compared += 1;
  }
  assert.equal(compared, 200);
  await view.close();
});
