/** The page in use: mouse, keyboard, touch; tabs, address, history; commands, files; random starts. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { flags, fragment, launch, open, PAGE, PICTURES, program } from './harness.js';

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
  assert.equal(await view.page.locator('.threshold:not([hidden])').count(), 1);
  // Just below the threshold the saddles are close to the antipodal point.
  const distance = () =>
    view.page.evaluate(() => {
      const [saddle, point] = ['path.mark', 'circle.mark:last-of-type'].map((mark) =>
        document.querySelector(`#view-descent ${mark}`)?.getBoundingClientRect(),
      );
      return saddle && point ? Math.hypot(saddle.x - point.x, saddle.y - point.y) : null;
    });
  const put = async (ratio) => {
    await view.page.locator('input.number[data-name=sum-ratio]').fill(String(ratio));
    await view.page.locator('input.number[data-name=sum-ratio]').press('Enter');
    await view.ready();
    return distance();
  };
  await view.page.evaluate((text) => (location.hash = text), fragment(START));
  await view.ready();
  const distances = [await put(4), await put(7), await put(8.5), await put(8.639)];
  assert.ok(distances.every((value, i) => i === 0 || value < distances[i - 1]) && distances[3] < 25, distances.join());
  await put(9.5);
  // Beyond it they have merged into the antipodal point, and the trap is gone.
  const marks = await view.page.locator('#view-descent .mark-label').allTextContents();
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

test('the command of every view is one of the program', async () => {
  const view = await open(browser, fragment({ ...START, 'negative-slope': 0.1, 'step-size': 0.05, signal: -0.02 }));
  const places = { descent: 'copy-command', phase: 'copy-phase', algorithms: 'copy-compare', width: 'copy-width' };
  for (const [name, id] of Object.entries(places)) {
    await view.page.locator(`#tab-${name}`).click();
    await view.page.locator(`#${id}`).click();
    const said = view.page.locator(`#view-${name} .said`);
    await said.filter({ hasText: 'spurious' }).waitFor();
    const [, ...words] = (await said.innerText()).replace(/^copied: /, '').split(' ');
    assert.ok(program(...words).results.length > 0, words.join(' '));
  }
  await view.close();
});

test('runs that take long come when they are done', async () => {
  const view = await open(browser, `${fragment(START)}&view=algorithms&algorithm=gd,sgd`);
  await view.page
    .locator('#view-algorithms tbody tr:last-child td', { hasText: /global|spurious|undecided/ })
    .waitFor();
  assert.match(await view.headline(), /from this start/i);
  const box = await view.page.locator('#view-algorithms .map svg').boundingBox();
  await view.page.mouse.click(box.x + 0.2 * box.width, box.y + 0.3 * box.height);
  await view.page.locator('#view-algorithms tbody tr:first-child td.global').waitFor();
  await view.page.locator('#algorithm-sgd').uncheck();
  await view.ready();
  assert.equal(await view.headline(), 'Every algorithm recovers the teacher from this start');
  await view.close();
});

test('axes can be linear, and the address says so', async () => {
  const view = await open(browser, fragment(START));
  const ticks = () => view.page.locator('#view-descent .curves .tick-label').allTextContents();
  assert.ok((await ticks()).includes('100'));
  await view.page.locator('#axes').uncheck();
  await view.ready();
  assert.ok(!(await ticks()).includes('100'));
  await settle(view);
  assert.match(await hashOf(view), /axes=linear/);
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

test('inside of another page, as in a notebook, the state comes with the page', async () => {
  const page = await (await browser.newContext()).newPage();
  const complaints = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  const text = readFileSync(PAGE, 'utf8').replace(
    '<html lang="en"',
    '<html lang="en" data-state="patches=36&amp;sum-ratio=9&amp;angle=2.9"',
  );
  await page.goto('about:blank');
  await page.evaluate((content) => {
    const frame = document.createElement('iframe');
    frame.width = 1200;
    frame.height = 900;
    frame.srcdoc = content;
    document.body.append(frame);
  }, text);
  const frame = page.frameLocator('iframe');
  await frame.locator('#exact[data-value]').waitFor();
  assert.equal(await frame.locator('input.number[data-name=patches]').inputValue(), '36');
  assert.equal(await frame.locator('#start-angle').inputValue(), '166.16');
  await frame.locator('#tab-phase').click();
  await frame.locator('.cells button').first().click();
  assert.equal(await frame.locator('input.number[data-name=sum-ratio]').inputValue(), '0');
  assert.deepEqual(complaints, []);
  await page.context().close();
});
