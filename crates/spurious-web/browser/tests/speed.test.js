/** How long a reader waits, and whether memory grows. Times are printed; machines differ too much for tight limits. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, open } from './harness.js';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];

test('first paint', async (context) => {
  const view = await open(browser);
  const [paint, ready] = await view.page.evaluate(() => [
    performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN,
    performance.getEntriesByName('ready')[0]?.startTime ?? NaN,
  ]);
  context.diagnostic(`first contentful paint ${paint.toFixed(0)} ms, first run drawn ${ready.toFixed(0)} ms`);
  assert.ok(paint < 3000);
  await view.close();
});

test('from a drag to its path', async (context) => {
  const view = await open(browser);
  // From the event to the frame that shows what it changed, painted: a task that was asked for in the frame runs after it.
  await view.page.evaluate(() => {
    const measured = (globalThis.measured = []);
    const picture = document.querySelector('#view-descent .map svg');
    const channel = new MessageChannel();
    let [from, drawn] = [0, 0];
    channel.port1.onmessage = () => measured.push([drawn - from, performance.now() - from]);
    picture.addEventListener('pointermove', () => (from = performance.now()), { capture: true });
    // Callbacks of a frame run in the order in which they were asked for: this one after that of the page.
    picture.addEventListener('pointermove', () => {
      requestAnimationFrame(() => {
        drawn = performance.now();
        channel.port2.postMessage(0);
      });
    });
  });
  const box = await view.page.locator('#view-descent .map svg').boundingBox();
  const place = (i) => [
    box.x + box.width * (0.5 + 0.35 * Math.cos(i / 9)),
    box.y + box.height * (0.5 + 0.35 * Math.sin(i / 7)),
  ];
  await view.page.mouse.move(...place(0));
  await view.page.mouse.down();
  for (let i = 1; i <= 300; i += 1) {
    await view.page.mouse.move(...place(i));
    await view.ready();
  }
  await view.page.mouse.up();
  const times = await view.page.evaluate(() => globalThis.measured);
  const [work, whole] = [0, 1].map((i) => times.map((time) => time[i]).sort((a, b) => a - b));
  const told = (sorted) => [0.5, 0.99].map((share) => quantile(sorted, share).toFixed(1)).join(' and ');
  context.diagnostic(
    `median and 99 %: ${told(work)} ms from the event to the path, ${told(whole)} ms until it is painted`,
  );
  assert.ok(quantile(work, 0.5) < 100);
  await view.close();
});

test('memory is flat over 10,000 drags', async (context) => {
  const view = await open(browser);
  const session = await view.context.newCDPSession(view.page);
  const drag = (count) =>
    view.page.evaluate(async (rounds) => {
      const picture = document.querySelector('#view-descent .map svg');
      const handle = picture.querySelector('[role=slider]');
      const box = picture.getBoundingClientRect();
      picture.setPointerCapture = () => {};
      for (let i = 0; i < rounds; i += 1) {
        const place = {
          clientX: box.x + box.width * (0.5 + 0.3 * Math.cos(i)),
          clientY: box.y + box.height * (0.5 + 0.3 * Math.sin(3 * i)),
        };
        const send = (type) =>
          handle.dispatchEvent(
            new PointerEvent(type, { bubbles: true, cancelable: true, pointerId: 1, button: 0, ...place }),
          );
        send('pointerdown');
        send('pointermove');
        // Drags end without a step in the history: ten thousand of those would be refused.
        if (i % 10 === 9) await new Promise((next) => requestAnimationFrame(next));
      }
    }, count);
  const heap = async () => {
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    const { nodes, jsEventListeners } = await session.send('Memory.getDOMCounters');
    return { used: usedSize / 2 ** 20, nodes, jsEventListeners };
  };
  await drag(1000);
  const before_ = await heap();
  await drag(10_000);
  const after_ = await heap();
  context.diagnostic(
    `heap ${before_.used.toFixed(2)} MiB, after 10,000 drags ${after_.used.toFixed(2)} MiB; ${after_.nodes} nodes`,
  );
  assert.ok(after_.used < before_.used * 1.1 + 1);
  assert.ok(after_.nodes < before_.nodes * 1.1 + 50);
  assert.equal(after_.jsEventListeners, before_.jsEventListeners);
  await view.close();
});
