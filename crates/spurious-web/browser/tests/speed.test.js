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
  // As in a drag: an event, and the frame that shows what it changed, up to the end of layout and paint commands.
  const times = await view.page.evaluate(async () => {
    const picture = document.querySelector('#view-descent .map svg');
    const handle = picture.querySelector('[role=slider]');
    const box = picture.getBoundingClientRect();
    const send = (type, x, y) =>
      handle.dispatchEvent(
        new PointerEvent(type, { bubbles: true, cancelable: true, pointerId: 1, button: 0, clientX: x, clientY: y }),
      );
    picture.setPointerCapture = () => {};
    send('pointerdown', box.x + 200, box.y + 200);
    const measured = [];
    for (let i = 0; i < 600; i += 1) {
      const x = box.x + box.width * (0.5 + 0.35 * Math.cos(i / 9));
      const y = box.y + box.height * (0.5 + 0.35 * Math.sin(i / 7));
      await new Promise((next) => requestAnimationFrame(next));
      await new Promise((next) => setTimeout(next, 0));
      const from = performance.now();
      let begun = 0;
      // Callbacks of a frame run in the order in which they were asked for: this one, the page's, the next one.
      requestAnimationFrame(() => (begun = performance.now()));
      send('pointermove', x, y);
      await new Promise((next) => requestAnimationFrame(next));
      const drawn = performance.now();
      await new Promise((next) => {
        const channel = new MessageChannel();
        channel.port1.onmessage = next;
        channel.port2.postMessage(0);
      });
      measured.push([performance.now() - from, drawn - begun]);
    }
    send('pointerup', box.x + 200, box.y + 200);
    return measured;
  });
  const [whole, work] = [0, 1].map((i) => times.map((time) => time[i]).sort((a, b) => a - b));
  const told = (sorted) => [0.5, 0.99].map((share) => quantile(sorted, share).toFixed(1)).join(' and ');
  context.diagnostic(
    `median and 99 %: ${told(work)} ms from the frame to the path, ${told(whole)} ms from the event until it is painted`,
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
        if (i % 4 === 3) await new Promise((next) => requestAnimationFrame(next));
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
