// Debian's Chromium, and pages that notice what a person would not: errors of scripts, refusals of the content security
// policy, files that did not come.
import { existsSync } from 'node:fs';

import { chromium } from './packages.mjs';

const PROGRAM = '/usr/bin/chromium';
const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

export const WIDE = { width: 1280, height: 900 };
export const NARROW = { width: 360, height: 740 };
export const NARROWEST = { width: 320, height: 640 };

export async function launch() {
  if (!existsSync(PROGRAM)) throw new Error(`there is no ${PROGRAM}: run \`cargo xtask setup\``);
  return chromium.launch({ executablePath: PROGRAM, args: FLAGS });
}

/**
 * A browser of its own, as one person has: its cookies are nobody else's.
 * `troubles` gathers what went wrong unseen; `close` throws if there was any.
 */
export async function person(browser, { viewport = WIDE, scripts = true, colorScheme = 'light' } = {}) {
  const context = await browser.newContext({
    viewport,
    colorScheme,
    javaScriptEnabled: scripts,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
    hasTouch: viewport.width < 600,
  });
  context.setDefaultTimeout(15_000);
  const troubles = [];
  // A page that is asked for on purpose although it is not there.
  const expected = [];
  context.on('page', (page) => {
    page.on('pageerror', (error) => troubles.push(`${page.url()}: ${error.message}`));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type()) && !expected.some((part) => message.text().includes(part))) {
        troubles.push(`${page.url()}: ${message.text()}`);
      }
    });
    page.on('requestfailed', (request) => {
      const reason = request.failure()?.errorText ?? '';
      // A navigation that the next one overtakes is no failure.
      if (reason !== 'net::ERR_ABORTED') troubles.push(`${request.url()}: ${reason}`);
    });
  });
  const page = await context.newPage();
  return {
    page,
    context,
    troubles,
    /** From here on an answer with this status is what the story wants. */
    expectStatus: (status) => expected.push(`status of ${status}`),
    async close() {
      await context.close();
      if (troubles.length > 0) throw new Error(`unseen troubles:\n${troubles.join('\n')}`);
    },
  };
}
