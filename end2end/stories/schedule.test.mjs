// A schedule of one's own: copied, changed step by step, looked at before it is saved, and followed. With scripts and without.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { NARROW, WIDE, launch, person } from '../harness/browser.mjs';
import { fitsItsWidth, readsAsOurs } from '../harness/checks.mjs';
import { signInToDemo } from '../harness/steps.mjs';
import { World } from '../harness/world.mjs';

const VARIANTS = [
  { name: 'scripts on, wide', scripts: true, viewport: WIDE },
  { name: 'scripts off, narrow', scripts: false, viewport: NARROW },
];

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

describe('a schedule of one\'s own', () => {
  for (const [at, variant] of VARIANTS.entries()) {
    test(`is copied, changed, looked at and followed: ${variant.name}`, async () => {
      const member = await person(browser, variant);
      const { page } = member;
      const name = `Slow and kind ${at + 1}`;
      // Everyone follows the first by the time the second is made: only other days change what they hear.
      const [second, third] = [4 + at, 10 + at];
      await signInToDemo(page, world);
      await page.goto(`${world.url}/console/schedules/standard`);
      await page.getByRole('link', { name: 'Copy to a new schedule' }).click();
      await page.getByLabel('Name', { exact: true }).fill(name);

      // Another step is a click on the line; what was typed in the first stays.
      const days = () => page.locator('fieldset.part:visible').getByLabel('Days', { exact: true });
      await page.getByRole('list', { name: 'Steps by day' }).getByRole('link', { name: /^1 day after/ }).click();
      await days().fill(`${second}`);
      await page.getByRole('list', { name: 'Steps by day' }).getByRole('link', { name: /^7 days after/ }).click();
      assert.equal(await days().inputValue(), '7', 'the step that was chosen is the one that is shown');
      await days().fill(`${third}`);
      await page.getByRole('button', { name: 'Create this schedule' }).last().click();
      await page.waitForURL(/schedules\/sch_/);
      const steps = page.getByRole('list', { name: 'Steps by day' }).getByRole('link');
      assert.match((await steps.allInnerTexts()).join(' '), new RegExp(`\\+${second}.*\\+${third}`, 's'));
      await fitsItsWidth(page, 'the schedule');

      // To be followed by everyone, it is chosen in the settings: first one sees what that would do.
      await page.goto(`${world.url}/console/settings/following-up`);
      await page.getByLabel('Schedule', { exact: true }).selectOption({ label: name });
      await page.getByRole('button', { name: 'See what would change' }).click();
      await page.getByRole('heading', { level: 1, name: 'What would change' }).waitFor();
      assert.ok(await page.locator('table.records').count() > 1, 'somebody in the demo would hear something else');
      await fitsItsWidth(page, 'what would change');
      await readsAsOurs(page, 'what would change');
      await page.getByRole('button', { name: 'Go on changing' }).click();
      await page.getByRole('button', { name: 'See what would change' }).click();
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await page.getByText('Saved.').waitFor();

      await page.goto(`${world.url}/console/outlook`);
      await page.getByRole('heading', { level: 1, name: 'Next 90 days' }).waitFor();
      assert.ok(await page.locator('table.records tbody tr').count() > 0);
      await fitsItsWidth(page, 'the outlook');
      await member.close();
    });
  }
});
