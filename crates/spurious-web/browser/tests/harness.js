/** A browser for the tests, and pages of the explorer that complain of every error and every request. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const WORKSPACE = path.resolve(HERE, '../../../..');

/** The page, one file. */
export const PAGE = process.env.SPURIOUS_EXPLORER ?? path.resolve(HERE, '../../explorer.html');
/** The program whose answers the page must give, too. */
export const PROGRAM = process.env.SPURIOUS_PROGRAM ?? path.join(WORKSPACE, 'target/release/spurious');
/** Where pictures of the page go, to be looked at. */
export const PICTURES = path.join(WORKSPACE, 'target/explorer-pictures');

mkdirSync(PICTURES, { recursive: true });

/** Debian's Chromium, with a fresh profile. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.SPURIOUS_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/**
 * Opens the page with a fragment. `close()` of what is returned checks that nothing was asked of a network and nothing was complained
 * about; `ready()` waits until the page has drawn what it was told.
 */
export async function open(browser, hash = '', options = {}) {
  const { width = 1366, height = 900, address = pathToFileURL(PAGE).href, ...rest } = options;
  const context = await browser.newContext({ viewport: { width, height }, ...rest });
  const page = await context.newPage();
  const complaints = [];
  const requests = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error.stack ?? error)));
  page.on('request', (request) => {
    if (!/^(file|blob|data|about):/.test(request.url())) requests.push(request.url());
  });
  await page.goto(address + hash);
  await page.waitForFunction(() => document.documentElement.dataset.ready === 'true');
  const ready = () =>
    page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))));
  await ready();
  return {
    page,
    context,
    complaints,
    ready,
    headline: () => page.locator('[role=tabpanel]:not([hidden]) .verdict strong').innerText(),
    verdict: () => page.locator('#verdict strong').getAttribute('class'),
    picture: (name, whole = true) => page.screenshot({ path: path.join(PICTURES, `${name}.png`), fullPage: whole }),
    close: async () => {
      await context.close();
      assert.deepEqual(complaints, []);
      assert.deepEqual(requests, []);
    },
  };
}

/** What the program answers to a command, as an object. */
export function program(...words) {
  const text = execFileSync(PROGRAM, [...words, '--json', '--quiet'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return JSON.parse(text);
}

/** Flags of the program for names and values. */
export function flags(values) {
  return Object.entries(values).flatMap(([name, value]) =>
    value === 'flow' ? [] : value < 0 ? [`--${name}=${value}`] : [`--${name}`, String(value)],
  );
}

/** A fragment of the page for names and values. */
export function fragment(values) {
  return `#${Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .join('&')}`;
}

/** Random numbers that are the same in every run. */
export function stream(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
