// Paying from the page of all open invoices: several at once, a part of one, and more than is open. With scripts and without.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { NARROW, WIDE, launch, person } from '../harness/browser.mjs';
import { fitsItsWidth, readsAsOurs } from '../harness/checks.mjs';
import { handedOverLinkToAll } from '../harness/pages.mjs';
import { reloadUntil, signInToDemo } from '../harness/steps.mjs';
import { World } from '../harness/world.mjs';

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

for (const { scripts, viewport } of [{ scripts: true, viewport: WIDE }, { scripts: false, viewport: NARROW }]) {
  test(`two invoices at once, one of them in part, scripts ${scripts ? 'on' : 'off'}`, async () => {
    const world = await World.start();
    try {
      const member = await person(browser);
      await signInToDemo(member.page, world);
      const link = await handedOverLinkToAll(member.page, world);
      const customer = await person(browser, { scripts, viewport });
      const { page } = customer;
      await page.goto(link);
      await page.getByRole('button', { name: /^Pay \d+ invoices together/ }).click();
      await page.waitForURL(/\/c\/cust_[0-9a-f]+\/pay/);
      await fitsItsWidth(page, 'the page for several');
      await readsAsOurs(page, 'the page for several');
      const boxes = page.getByRole('checkbox');
      const numbers = await page.locator('.several .name').allInnerTexts();
      assert.ok(numbers.length > 1, 'several can be paid');
      for (let at = 0; at < numbers.length; at += 1) assert.ok(await boxes.nth(at).isChecked(), 'all are chosen');

      // Two of them, and only €100.00 of the second.
      for (let at = 2; at < numbers.length; at += 1) await boxes.nth(at).uncheck();
      const second = page.locator('.several').nth(1);
      await second.getByText('Only a part of it').click();
      await second.getByRole('textbox').fill('100');
      const whole = money(await page.locator('.several .money').first().innerText());
      const total = (whole + 100).toLocaleString('en-GB', { minimumFractionDigits: 2 });
      // The island names the sum; without scripts the button says no sum at all rather than a wrong one.
      const button = page.getByRole('button', { name: scripts ? `Pay €${total}` : 'Pay what is chosen' });
      await button.waitFor();
      await page.getByRole('radio', { name: /^Card/ }).check();
      await button.click();

      await page.waitForURL(`${world.sandboxUrl}/**`);
      await page.getByText(total).first().waitFor();
      await page.getByRole('button', { name: /^Pay/ }).click();
      await page.waitForURL(/\/c\/cust_[0-9a-f]+\/return/);
      await reloadUntil(page, 'paid, thank you');
      const told = await page.locator('main').innerText();
      for (const name of numbers.slice(0, 2)) {
        const number = name.match(/\d{4}-\d+/)[0];
        assert.ok(told.includes(number), `the page after paying names ${number}`);
      }
      const receipt = await world.mail('the receipt', (mail) => /^Receipt: .* for 2 invoices/.test(mail.subject));
      for (const name of numbers.slice(0, 2)) assert.ok(receipt.text.includes(name.match(/\d{4}-\d+/)[0]), receipt.text);

      await page.getByRole('link', { name: 'See all your open invoices' }).click();
      await page.getByText('€100.00 of').first().waitFor();
      await moreThanIsOpen(page, world);
      await member.close();
      await customer.close();
    } finally {
      await world.stop();
    }
  });
}

/** More than is open is asked once, and what was typed is still there on the way back. */
async function moreThanIsOpen(page, world) {
  await page.locator('.bill').first().getByRole('link', { name: /^Pay/ }).click();
  await page.waitForURL(/\/i\/inv_[0-9a-f]+\/pay/);
  await page.getByRole('radio', { name: /^Card/ }).check();
  await page.getByLabel('A part of it').check();
  await page.getByLabel('Amount to pay now').fill('9000');
  await page.locator('form#pay button').click();
  await page.getByRole('heading', { level: 1, name: 'This is more than is open' }).waitFor();
  await fitsItsWidth(page, 'the question');
  await page.getByRole('button', { name: 'Change the amount' }).click();
  await page.waitForURL(/\/pay\?form=/);
  assert.equal(await page.getByLabel('Amount to pay now').inputValue(), '9000');
  await page.locator('form#pay button').click();
  await page.getByRole('button', { name: 'Pay €9,000.00' }).click();
  await page.waitForURL(`${world.sandboxUrl}/**`);
}

/** An amount as the page writes it. */
function money(text) {
  return Number(text.replace(/[^0-9.]/g, ''));
}
