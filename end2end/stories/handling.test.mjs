// A person has their say: an invoice is held, time passes, nothing is sent and the page says why; the hold ends and it goes on.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { NARROW, WIDE, launch, person } from '../harness/browser.mjs';
import { fitsItsWidth } from '../harness/checks.mjs';
import { CUSTOMER, addCustomer, issueInvoice, moveOn, setUp } from '../harness/steps.mjs';
import { World } from '../harness/world.mjs';

const VARIANTS = [
  { name: 'scripts on, wide', scripts: true, viewport: WIDE },
  { name: 'scripts off, narrow', scripts: false, viewport: NARROW },
];

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

for (const variant of VARIANTS) {
  describe(`a hold: ${variant.name}`, () => {
    test('keeps everything back until it ends, and the page says why', async (context) => {
      const world = await World.start({ demoData: false });
      const member = await person(browser, variant);
      try {
        await walk(world, member.page);
      } catch (error) {
        context.diagnostic(await world.logs());
        context.diagnostic(member.page.url());
        throw error;
      } finally {
        await world.stop();
      }
      await member.close();
    });
  });
}

async function walk(world, page) {
  await setUp(page, world);
  await addCustomer(page, world);
  const { address, number } = await issueInvoice(page, world);
  const sent = async () => (await world.mails()).filter((mail) => mail.subject.includes(number)).length;

  // A promise without its day comes back with what was typed, and says what is missing.
  const hold = page.locator('details').filter({ has: page.locator('summary', { hasText: /^Hold$/ }) });
  await hold.locator('summary').click();
  await hold.getByLabel('Why').selectOption({ label: 'They promised to pay' });
  await hold.getByLabel('Note').fill('Waits for the second window.');
  await hold.getByRole('button', { name: 'Hold the follow-up' }).click();
  await page.getByRole('heading', { name: 'Please check what you entered' }).waitFor();
  assert.equal(await hold.getByLabel('Note').inputValue(), 'Waits for the second window.');
  await hold.getByLabel('Why').selectOption({ label: 'Something is disputed' });
  await hold.getByRole('button', { name: 'Hold the follow-up' }).click();
  await page.getByText('Nothing more is sent about it until the hold ends.').first().waitFor();
  await fitsItsWidth(page, 'a held invoice');

  await moveOn(page, 'a month');
  assert.equal(await sent(), 0, 'nothing was sent while it was held');
  await page.goto(address);
  await page.getByText('On hold: the customer disputes it').first().waitFor();
  await page.getByText('Waits for the second window.').first().waitFor();

  await page.goto(`${world.url}/console/holds`);
  await page.getByRole('link', { name: CUSTOMER.name }).waitFor();
  await fitsItsWidth(page, 'the list of holds');
  await page.getByRole('button', { name: 'End the hold' }).click();
  await page.getByText('Nothing is on hold.').waitFor();

  await moveOn(page, 'Move on a day');
  await moveOn(page, 'a week');
  await world.mail(`a reminder of ${number}`, (mail) => mail.subject.includes(number));
  await page.goto(address);
  await page.getByText('Follow-up goes on').first().waitFor();
  await page.goto(`${world.url}/console/messages`);
  await page.getByText('Sent').first().waitFor();
  await page.getByText(number).first().waitFor();
  await fitsItsWidth(page, 'the list of messages');
}
