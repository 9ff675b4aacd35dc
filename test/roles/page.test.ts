import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { describeInBrowser, launchBrowser } from '../browser.ts';
import { createEmbedded } from '../database.ts';
import type { TestDatabase } from '../database.ts';
import { openLocalCommunity } from './local-community.ts';
import type { LocalCommunity } from './local-community.ts';

/** Events that the page waits for come within this time or not at all, in ms. */
const PATIENCE = 60_000;

/** A test waits on events only, so this costs nothing but where a machine is overloaded, in ms. */
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };

describeInBrowser('the page', () => {
  let browser: Browser;
  let database: TestDatabase;
  let community: LocalCommunity;
  /** What the browser complained of: nothing may be blocked, missing or thrown. */
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  beforeEach(async () => {
    database = await createEmbedded();
    community = await openLocalCommunity(database.address);
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    await community.stop();
    await database.drop();
    if (complaints.length > 0) throw new Error(`The browser complained: ${complaints.splice(0).join('; ')}`);
  });

  async function open(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB', ...options });
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    await page.goto(community.url);
    await page.getByText('Live', { exact: true }).waitFor({ state: 'attached' });
    return page;
  }

  async function write(page: Page, text: string): Promise<void> {
    const field = page.getByRole('textbox', { name: 'Post', exact: true });
    await field.fill(text);
    await field.press('Enter');
    await page.getByRole('log', { name: 'Posts' }).getByText(text).waitFor();
  }

  const openFlags = (page: Page) => page.getByRole('list', { name: 'Open flags' }).getByRole('article');
  const doneFlags = (page: Page) => page.getByRole('list', { name: 'Done flags' }).getByRole('article');
  const focused = (page: Page): Promise<string> =>
    page.evaluate('document.activeElement.querySelector("blockquote")?.textContent ?? document.activeElement.id');

  it('takes a post, shows its card to every moderator, and keeps the answer', async () => {
    const [member, moderator] = [await open(), await open()];
    await write(member, 'Good morning');
    await write(member, 'They are the enemy');
    const card = openFlags(moderator).first();
    await card.waitFor();
    const words = await card.innerText();
    for (const expected of ['High', '0.94', 'English', 'Ana', '#general', 'They are the enemy', 'Adapter en 77aa2b1']) {
      expect(words).toContain(expected);
    }
    expect(await openFlags(moderator).count()).toBe(1);

    await card.getByRole('button', { name: 'Not polarized' }).click();
    for (const page of [member, moderator]) {
      await page.getByRole('button', { name: 'Done 1' }).click();
      expect(await doneFlags(page).innerText()).toContain('Not polarized, says Sam.');
      await page.getByRole('button', { name: 'Open', exact: true }).click();
      await page.getByText('Calm waters').waitFor();
    }
    await moderator.getByRole('button', { name: 'Done 1' }).click();
    const pressed = doneFlags(moderator).getByRole('button', { pressed: true });
    expect(await pressed.innerText()).toContain('Not polarized');

    await doneFlags(moderator).getByRole('button', { name: 'Undo' }).click();
    await moderator.getByText('Your answer was taken back.').waitFor();
    await member.getByRole('button', { name: 'Open 1' }).waitFor();
  });

  it('can be moderated with the keyboard alone', async () => {
    const page = await open();
    for (const text of ['enemy one', 'enemy two', 'enemy three']) await write(page, text);
    await openFlags(page).nth(2).waitFor();
    await page.keyboard.press('Escape');

    await page.keyboard.press('j');
    expect(await focused(page)).toBe('enemy three');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('k');
    await page.keyboard.press('j');
    expect(await focused(page)).toBe('enemy two');
    await page.keyboard.press('1');
    await page.getByText('Polarized. The flag is done.').waitFor();
    expect(await focused(page)).toBe('enemy one');

    await page.keyboard.press('3');
    await openFlags(page).filter({ hasText: 'Undecided: waits for another moderator.' }).waitFor();
    expect(await focused(page)).toBe('enemy one');
    await page.keyboard.press('2');
    await page.getByText('Not polarized. The flag is done.').waitFor();
    expect(await focused(page)).toBe('enemy three');
    await page.keyboard.press('d');
    expect(await doneFlags(page).count()).toBe(2);

    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('/');
    expect(await page.getByRole('option').count()).toBe(13);
    await page.keyboard.type('keel-mod st');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    const answer = page.getByRole('log', { name: 'Answers' });
    await answer.getByText('The last 7 days').waitFor();
    expect(await answer.innerText()).toMatch(/posts\s+3\s+flagged\s+3\s+open\s+1\s/);
    await page.keyboard.press('Escape');
    await page.keyboard.press('c');
    expect(await focused(page)).toBe('composer-text');
  });

  it('leaves the card under the pointer where it is when a newer one arrives', async () => {
    const page = await open();
    for (let at = 0; at < 6; at += 1) await write(page, `enemy ${at}`);
    await page.getByRole('button', { name: 'Open 6' }).waitFor();
    const card = openFlags(page).filter({ hasText: 'enemy 5' });
    await card.hover();
    const before = (await card.boundingBox())!;
    const other = await open();
    await write(other, 'enemy from another');
    await page.getByRole('button', { name: '1 newer flag' }).waitFor();
    expect(Math.abs((await card.boundingBox())!.y - before.y)).toBeLessThan(1);
    await page.getByRole('button', { name: '1 newer flag' }).click();
    expect(await openFlags(page).first().innerText()).toContain('enemy from another');
    await page.getByRole('button', { name: '1 newer flag' }).waitFor({ state: 'hidden' });
  });

  it('shows an edit on its card and in the chat, and takes the text away with a deletion', async () => {
    const page = await open();
    await write(page, 'They are the enemy');
    await openFlags(page).waitFor();
    await page.getByRole('textbox', { name: 'Post', exact: true }).press('ArrowUp');
    await page.getByRole('textbox', { name: 'Your post' }).fill('They are the enemy, I say');
    await page.keyboard.press('Enter');
    await openFlags(page).getByText('edited').waitFor();
    expect(await openFlags(page).getByRole('blockquote').innerText()).toBe('They are the enemy, I say');

    const posts = page.getByRole('log', { name: 'Posts' });
    await posts.getByText('They are the enemy, I say').hover();
    await posts.getByRole('button', { name: 'Delete' }).click();
    await posts.getByRole('button', { name: 'Really delete?' }).click();
    await page.getByText('Nothing has been said yet').waitFor();
    await page.getByRole('button', { name: 'Done 1' }).click();
    await doneFlags(page).getByText('The post was deleted, and its text with it.').waitFor();
    expect(await page.content()).not.toContain('They are the enemy, I say');
  });

  it('shows what looks like markup as the text that it is', async () => {
    const page = await open();
    const text = '<img src=x onerror="document.title=1"><script>document.title=1</script> enemy';
    await page.getByLabel('Posting as').fill('<b>Bo</b>');
    await write(page, text);
    await openFlags(page).waitFor();
    expect(await openFlags(page).getByRole('blockquote').innerText()).toBe(text);
    await page.getByRole('combobox', { name: 'Command' }).fill(`/keel-mod check ${text}`);
    await page.keyboard.press('Enter');
    await page.getByText('Nothing was stored.').waitFor();
    expect(await page.locator('main img:not([src="/logo.svg"]), main script, main b').count()).toBe(0);
    expect(await page.title()).toBe('(1) Evenkeel');
  });

  it('finds its way back after the server was away, with all that happened meanwhile', async () => {
    const page = await open();
    await write(page, 'before');
    await community.stopConsole();
    await page.getByText('Reconnecting').waitFor({ state: 'attached' });
    await community.chat.playSample();
    // The browser itself reports that nothing answered.
    complaints.splice(0);
    await community.startConsole();
    await page.getByText('Live', { exact: true }).waitFor({ state: 'attached' });
    await page.getByRole('log', { name: 'Posts' }).getByText('People on both sides live here.').waitFor();
    await openFlags(page).first().waitFor();
    complaints.splice(0);
  });

  it('offers a newcomer a sample conversation, which ends with an answered flag', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Play a sample conversation' }).click();
    await page.getByRole('button', { name: 'Done 1' }).click();
    await doneFlags(page)
      .getByText(/olarized, says Sam \(demo\)\./)
      .waitFor();
    await page.getByRole('button', { name: 'Open 4' }).waitFor();
  });

  it('keeps to the width of a phone, one side at a time', async () => {
    const page = await open(PHONE);
    await write(page, `enemy ${'x'.repeat(400)} ${'long words '.repeat(80)}`.trim());
    const width = (): Promise<number> => page.evaluate('document.documentElement.scrollWidth');
    expect(await width()).toBe(360);
    const tab = page.getByRole('navigation', { name: 'View' }).getByRole('button', { name: 'Queue' });
    await tab.getByText('1').waitFor();
    expect(await openFlags(page).isVisible()).toBe(false);
    await tab.tap();
    expect(await openFlags(page).isVisible()).toBe(true);
    expect(await width()).toBe(360);
    const clipped =
      '[...document.querySelectorAll(".queue button, .queue p")].filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > 360).length';
    expect(await page.evaluate(clipped)).toBe(0);
    await openFlags(page).getByRole('button', { name: 'Polarized', exact: true }).tap();
    await page.getByRole('button', { name: 'Done 1' }).waitFor();
  });

  it('is dark where the system is, unless a person chose otherwise', async () => {
    const page = await open({ colorScheme: 'dark' });
    const ground = (): Promise<string> => page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
    const dark = await ground();
    const toggle = page.getByRole('button', { name: /^Colours/ });
    await toggle.click();
    expect(await toggle.innerText()).toContain('light');
    const light = await ground();
    expect(light).not.toBe(dark);
    await page.reload();
    expect(await ground()).toBe(light);
    await toggle.click();
    expect(await ground()).toBe(dark);
  });
});
