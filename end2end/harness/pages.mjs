// Every page there is, for whoever looks at all of them: screenshots, axe, widths. A new page gets a line here.
import assert from 'node:assert/strict';

/** Where the first invoice of this state is in the console. */
export async function invoiceIn(page, world, state) {
  await page.goto(`${world.url}/console/invoices`);
  await page.getByRole('navigation', { name: 'By state' }).getByRole('link', { name: new RegExp(`^${state}`) }).click();
  const first = page.locator('table.records tbody th a').first();
  return new URL(await first.getAttribute('href'), world.url).href;
}

/** A fresh portal link to the first invoice of this state, as a member hands it over. */
export async function handedOverLink(page, world, state) {
  await page.goto(await invoiceIn(page, world, state));
  await page.getByRole('button', { name: 'Make a link to hand over' }).click();
  const shown = page.getByText(`${world.url}/l/`).first();
  return (await shown.innerText()).trim();
}

/** A fresh portal link to everything open of the first customer who has several, as a member hands it over. */
export async function handedOverLinkToAll(page, world) {
  await page.goto(`${world.url}/console/customers`);
  const rows = page.locator('table.records tbody tr');
  const addresses = await rows.locator('th a').evaluateAll((links) => links.map((link) => link.href));
  for (const address of addresses) {
    await page.goto(address);
    if (await page.locator('table.records .state.attention, table.records .state.open').count() < 2) continue;
    await page.getByRole('button', { name: 'Make a link to all their open invoices' }).click();
    return (await page.getByText(`${world.url}/l/`).first().innerText()).trim();
  }
  assert.fail('no customer of the demo has several open invoices');
}

/** Pages that anyone sees. */
export function publicPages(world) {
  return [
    { name: 'sign-in', address: `${world.url}/sign-in` },
    { name: 'not-found', address: `${world.url}/nothing-here`, status: 404 },
    { name: 'unknown-link', address: `${world.url}/l/${'A'.repeat(43)}`, status: 404 },
  ];
}

/** Pages of a signed-in member. */
export async function consolePages(page, world) {
  const pages = [
    { name: 'today', address: `${world.url}/console` },
    { name: 'invoices', address: `${world.url}/console/invoices` },
    { name: 'invoice-new', address: `${world.url}/console/invoices/new` },
    { name: 'recurring', address: `${world.url}/console/recurring` },
    { name: 'recurring-new', address: `${world.url}/console/recurring/new` },
    { name: 'customers', address: `${world.url}/console/customers` },
    { name: 'customer-new', address: `${world.url}/console/customers/new` },
    { name: 'money', address: `${world.url}/console/money` },
    { name: 'bank-statements', address: `${world.url}/console/money/bank-statements` },
    { name: 'messages', address: `${world.url}/console/messages` },
    { name: 'parked', address: `${world.url}/console/parked` },
    { name: 'holds', address: `${world.url}/console/holds` },
    { name: 'members', address: `${world.url}/console/members` },
    { name: 'settings', address: `${world.url}/console/settings` },
    { name: 'bank-accounts', address: `${world.url}/console/settings/bank` },
    { name: 'texts', address: `${world.url}/console/settings/texts` },
    { name: 'text', address: `${world.url}/console/settings/texts/email/firm/en` },
    { name: 'text-sms', address: `${world.url}/console/settings/texts/sms/friendly/de` },
    { name: 'following-up', address: `${world.url}/console/settings/following-up` },
    { name: 'schedules', address: `${world.url}/console/schedules` },
    { name: 'schedule-standard', address: `${world.url}/console/schedules/standard` },
    { name: 'schedule-new', address: `${world.url}/console/schedules/new` },
    { name: 'groups', address: `${world.url}/console/groups` },
    { name: 'outlook', address: `${world.url}/console/outlook` },
  ];
  for (const state of ['Draft', 'Open', 'Overdue', 'Partly paid', 'Paid', 'Void']) {
    const address = await invoiceIn(page, world, state);
    pages.push({ name: `invoice-${slug(state)}`, address });
    if (state === 'Draft') pages.push({ name: 'invoice-edit', address: `${address}/edit` });
  }
  await page.goto(`${world.url}/console/recurring`);
  const recurring = new URL(await page.locator('table.records tbody th a').first().getAttribute('href'), world.url).href;
  pages.push({ name: 'recurring-one', address: recurring }, { name: 'recurring-edit', address: `${recurring}/edit` });
  await page.goto(`${world.url}/console/customers`);
  const customer = new URL(await page.locator('table.records tbody th a').first().getAttribute('href'), world.url).href;
  pages.push({ name: 'customer', address: customer }, { name: 'customer-edit', address: `${customer}/edit` });
  pages.push({ name: 'customer-follow-up', address: `${customer}/follow-up` }, { name: 'customer-outlook', address: `${customer}/outlook` });
  pages.push({ name: 'customer-statement', address: `${customer}/statement` });
  await page.goto(customer);
  const reached = page.locator('a[href^="/console/contacts/"]').first();
  pages.push({ name: 'contact', address: new URL(await reached.getAttribute('href'), world.url).href });
  const contact = page.locator('a[href*="/contacts/"][href$="/edit"]').first();
  pages.push({ name: 'contact-edit', address: new URL(await contact.getAttribute('href'), world.url).href });
  const credited = `${await invoiceIn(page, world, 'Credited')}/money`;
  await page.goto(credited);
  const note = page.locator('a[href*="/credit-notes/"]').first();
  pages.push({ name: 'invoice-money', address: credited });
  pages.push({ name: 'credit-note', address: new URL(await note.getAttribute('href'), world.url).href });
  const message = await firstMessage(page, pages);
  pages.push({ name: 'message', address: message });
  return pages;
}

/** The first message on any invoice's timeline. */
async function firstMessage(page, pages) {
  for (const { address } of pages.filter(({ name }) => name.startsWith('invoice-'))) {
    await page.goto(address);
    const link = page.locator('a[href^="/console/messages/"]').first();
    if (await link.count() > 0) return new URL(await link.getAttribute('href'), address).href;
  }
  assert.fail('no invoice of the demo has a message');
}

/** The portal's pages for links that were handed over; `customer` gets a session by the first form it sends. */
export async function portalPages(member, customer, world) {
  const pages = [];
  for (const state of ['Open', 'Overdue', 'Partly paid', 'Processing', 'Paid', 'Credited', 'Void']) {
    pages.push({ name: `portal-${slug(state)}`, address: await handedOverLink(member, world, state) });
  }
  const overdue = pages.find(({ name }) => name === 'portal-overdue').address;
  await customer.goto(overdue);
  await customer.getByRole('button', { name: /^Pay/ }).click();
  await customer.waitForURL(/\/pay/);
  const pay = customer.url().split('?')[0];
  pages.push({ name: 'portal-pay', address: pay }, { name: 'portal-session', address: pay.replace(/\/pay$/, '') });
  const all = await handedOverLinkToAll(member, world);
  await customer.goto(all);
  await customer.getByRole('button', { name: /^See the invoice/ }).first().click();
  await customer.getByRole('link', { name: 'See all' }).click();
  pages.push({ name: 'portal-all-by-link', address: all }, { name: 'portal-all', address: customer.url() });
  pages.push({ name: 'portal-statement', address: `${customer.url()}/statement` }, { name: 'portal-statement-by-link', address: `${all}/statement` });
  pages.push({ name: 'portal-saved-methods', address: `${customer.url()}/methods` });
  const together = customer.getByRole('link', { name: /invoices together/ }).first();
  pages.push({ name: 'portal-pay-several', address: new URL(await together.getAttribute('href'), world.url).href });
  return pages;
}

export function slug(text) {
  return text.toLowerCase().replaceAll(' ', '-');
}
