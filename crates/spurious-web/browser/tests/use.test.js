/** The page in use: mouse, keyboard, touch; tabs, address, history; commands, files; random starts. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { flags, fragment, launch, open, PICTURES, program } from './harness.js';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const START = {
  patches: 25,
  'sum-ratio': 4,
  'patch-dim': 5,
  'scale-ratio': 1,
  'step-size': 0.1,
  'negative-slope': 0,
  angle: 1.9,
  sum: 0.2,
  signal: 0.05,
};
const handleOf = (view) => view.page.locator('#view-descent [role=slider]');
const hashOf = (view) => view.page.evaluate(() => location.hash);
const settle = (view) => view.page.waitForTimeout(500);

test('the address is read, written, and read again to the same', async () => {
  const view = await open(browser, fragment(START));
  await settle(view);
  const written = new URLSearchParams((await hashOf(view)).slice(1));
  for (const [name, value] of Object.entries(START)) assert.equal(Number(written.get(name)), value, name);
  const again = await open(browser, await hashOf(view));
  await settle(again);
  assert.equal(await hashOf(again), await hashOf(view));
  await again.close();
  await view.close();
});

test('the back button takes back tabs, drags and cells', async () => {
  const view = await open(browser, fragment(START));
  await view.page.locator('#tab-phase').click();
  assert.match(await hashOf(view), /view=phase/);
  await view.page.locator('.cells button').nth(8).click();
  assert.match(await hashOf(view), /view=descent.*patches=36.*sum-ratio=4/);
  assert.equal(await view.page.locator('input.number[data-name=patches]').inputValue(), '36');
  await view.page.goBack();
  await view.ready();
  assert.ok(await view.page.locator('#view-phase').isVisible());
  await view.page.goBack();
  await view.ready();
  assert.ok(await view.page.locator('#view-descent').isVisible());
  assert.equal(await view.page.locator('input.number[data-name=patches]').inputValue(), '25');
  await view.page.goForward();
  await view.ready();
  assert.ok(await view.page.locator('#view-phase').isVisible());
  await view.close();
});

test('every slider moves what it says, and the threshold moves along', async () => {
  const view = await open(browser, fragment(START));
  for (const name of ['patches', 'sum-ratio', 'patch-dim', 'scale-ratio', 'step-size', 'negative-slope', 'sum']) {
    const slider = view.page.locator(`input[type=range][data-name=${name}]`);
    const box = view.page.locator(`input.number[data-name=${name}]`);
    const before_ = Number(await box.inputValue());
    await slider.focus();
    await slider.press('ArrowRight');
    await view.ready();
    assert.ok(Number(await box.inputValue()) > before_, name);
    await settle(view);
    assert.equal(new URLSearchParams((await hashOf(view)).slice(1)).get(name), await box.inputValue());
  }
  const threshold = view.page.locator('.threshold').first();
  assert.ok((await threshold.isVisible()) || (await view.page.locator('.threshold:not([hidden])').count()) === 1);
  await view.page.locator('input.number[data-name=sum-ratio]').fill('9.5');
  await view.page.locator('input.number[data-name=sum-ratio]').press('Enter');
  await view.ready();
  // Beyond the threshold the saddles have merged into the antipodal point, and the trap is gone.
  const marks = await view.page.locator('#view-descent .mark-label').allInnerTexts();
  assert.ok(!marks.some((text) => /saddles|spurious/.test(text)), marks.join());
  await view.close();
});

test('with the keyboard alone', async () => {
  const view = await open(browser, fragment(START));
  const { keyboard } = view.page;
  const focused = () =>
    view.page.evaluate(() => document.activeElement.id || document.activeElement.getAttribute('aria-label'));
  const seen = [];
  for (let i = 0; i < 40; i += 1) {
    await keyboard.press('Tab');
    seen.push(await focused());
  }
  for (const name of ['theme', 'tab-descent', 'Start of the run', 'copy-command', 'rain', 'draw']) {
    assert.ok(seen.includes(name), `${name} is reached: ${seen.join(', ')}`);
  }
  await handleOf(view).focus();
  const now = async () => Number(await handleOf(view).getAttribute('aria-valuenow'));
  const from = await now();
  await keyboard.press('ArrowRight');
  await view.ready();
  assert.ok(Math.abs((await now()) - from - 1) < 0.11);
  await keyboard.press('Shift+ArrowRight');
  await view.ready();
  assert.ok(Math.abs((await now()) - from - 11) < 0.11);
  for (let i = 0; i < 6; i += 1) await keyboard.press('Shift+ArrowRight');
  for (let i = 0; i < 3; i += 1) await keyboard.press('Shift+ArrowDown');
  await view.ready();
  assert.equal(await view.verdict(), 'spurious');
  await view.page.locator('#tab-descent').focus();
  await keyboard.press('ArrowRight');
  assert.equal(await focused(), 'tab-phase');
  assert.ok(await view.page.locator('#view-phase').isVisible());
  await keyboard.press('End');
  assert.ok(await view.page.locator('#view-width').isVisible());
  await keyboard.press('Home');
  assert.ok(await view.page.locator('#view-descent').isVisible());
  await view.close();
});

test('with a finger on a phone', async () => {
  const view = await open(browser, fragment(START), { width: 390, height: 844, hasTouch: true, isMobile: true });
  const wide = await view.page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  assert.equal(wide, false, 'nothing sticks out');
  await view.picture('phone-descent');
  const box = await view.page.locator('#view-descent .map svg').boundingBox();
  await view.page.touchscreen.tap(box.x + 0.85 * box.width, box.y + 0.6 * box.height);
  await view.ready();
  assert.equal(await view.verdict(), 'spurious');
  // A drag of the handle, as a touch screen sends it.
  const session = await view.context.newCDPSession(view.page);
  const at = await view.page.locator('#view-descent .handle-dot').boundingBox();
  const [x, y] = [at.x + at.width / 2, at.y + at.height / 2];
  const touch = (type, points) => session.send('Input.dispatchTouchEvent', { type, touchPoints: points });
  await touch('touchStart', [{ x, y }]);
  for (let i = 1; i <= 20; i += 1) await touch('touchMove', [{ x: x - 9 * i, y }]);
  await touch('touchEnd', []);
  await view.ready();
  assert.equal(await view.verdict(), 'global');
  await view.close();
});

test('commands and data that are copied are those of what is shown', async () => {
  const view = await open(browser, fragment({ ...START, 'scale-ratio': 1.5, signal: -0.3 }));
  await view.page.locator('#copy-command').click();
  await view.page.waitForFunction(() => document.querySelector('#view-descent .said').textContent !== '');
  const command = (await view.page.locator('#view-descent .said').innerText()).replace(/^copied: /, '');
  assert.match(command, /^spurious trace --patch-dim 5 --patches 25 --sum-ratio 4 --scale-ratio 1.5 /);
  const { results } = program(...command.split(' ').slice(1));
  assert.equal(results[0].verdict, await view.verdict());
  await view.page.locator('#copy-python').click();
  await view.page.waitForFunction(() => document.querySelector('#view-descent .said').textContent.includes('import'));
  const python = await view.page.locator('#view-descent .said').innerText();
  assert.match(
    python,
    /spurious\.trace\(patch_dim=5, patches=25, sum_ratio=4, scale_ratio=1\.5, step_size=0\.1, angle=1\.9, sum=0\.2, signal=-0\.3\)/,
  );
  const download = async (id) => {
    const [file] = await Promise.all([view.page.waitForEvent('download'), view.page.locator(id).click()]);
    const path = `${PICTURES}/${file.suggestedFilename()}`;
    await file.saveAs(path);
    return readFileSync(path, 'utf8');
  };
  const map = await download('#save-map');
  assert.match(map, /^<svg[^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  assert.match(map, /<image/);
  assert.doesNotMatch(map, / class=| style=/);
  await download('#save-curves');
  const [head, first, ...rest] = (await download('#save-data')).trim().split('\n');
  assert.equal(head, 'step,time,loss,angle,supplement,sum,signal,filter_norm');
  assert.equal(Number(first.split(',')[3]).toFixed(9), '1.900000000');
  assert.ok(rest.length > 50 && rest.every((line) => line.split(',').every((field) => Number.isFinite(Number(field)))));
  await view.close();
});

test('a thousand starts rain, can be stopped, and agree with the exact probability', async () => {
  const view = await open(browser, fragment(START));
  await view.page.locator('#rain').click();
  await view.page.waitForFunction(() => document.querySelector('#view-descent progress').value === 1000);
  const share = Number(await view.page.locator('#rain-share').innerText());
  const [exact] = program(
    'probability',
    ...flags({ 'patch-dim': 5, patches: 25, 'sum-ratio': 4, 'step-size': 0.1 }),
  ).results;
  assert.ok(Math.abs(share - exact.probability) < 0.05);
  await view.picture('rain');
  // Momentum of the page: a start that is moved keeps the count, another cell begins anew.
  await view.page.locator('input.number[data-name=patches]').fill('36');
  await view.page.locator('input.number[data-name=patches]').press('Enter');
  await view.ready();
  assert.equal(await view.page.locator('#view-descent progress').evaluate((bar) => bar.value), 0);
  await view.page.locator('#tab-width').click();
  await view.page.locator('#width-start').click();
  await view.page.waitForFunction(() => document.querySelector('#view-width progress').value > 0);
  await view.page.locator('#width-stop').click();
  const stopped = await view.page.locator('#view-width progress').evaluate((bar) => bar.value);
  await view.page.waitForTimeout(300);
  assert.equal(await view.page.locator('#view-width progress').evaluate((bar) => bar.value), stopped);
  assert.ok(stopped < 1);
  await view.close();
});

for (const width of [1500, 1200, 900, 390]) {
  test(`nothing moves on a page of ${width} pixels while the start does`, async () => {
    const view = await open(browser, fragment(START), { width });
    const places = () =>
      view.page.evaluate(() =>
        [...document.querySelectorAll('h2, button, .map, .curves, .control, dl')].map((node) => {
          const { left, top, width: across } = node.getBoundingClientRect();
          return [left, top, across].map(Math.round).join();
        }),
      );
    const before_ = await places();
    const box = await view.page.locator('#view-descent .map svg').boundingBox();
    await view.page.mouse.move(box.x + 0.3 * box.width, box.y + 0.3 * box.height);
    await view.page.mouse.down();
    for (const [u, v] of [
      [0.2, 0.2],
      [0.8, 0.8],
      [0.5, 0.5],
      [0.6, 0.3],
      [0.72, 0.62],
    ]) {
      await view.page.mouse.move(box.x + u * box.width, box.y + v * box.height);
      await view.ready();
      assert.equal((await places()).join(' '), before_.join(' '));
    }
    await view.page.mouse.up();
    await view.close();
  });
}
