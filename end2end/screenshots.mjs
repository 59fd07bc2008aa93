// Every page at 360 and 1280 px, light and dark, as PNG files: for looking at them, which no check replaces.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';

import { NARROW, WIDE, launch, person } from './harness/browser.mjs';
import { out } from './harness/packages.mjs';
import { consolePages, portalPages, publicPages } from './harness/pages.mjs';
import { signInToDemo } from './harness/steps.mjs';
import { World } from './harness/world.mjs';

await mkdir(out, { recursive: true });
const browser = await launch();
const world = await World.start();
const empty = await World.start({ demoData: false });
try {
  for (const colorScheme of ['light', 'dark']) {
    const member = await person(browser, { colorScheme });
    const customer = await person(browser, { colorScheme });
    await shoot(customer.page, [{ name: 'setup', address: `${empty.url}/setup` }], colorScheme);
    await shoot(customer.page, publicPages(world), colorScheme);
    await signInToDemo(member.page, world);
    await shoot(member.page, await consolePages(member.page, world), colorScheme);
    await shoot(customer.page, await portalPages(member.page, customer.page, world), colorScheme);
    await shoot(customer.page, [
      { name: 'sandbox', address: `${world.sandboxUrl}/` },
      { name: 'sandbox-mailbox', address: `${world.sandboxUrl}/mailbox` },
    ], colorScheme);
  }
} finally {
  await browser.close();
  await world.stop();
  await empty.stop();
}
process.stdout.write(`${out}\n`);

async function shoot(page, pages, colorScheme) {
  for (const { name, address } of pages) {
    for (const viewport of [WIDE, NARROW]) {
      await page.setViewportSize(viewport);
      await page.goto(address);
      await page.screenshot({ path: path.join(out, `${name}-${viewport.width}-${colorScheme}.png`), fullPage: true });
    }
  }
}
