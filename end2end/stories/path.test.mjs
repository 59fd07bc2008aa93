// The main path, as a stranger walks it: a business sets up and issues an invoice, its reminder goes out, the customer pays by the
// link, the books and the timeline know, and nothing more is sent. With scripts and without, wide and narrow.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { NARROW, WIDE, launch, person } from '../harness/browser.mjs';
import { fitsItsWidth, readsAsOurs } from '../harness/checks.mjs';
import {
  CUSTOMER, OWNER, addCustomer, connectStripe, issueInvoice, moveOn, portalLink, reloadUntil, setUp, signIn,
} from '../harness/steps.mjs';
import { World } from '../harness/world.mjs';

const VARIANTS = [
  { name: 'scripts on, wide', scripts: true, viewport: WIDE, pay: payByCard },
  { name: 'scripts on, narrow', scripts: true, viewport: NARROW, pay: payByDebit },
  { name: 'scripts off, wide', scripts: false, viewport: WIDE, pay: payByDebit },
  { name: 'scripts off, narrow', scripts: false, viewport: NARROW, pay: payByCard },
];

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

for (const variant of VARIANTS) {
  describe(`from the first run to the receipt: ${variant.name}`, () => {
    test('everything happens once and is told', async (context) => {
      const world = await World.start({ demoData: false });
      const member = await person(browser, variant);
      const customer = await person(browser, variant);
      try {
        await walk({ world, member, customer, variant });
      } catch (error) {
        context.diagnostic(await world.logs());
        context.diagnostic(`member: ${member.page.url()}\n${await told(member.page)}`);
        context.diagnostic(`customer: ${customer.page.url()}\n${await told(customer.page)}`);
        throw error;
      } finally {
        await world.stop();
      }
      await member.close();
      await customer.close();
    });
  });
}

/** What the page says, without the lists that one can choose from. */
async function told(page) {
  return page.evaluate(() => {
    const copy = document.body?.cloneNode(true);
    copy?.querySelectorAll('select, datalist').forEach((list) => list.remove());
    return copy?.innerText.replace(/\n{2,}/g, '\n') ?? '';
  }).catch(() => '');
}

async function walk({ world, member, customer, variant }) {
  const console = member.page;
  await setUp(console, world);
  await connectStripe(console, world);
  await addCustomer(console, world);
  const { address, number } = await issueInvoice(console, world);

  // Three weeks later it is overdue, and its reminder has gone out.
  await moveOn(console, 'a week');
  await moveOn(console, 'a week');
  await moveOn(console, 'a week');
  const toCustomer = (mail) => mail.to.includes(CUSTOMER.email) && mail.subject.includes(number);
  const reminder = await world.mail(`a reminder of ${number}`, toCustomer);
  assert.match(reminder.text, /1,240\.00/, 'the text part names the amount');
  assert.match(reminder.html, /1,240\.00/, 'the HTML part names the amount');
  await console.goto(address);
  await console.getByText('Overdue').first().waitFor();

  // The mailbox shows it, with both parts.
  const page = customer.page;
  await page.goto(`${world.sandboxUrl}/mailbox`);
  await page.getByRole('link', { name: new RegExp(number) }).first().click();
  await page.getByRole('heading', { name: /as html/i }).waitFor();

  // The link shows the invoice, and changes nothing.
  await page.goto(portalLink(world, reminder));
  await page.getByRole('heading', { level: 1, name: new RegExp(number) }).waitFor();
  await page.getByText('€1,240.00').first().waitFor();
  await page.getByText('Cabinets, made to measure').first().waitFor();
  await fitsItsWidth(page, 'the invoice');
  await readsAsOurs(page, 'the invoice');

  await page.getByRole('button', { name: 'Pay €1,240.00' }).click();
  await page.waitForURL(/\/i\/inv_[0-9a-f]+\/pay/);
  await fitsItsWidth(page, 'the pay page');
  if (variant.scripts) await previewAPart(page);
  await variant.pay({ world, member, customer, number });

  // Paid: the books know, the receipt is out, the timeline tells, and no reminder comes however far time moves.
  const receipt = await world.mail('the receipt', (mail) => toCustomer(mail) && /receipt|thank/i.test(mail.subject));
  assert.match(receipt.text, /1,240\.00/);
  await console.goto(address);
  await reloadUntil(console, 'Paid');
  const timeline = await told(console);
  for (const word of [/issued/i, /reminder/i, /receipt/i, /paid|payment/i]) {
    assert.match(timeline, word, 'the timeline tells the whole story');
  }
  const before = (await world.mails()).length;
  for (let month = 0; month < 2; month += 1) await moveOn(console, 'a month');
  await signOutAndIn(console, world);
  assert.equal((await world.mails()).length, before, 'nothing is sent about a paid invoice');
}

async function signOutAndIn(page, world) {
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.goto(`${world.url}/console`);
  await page.waitForURL(/\/sign-in/);
  await signIn(page, world, OWNER);
}

/** The island names what a part leaves open, before anything is sent. */
async function previewAPart(page) {
  await page.getByLabel('A part of it').check();
  const amount = page.getByLabel('Amount to pay now');
  await amount.fill('500');
  await page.getByText('€740.00 stays open.').waitFor();
  await page.getByRole('button', { name: 'Pay €500.00' }).waitFor();
  await amount.fill('5000');
  await page.getByText('€3,760.00 more than is open').first().waitFor();
  await amount.fill('');
  await page.getByLabel('All of it').check();
}

async function payByCard({ world, customer, number }) {
  const { page } = customer;
  await page.getByRole('radio', { name: /^Card/ }).check();
  await page.getByRole('button', { name: 'Pay €1,240.00' }).click();
  await page.waitForURL(`${world.sandboxUrl}/**`);
  await page.getByRole('button', { name: /^Pay/ }).click();
  await page.waitForURL(/\/i\/inv_[0-9a-f]+\/return/);
  await reloadUntil(page, 'paid, thank you');
  await fitsItsWidth(page, 'the page after paying');
  await page.getByRole('link', { name: `See invoice ${number}` }).click();
  await page.getByText('Paid, thank you').waitFor();
}

async function payByDebit({ world, member, customer, number }) {
  const { page } = customer;
  await page.getByRole('radio', { name: /^Bank debit/ }).check();
  await page.getByRole('button', { name: 'Pay €1,240.00' }).click();
  await page.waitForURL(`${world.sandboxUrl}/**`);
  await page.getByRole('radio', { name: /arrives after/ }).check();
  await page.getByRole('button', { name: /^Pay/ }).click();
  await page.waitForURL(/\/i\/inv_[0-9a-f]+\/return/);
  await reloadUntil(page, 'is on its way');
  // Days pass at the bank, and no reminder goes out meanwhile.
  const before = (await world.mails()).length;
  await moveOn(member.page, 'Move on a day');
  assert.equal((await world.mails()).length, before, 'nothing is sent while money is on its way');
  await moveOn(member.page, 'a month');
  await page.getByRole('link', { name: `See invoice ${number}` }).click();
  await reloadUntil(page, 'Paid, thank you');
}
