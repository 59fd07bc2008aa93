// Nonsense is answered with a sentence that says what to change, and what was typed stays. With scripts and without.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { launch, person } from '../harness/browser.mjs';
import { fitsItsWidth, isAccessible } from '../harness/checks.mjs';
import { handedOverLink } from '../harness/pages.mjs';
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

/** The page lists what to change, the list has the focus, and each field says it again. */
async function saysWhatToChange(page, sentence) {
  const summary = page.getByRole('alert').filter({ hasText: 'Please check what you entered' });
  await summary.waitFor();
  assert.match(await page.title(), /^Please check/, 'the title says it first');
  await page.getByText(sentence).first().waitFor();
  assert.ok(await page.locator('[aria-invalid="true"]').count() > 0, 'the field itself is marked');
}

for (const scripts of [true, false]) {
  describe(`scripts ${scripts ? 'on' : 'off'}`, () => {
    test('signing in with a wrong password keeps the address, never the password', async () => {
      const stranger = await person(browser, { scripts });
      const { page } = stranger;
      await page.goto(`${world.url}/sign-in`);
      await page.getByLabel('E-mail address').fill('nobody@nowhere.example');
      await page.getByLabel('Password').fill('certainly not this one');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('alert').waitFor();
      assert.equal(await page.getByLabel('E-mail address').inputValue(), 'nobody@nowhere.example');
      assert.equal(await page.getByLabel('Password').inputValue(), '');
      await stranger.close();
    });

    test('an invoice with lines that are not numbers', async () => {
      const member = await person(browser, { scripts });
      const { page } = member;
      await signInToDemo(page, world);
      await page.goto(`${world.url}/console/invoices/new`);
      const line = page.getByRole('group', { name: 'Line 1' });
      await page.getByLabel('What it is about').fill('<script>alert(1)</script> & "quotes"');
      await line.getByLabel('Description').fill('Research');
      await line.getByLabel('Quantity').fill('a few');
      await line.getByLabel(/price/i).fill('1e9');
      await page.getByRole('button', { name: 'Save draft' }).last().click();
      await saysWhatToChange(page, 'Enter a number');
      assert.equal(await page.getByLabel('What it is about').inputValue(), '<script>alert(1)</script> & "quotes"');
      assert.equal(await line.getByLabel('Description').inputValue(), 'Research');
      assert.equal(await line.getByLabel('Quantity').inputValue(), 'a few');
      assert.equal(await line.getByLabel(/price/i).inputValue(), '1e9');
      await fitsItsWidth(page, 'the refused form');
      if (scripts) await isAccessible(page, 'the refused form');
      await member.close();
    });

    test('an amount that is larger than any that can be collected', async () => {
      const member = await person(browser);
      await signInToDemo(member.page, world);
      const link = await handedOverLink(member.page, world, 'Overdue');
      await member.close();
      const customer = await person(browser, { scripts });
      const { page } = customer;
      await page.goto(link);
      await page.getByRole('button', { name: /^Pay/ }).click();
      await page.waitForURL(/\/pay/);
      await page.getByLabel('A part of it').check();
      await page.getByLabel('Amount to pay now').fill('99999999');
      // With scripts the button names the amount, which may be more than is open, but not more than can be collected.
      await page.getByRole('button', { name: scripts ? /^Pay .*99,999,999/ : 'Pay this part' }).click();
      await saysWhatToChange(page, 'Enter an amount between');
      assert.equal(await page.getByLabel('Amount to pay now').inputValue(), '99999999');
      assert.ok(await page.getByLabel('A part of it').isChecked(), 'the choice stays');
      await customer.close();
    });
  });
}
