/** Every view in light and dark, wide and narrow: pictures to look at, and axe-core without violations. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { launch, open } from './harness.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const SIZES = {
  wide: { width: 1500, height: 950 },
  tablet: { width: 820, height: 1100 },
  phone: { width: 390, height: 844, hasTouch: true, isMobile: true },
};

/** Until what workers compute has come. */
async function settle(view, name) {
  const done = {
    phase: () => [...document.querySelectorAll('.cells button')].every((cell) => cell.textContent !== '–'),
    width: () => document.querySelectorAll('#view-width tbody tr').length === 4,
    algorithms: () => true,
    descent: () => document.querySelector('#exact').dataset.value !== undefined,
  };
  await view.page.waitForFunction(done[name]);
  await view.ready();
}

for (const colorScheme of ['light', 'dark']) {
  for (const [size, screen] of Object.entries(SIZES)) {
    for (const name of ['descent', 'phase', 'algorithms', 'width']) {
      test(`${name}, ${size}, ${colorScheme}`, async () => {
        const view = await open(browser, `#view=${name}`, { ...screen, colorScheme, reducedMotion: 'reduce' });
        await settle(view, name);
        // The diagram comes row by row; one whole picture is enough.
        if (name === 'phase' && size === 'wide') await view.page.waitForTimeout(3000);
        if (name === 'width' && size === 'wide') {
          await view.page.locator('#width-start').click();
          await view.page.waitForFunction(() => document.querySelector('#view-width progress').value > 0.99, null, {
            timeout: 120_000,
          });
        }
        const sticksOut = await view.page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
        assert.equal(sticksOut, false, 'nothing sticks out');
        await view.picture(`${name}-${size}-${colorScheme}`);
        await view.page.evaluate(AXE);
        const { violations } = await view.page.evaluate(() => globalThis.axe.run(document));
        assert.deepEqual(
          violations.map(({ id, nodes }) => [
            id,
            nodes.map((node) => `${node.html.slice(0, 120)} ${node.failureSummary}`),
          ]),
          [],
        );
        await view.close();
      });
    }
  }
}

test('the button overrules the system', async () => {
  const view = await open(browser, '', { colorScheme: 'light' });
  const paper = () => view.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.equal(await paper(), 'rgb(255, 255, 255)');
  await view.page.locator('#theme').click();
  assert.equal(await paper(), 'rgb(22, 24, 28)');
  await view.page.locator('#theme').click();
  assert.equal(await paper(), 'rgb(255, 255, 255)');
  await view.close();
});
