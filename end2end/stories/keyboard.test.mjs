// Paying without a mouse: every step is reached by Tab, and what has the focus can be seen.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { WIDE, launch, person } from '../harness/browser.mjs';
import { handedOverLink } from '../harness/pages.mjs';
import { signInToDemo, reloadUntil } from '../harness/steps.mjs';
import { World } from '../harness/world.mjs';

/** More stops than any page of the path has. */
const MOST_STOPS = 60;

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

test('the invoice is paid by keyboard alone', async () => {
  const member = await person(browser);
  await signInToDemo(member.page, world);
  const link = await handedOverLink(member.page, world, 'Overdue');
  await member.close();

  const customer = await person(browser, { viewport: WIDE });
  const { page } = customer;
  await page.goto(link);
  await tabTo(page, /^Pay/);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/pay/);
  await tabTo(page, /^Card/);
  await page.keyboard.press('Space');
  assert.ok(await page.getByRole('radio', { name: /^Card/ }).isChecked(), 'the card is chosen');
  await tabTo(page, /^Pay/);
  await page.keyboard.press('Enter');
  await page.waitForURL(`${world.sandboxUrl}/**`);
  await tabTo(page, /^Pay/);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/return/);
  await reloadUntil(page, 'paid, thank you');
  await customer.close();
});

/** Presses Tab until the focus is on something of this name, and checks at each stop that it is visible there. */
async function tabTo(page, name) {
  const seen = [];
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    await page.keyboard.press('Tab');
    const { label, visible, tag } = await page.evaluate(() => {
      const element = document.activeElement;
      // A radio button's row may show the focus in its stead.
      const rings = [element, element.closest('label')].filter(Boolean).map((part) => getComputedStyle(part));
      const own = element.labels?.[0]?.innerText || element.innerText || element.getAttribute('aria-label') || '';
      const visible = rings.some(({ outlineStyle, outlineWidth, boxShadow }) => (
        (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0) || boxShadow !== 'none'
      ));
      return { label: own.trim(), visible, tag: element.tagName };
    });
    if (tag === 'BODY') continue;
    assert.ok(visible, `the focus on “${label || tag}” cannot be seen`);
    if (name.test(label)) return;
    // Arrow keys move within a group of radio buttons, Tab passes it as one.
    if (tag === 'INPUT' && await reachByArrow(page, name)) return;
    seen.push(label || tag);
  }
  assert.fail(`Tab never reached ${name}; it passed: ${seen.join(' | ')}`);
}

async function reachByArrow(page, name) {
  const radios = await page.evaluate(() => {
    const element = document.activeElement;
    return element.type === 'radio' ? document.querySelectorAll(`input[name="${element.name}"]`).length : 0;
  });
  for (let step = 0; step < radios; step += 1) {
    const label = await page.evaluate(() => document.activeElement.labels?.[0]?.innerText.trim() ?? '');
    if (name.test(label)) return true;
    await page.keyboard.press('ArrowDown');
  }
  return false;
}
