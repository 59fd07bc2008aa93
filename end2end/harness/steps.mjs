// What people do, in their own words: labels and buttons, never addresses or classes where a person would see a name.
import assert from 'node:assert/strict';

import { until } from './world.mjs';

export const OWNER = { name: 'Ada Lind', email: 'ada@nordlicht.example', password: 'heron mirror walnut tide' };
export const BUSINESS = 'Nordlicht Studio';
export const CUSTOMER = { name: 'Kite & Sons', contact: 'Jo Kite', email: 'jo@kite.example' };
export const STRIPE = { key: 'sk_test_51StoryOfTheBird', secret: 'whsec_story_secret_of_the_browser' };

/** First run: makes the business and its owner, and signs in. */
export async function setUp(page, world) {
  await page.goto(`${world.url}/setup`);
  await page.getByLabel('Name of the business').fill(BUSINESS);
  await page.getByLabel('Country').selectOption('DE');
  await page.getByLabel('Currency').selectOption('EUR');
  await page.getByLabel('Time zone').fill('Europe/Berlin');
  await page.getByLabel('Your name').fill(OWNER.name);
  await page.getByLabel('E-mail address').fill(OWNER.email);
  await page.getByLabel('Password').fill(OWNER.password);
  await page.getByRole('button', { name: 'Set up Dunlin' }).click();
  if (page.url().includes('/sign-in')) await signIn(page, world);
  await page.waitForURL(`${world.url}/console*`);
}

/** Signs in; without names, as the demo's page says one can. */
export async function signIn(page, world, { email, password } = OWNER) {
  await page.goto(`${world.url}/sign-in`);
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${world.url}/console*`);
}

/** Signs in to the demo with what its own page shows. */
export async function signInToDemo(page, world) {
  await page.goto(`${world.url}/sign-in`);
  const [email, password] = await page.locator('dl.pairs dd').allInnerTexts();
  await signIn(page, world, { email, password });
}

/** Connects the business with its account at the stand-in, both ways. */
export async function connectStripe(page, world) {
  await page.goto(`${world.url}/console/settings`);
  await page.getByLabel('Stripe key').fill(STRIPE.key);
  await page.getByRole('button', { name: 'Set key' }).click();
  await page.getByText('Test key ending in').waitFor();
  const url = await page.getByText('/webhooks/stripe/').first().innerText();
  await page.getByLabel('Webhook signing secret').fill(STRIPE.secret);
  await page.getByRole('button', { name: 'Add secret' }).click();
  await page.getByText('Webhooks are verified').waitFor();
  await world.control('endpoints', { key: STRIPE.key, url: url.trim(), secret: STRIPE.secret });
}

export async function addCustomer(page, world) {
  await page.goto(`${world.url}/console/customers`);
  await page.getByRole('link', { name: 'New customer' }).click();
  await page.getByLabel('Name', { exact: true }).fill(CUSTOMER.name);
  await page.getByLabel('Address', { exact: false }).first().fill('12 Harbour Row\nBristol BS1 4RN');
  await page.getByLabel('Country').selectOption('GB');
  await page.getByLabel('Time zone').fill('Europe/London');
  await page.getByLabel('Name of the contact').fill(CUSTOMER.contact);
  await page.getByLabel('E-mail address').fill(CUSTOMER.email);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { level: 1, name: CUSTOMER.name }).waitFor();
}

/** Writes a draft with two lines that come to €1,240.00, and issues it. Returns its address and number. */
export async function issueInvoice(page, world) {
  await page.goto(`${world.url}/console/invoices`);
  await page.getByRole('link', { name: 'New invoice' }).click();
  await page.getByLabel('Customer').selectOption({ label: CUSTOMER.name });
  await page.getByLabel('What it is about').fill('Kitchen renovation, March');
  await page.getByLabel('Currency').selectOption('EUR');
  await page.getByLabel('Days to pay').fill('14');
  await fillLine(page, 'Line 1', { description: 'Consultation', quantity: '4', unit: 'hour', price: '85.00', tax: '0' });
  await page.getByRole('button', { name: 'Add another line' }).click();
  await fillLine(page, 'Line 2', { description: 'Cabinets, made to measure', quantity: '1', unit: 'project', price: '900.00', tax: '0' });
  assert.equal(await line(page, 'Line 1').getByLabel('Description').inputValue(), 'Consultation', 'adding a line keeps the first');
  await page.getByRole('button', { name: 'Save draft' }).last().click();
  await page.getByText('Draft').first().waitFor();
  await confirm(page, 'Issue this invoice');
  await page.getByText('Issued.').first().waitFor();
  const number = (await page.getByRole('heading', { level: 1 }).innerText()).replace(/^Invoice\s+/, '').trim();
  return { address: page.url().split('?')[0], number };
}

function line(page, name) {
  return page.getByRole('group', { name });
}

async function fillLine(page, name, { description, quantity, unit, price, tax }) {
  const fields = line(page, name);
  await fields.getByLabel('Description').fill(description);
  await fields.getByLabel('Quantity').fill(quantity);
  await fields.getByLabel('Unit', { exact: false }).first().fill(unit);
  await fields.getByLabel(/price/i).fill(price);
  await fields.getByLabel(/Tax/).fill(tax);
}

/** A step that is asked once: the first click opens the question, the second answers it. */
export async function confirm(page, name) {
  const question = page.locator('details').filter({ has: page.locator('summary', { hasText: name }) });
  await question.locator('summary').click();
  await question.getByRole('button', { name }).click();
}

/** A month passes a few hours at a time, so that everything happens in its order; a busy machine takes a while for that. */
const A_MONTH_MS = 90_000;

/** Moves business time on, by the bar that the demo shows: 'Move on a day', 'a week', 'a month'. */
export async function moveOn(page, button) {
  await page.getByRole('button', { name: button, exact: true }).click({ timeout: A_MONTH_MS });
  await page.getByText('Business time was moved on.').waitFor({ timeout: A_MONTH_MS });
}

/** A link of the portal in a mail's text. */
export function portalLink(world, mail) {
  const found = mail.text.match(new RegExp(`${world.url}/l/[A-Za-z0-9_-]+`));
  assert.ok(found, `no portal link in the mail:\n${mail.text}`);
  return found[0];
}

/** Loads the page again until it says so; what the server does by itself takes a moment. */
export async function reloadUntil(page, text) {
  await until(`the page to say “${text}”`, async () => {
    if (await page.getByText(text).first().isVisible()) return true;
    await page.reload();
    return page.getByText(text).first().isVisible();
  });
}
