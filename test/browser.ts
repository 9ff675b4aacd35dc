import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { describe } from 'vitest';

/** Where systems keep a Chromium; `EVENKEEL_TEST_CHROMIUM` names another. */
const PLACES = [
  process.env['EVENKEEL_TEST_CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

const executablePath = PLACES.find((place) => place !== undefined && existsSync(place));

/** Declares a suite that needs a browser; skipped by name where there is none, but never in CI. */
export function describeInBrowser(title: string, suite: () => void): void {
  if (executablePath === undefined && process.env['CI'] === 'true') {
    throw new Error('No Chromium: in CI the page is tested too. Install one, or set EVENKEEL_TEST_CHROMIUM.');
  }
  const lacking = executablePath === undefined ? ' (skipped: no Chromium found)' : '';
  describe.skipIf(executablePath === undefined)(`${title}${lacking}`, () => {
    suite();
  });
}

export function launchBrowser(): Promise<Browser> {
  // Root may not use Chromium's sandbox; the only pages it opens here are our own.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath, args });
}
