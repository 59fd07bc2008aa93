// What a link is good for: unknown and revoked ones look the same, an expired one mails a fresh one, and the session that a link
// became opens nothing else.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { NARROWEST, launch, person } from '../harness/browser.mjs';
import { fitsItsWidth } from '../harness/checks.mjs';
import { handedOverLink, handedOverLinkToAll } from '../harness/pages.mjs';
import { moveOn, portalLink, signInToDemo } from '../harness/steps.mjs';
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

test('an unknown and a revoked link get the same page', async () => {
  const member = await person(browser);
  await signInToDemo(member.page, world);
  const link = await handedOverLink(member.page, world, 'Open');
  await member.page.getByRole('button', { name: 'Revoke' }).first().click();
  await member.page.getByText('Revoked.').waitFor();
  await member.close();

  const customer = await person(browser);
  customer.expectStatus(404);
  const unknown = await customer.page.goto(`${world.url}/l/${'B'.repeat(43)}`);
  const unknownText = await customer.page.innerText('body');
  const revoked = await customer.page.goto(link);
  assert.deepEqual([unknown.status(), revoked.status()], [404, 404]);
  assert.equal(await customer.page.innerText('body'), unknownText);
  await customer.close();
});

test('a session opens only what its links cover', async () => {
  const member = await person(browser);
  await signInToDemo(member.page, world);
  const link = await handedOverLink(member.page, world, 'Overdue');
  const foreign = (await handedOverLink(member.page, world, 'Paid'), member.page.url().match(/inv_[0-9a-f]+/)[0]);
  await member.close();

  const customer = await person(browser);
  customer.expectStatus(404);
  const { page } = customer;
  await page.goto(link);
  await page.getByRole('button', { name: /^Pay/ }).click();
  await page.waitForURL(/\/pay/);
  assert.ok(!page.url().includes(link.split('/l/')[1]), 'the address is clean of the token');
  const answer = await page.goto(`${world.url}/i/${foreign}`);
  assert.equal(answer.status(), 404);
  await customer.close();
});

for (const scripts of [true, false]) {
  test(`a link to everything lists it, leads to each and back, scripts ${scripts ? 'on' : 'off'}`, async () => {
    const member = await person(browser);
    await signInToDemo(member.page, world);
    const link = await handedOverLinkToAll(member.page, world);
    await member.close();

    const customer = await person(browser, { scripts, viewport: NARROWEST });
    const { page } = customer;
    await page.goto(link);
    await page.getByRole('heading', { level: 1, name: 'Your open invoices' }).waitFor();
    const bills = page.locator('.bill');
    const count = await bills.count();
    assert.ok(count > 1, `${count} open invoices`);
    const first = await bills.first().getByRole('heading').innerText();
    await fitsItsWidth(page, 'all open invoices');
    await bills.first().getByRole('button', { name: /^See the invoice/ }).click();
    await page.waitForURL(/\/i\/inv_/);
    assert.ok(first.includes((await page.locator('h1 .number').innerText()).trim()), 'the invoice that was chosen');
    await page.getByRole('link', { name: 'See all' }).click();
    await page.waitForURL(/\/c\/cust_/);
    assert.equal(await bills.count(), count, 'nothing was lost on the way');
    await bills.first().getByRole('link', { name: /^Pay/ }).click();
    await page.waitForURL(/\/pay$/);
    await customer.close();
  });
}

test('an expired link mails a fresh one to the contact on file', async () => {
  const member = await person(browser);
  await signInToDemo(member.page, world);
  const link = await handedOverLink(member.page, world, 'Overdue');
  await member.page.goto(`${world.url}/console`);
  for (let month = 0; month < 4; month += 1) await moveOn(member.page, 'a month');
  await member.close();

  const customer = await person(browser, { scripts: false });
  const { page } = customer;
  await page.goto(link);
  await page.getByRole('heading', { name: 'This link has expired' }).waitFor();
  const before = new Set((await world.mails()).map((mail) => mail.id));
  const button = page.getByRole('button', { name: /^Mail a fresh link to .•••@/ });
  await button.click();
  await page.getByRole('heading', { name: 'A fresh link is on its way' }).waitFor();
  const mail = await world.mail('a fresh link', (each) => !before.has(each.id) && /\/l\//.test(each.text) && /link/i.test(each.subject));
  await page.goto(portalLink(world, mail));
  await page.getByText('Open amount').waitFor();
  await customer.close();
});
