// Every page, at three widths, light and dark: it fits, axe has nothing to say, and nothing goes wrong unseen.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { NARROW, NARROWEST, WIDE, launch, person } from '../harness/browser.mjs';
import { fitsItsWidth, isAccessible, readsAsOurs } from '../harness/checks.mjs';
import { consolePages, portalPages, publicPages } from '../harness/pages.mjs';
import { signInToDemo } from '../harness/steps.mjs';
import { World } from '../harness/world.mjs';

let browser;
let world;
before(async () => {
  browser = await launch();
  world = await World.start();
});
after(async () => {
  await browser?.close();
  await world?.stop();
});

for (const colorScheme of ['light', 'dark']) {
  describe(`in ${colorScheme}`, () => {
    test('what anyone sees', async () => {
      const anyone = await person(browser, { colorScheme });
      anyone.expectStatus(404);
      await lookAt(anyone.page, publicPages(world));
      await anyone.close();
    });

    test('what a member sees', async () => {
      const member = await person(browser, { colorScheme });
      await signInToDemo(member.page, world);
      await lookAt(member.page, await consolePages(member.page, world));
      await member.close();
    });

    test('what a customer sees', async () => {
      const member = await person(browser);
      const customer = await person(browser, { colorScheme });
      await signInToDemo(member.page, world);
      await lookAt(customer.page, await portalPages(member.page, customer.page, world));
      await member.close();
      await customer.close();
    });
  });
}

test('what the owner of an empty installation sees', async () => {
  const empty = await World.start({ demoData: false });
  const owner = await person(browser);
  try {
    await lookAt(owner.page, [{ name: 'setup', address: `${empty.url}/setup` }]);
  } finally {
    await empty.stop();
  }
  await owner.close();
});

/** Looks at all of them before it complains, so that one look tells everything. */
async function lookAt(page, pages) {
  const complaints = [];
  const check = (look) => look.catch((error) => complaints.push(error.message));
  for (const { name, address, status = 200 } of pages) {
    await page.setViewportSize(WIDE);
    const answer = await page.goto(address);
    if (answer.status() !== status) complaints.push(`${name} answers ${answer.status()}`);
    await check(readsAsOurs(page, name));
    await check(isAccessible(page, name));
    for (const viewport of [WIDE, NARROW, NARROWEST]) {
      await page.setViewportSize(viewport);
      await check(fitsItsWidth(page, `${name} at ${viewport.width} px`));
    }
    await check(isAccessible(page, `${name}, narrow`));
  }
  assert.deepEqual(complaints, []);
}
