// What must hold of every page.
import assert from 'node:assert/strict';

import { axeSource } from './packages.mjs';

/** Nothing scrolls sideways. */
export async function fitsItsWidth(page, name) {
  const { wanted, given, culprits } = await page.evaluate(() => {
    const given = document.documentElement.clientWidth;
    const culprits = [...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > given + 0.5 && !element.closest('[data-scrolls]'))
      .slice(0, 5)
      .map((element) => `${element.tagName.toLowerCase()}.${element.className}: ${element.textContent.trim().slice(0, 40)}`);
    return { wanted: document.documentElement.scrollWidth, given, culprits };
  });
  assert.ok(wanted <= given, `${name} is ${wanted} px wide in a window of ${given}: ${culprits.join(' | ')}`);
}

/** Axe finds nothing to say against it, by the rules of WCAG 2.2 AA. */
export async function isAccessible(page, name) {
  const inPage = await page.evaluate(() => typeof globalThis.axe !== 'undefined');
  if (!inPage) await page.evaluate(axeSource);
  const violations = await page.evaluate(async () => {
    const result = await globalThis.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      resultTypes: ['violations'],
    });
    return result.violations.map(({ id, help, nodes }) => ({ id, help, where: nodes.slice(0, 3).map((node) => node.html) }));
  });
  const complaints = violations.map(({ id, help, where }) => `${id}: ${help}: ${where.join(' ')}`);
  assert.equal(complaints.length, 0, `${name} is not accessible to all: ${complaints.join('; ')}`);
}

/** One heading of the first order, a title, a language, and none of the words we never use. */
export async function readsAsOurs(page, name) {
  const { headings, title, language, text } = await page.evaluate(() => ({
    headings: document.querySelectorAll('h1').length,
    title: document.title,
    language: document.documentElement.lang,
    text: document.body.innerText,
  }));
  assert.equal(headings, 1, `${name} has ${headings} h1`);
  assert.notEqual(title.trim(), '', `${name} has no title`);
  assert.match(language, /^[a-z]{2}/, `${name} names no language`);
  assert.doesNotMatch(text, /\bdebt(or)?s?\b|delinquent|failure to pay/i, `${name} uses a word that we never use`);
}
