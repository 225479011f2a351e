/** What comes from outside is named in a sentence, and harms nothing. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, open } from './harness.js';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** A fragment, and what its sentence has to name. */
const HOSTILE = [
  ['#patches=1e300', 'patches'],
  ['#patches=99999999999999999999', 'patches'],
  ['#patches=-3', 'patches'],
  ['#patches=2.5', 'patches'],
  ['#patches=0', 'patches'],
  ['#sum-ratio=NaN', 'sum-ratio'],
  ['#sum-ratio=26', 'sum ratio'],
  ['#sum-ratio=-1', 'sum ratio'],
  ['#patches=1&sum-ratio=4', 'sum ratio'],
  ['#scale-ratio=Infinity', 'scale-ratio'],
  ['#scale-ratio=0', 'scale ratio'],
  ['#step-size=-1', 'step size'],
  ['#step-size=1e400', 'step-size'],
  ['#step-size=fast', 'step-size'],
  ['#negative-slope=7', 'negative slope'],
  ['#angle=9', 'angle'],
  ['#angle=<script>alert(1)</script>', 'angle'],
  ['#sum=1e308', 'sum'],
  ['#signal=-1e308', 'signal'],
  ['#signal=%00%ff%fe', 'signal'],
  ['#view=<img src=x onerror=alert(1)>', 'view'],
  ['#view=constructor', 'view'],
  ['#__proto__=1', '__proto__'],
  ['#constructor=1', 'constructor'],
  ['#algorithm=gd,<b>x</b>', 'algorithm'],
  ['#view=width&filters=1e9', 'filters'],
  ['#axes=cubic', 'axes'],
  [`#patches=${'9'.repeat(5000)}`, 'too long'],
  ['#%E0%A4%A', 'setting'],
  ['#view=phase&patch-dim=1e12', 'patch'],
  ['#view=width&patch-dim=0', 'patch'],
  ['#view=algorithms&signal=1e7&step-size=0.1', 'signal'],
];

/** The sentence is there, names what is wrong, and brought nothing else into the page. */
async function check(view, named) {
  const notice = view.page.locator('#notice');
  assert.ok(await notice.isVisible());
  const text = await notice.innerText();
  assert.ok(text.toLowerCase().includes(named), text);
  assert.match(text, /^\S.*\.$/s);
  assert.equal(await view.page.locator('#notice *, script[src], img, b:not(footer b)').count(), 0);
}

async function goTo(view, hash) {
  await view.page.evaluate((text) => (location.hash = text), hash);
  await view.ready();
}

test('a sentence about each hostile address that an open page is sent to, and then it goes on', async () => {
  const view = await open(browser);
  for (const [hostile, named] of HOSTILE) {
    await goTo(view, hostile);
    await check(view, named);
    await goTo(view, '#patches=36');
    assert.equal(await view.page.locator('#notice').isVisible(), false, hostile);
    assert.equal(await view.page.locator('input.number[data-name=patches]').inputValue(), '36');
  }
  await view.close();
});

for (const [hostile, named] of HOSTILE.filter((_, i) => i % 6 === 0)) {
  test(`a page that opens with ${hostile.slice(0, 40)}`, async () => {
    const view = await open(browser, hostile);
    await check(view, named);
    await view.close();
  });
}

test('what is typed into a box is refused with a sentence, too', async () => {
  const view = await open(browser);
  for (const [name, typed, named] of [
    ['patches', 'many', 'patches'],
    ['sum-ratio', '77', 'sum ratio'],
    ['patch-dim', '-1', 'patch'],
    ['scale-ratio', '1e9', 'scale ratio'],
    ['step-size', '0', 'step size'],
    ['negative-slope', '', 'negative-slope'],
  ]) {
    const box = view.page.locator(`input.number[data-name=${name}]`);
    const before_ = await box.inputValue();
    await box.fill(typed);
    await box.press('Enter');
    await view.ready();
    assert.ok((await view.page.locator('#notice').innerText()).toLowerCase().includes(named), `${name} ${typed}`);
    assert.equal(await box.inputValue(), before_);
  }
  await view.close();
});
