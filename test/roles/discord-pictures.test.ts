import { writeFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeInBrowser, launchBrowser } from '../browser.ts';
import { pictureOf } from '../connectors/discord/picture.ts';
import { createEmbedded } from '../database.ts';
import { openDiscordCommunity } from './discord-community.ts';
import type { DiscordCommunity } from './discord-community.ts';

/**
 * The pictures of the README, drawn from what the bot really sent:
 * `EVENKEEL_PICTURES=.github npx vitest run test/roles/discord-pictures.test.ts` writes them.
 */
const FOLDER = process.env['EVENKEEL_PICTURES'];

/** Of a picture: small enough to be part of a page. */
const BYTES = 100_000;

describeInBrowser('what the bot shows', () => {
  let community: DiscordCommunity;
  let browser: Browser;
  beforeAll(async () => {
    [community, browser] = await Promise.all([openDiscordCommunity(createEmbedded), launchBrowser()]);
  });
  afterAll(async () => {
    await browser.close();
    await community.stop();
  });

  const POST = 'People like them have never built anything here, they only take. 87%';

  /** The messages by the name of their picture, in one language of the interface. */
  async function messages(language: 'en' | 'ar'): Promise<Record<string, unknown>> {
    const { address, admin, moderation, moderator } = community;
    await moderation.changeSettings(address, { language }, 'test');
    const { card } = await community.flag(POST);
    return {
      card: card.components,
      why: (await community.click(moderator, card, 'why').shown)['components'],
      queue: (await community.command(moderator, 'keel-mod queue')).components,
      setup: (await community.command(admin, 'keel-admin setup')).components,
      threshold: (await community.command(admin, 'keel-admin threshold', { value: 0.8 })).components,
    };
  }

  test.each(['en', 'ar'] as const)('fits, and can be drawn, in %s', async (language) => {
    const { admin, general, member, moderator, review } = community;
    const names = new Map([
      ...[member, moderator, admin].map(({ id, username }) => [id, username] as const),
      ...[general, review].map(({ id, name }) => [id, name] as const),
    ]);
    const page = await browser.newPage({ viewport: { width: 592, height: 400 } });
    for (const [name, components] of Object.entries(await messages(language))) {
      await page.setContent(pictureOf(components, { names, language }));
      const wide = await page.evaluate('document.documentElement.scrollWidth');
      expect([name, wide]).toEqual([name, 592]);
      // Each line runs in the direction of its own words.
      const direction = await page.evaluate(`(() => {
        const line = document.querySelector('h2, h3, p');
        const { left, right } = (() => { const r = document.createRange(); r.selectNodeContents(line); return r.getBoundingClientRect(); })();
        const box = line.getBoundingClientRect();
        return left - box.left <= box.right - right ? 'ltr' : 'rtl';
      })()`);
      expect([name, direction]).toEqual([name, language === 'ar' ? 'rtl' : 'ltr']);
      const picture = await page.locator('main').screenshot();
      expect(picture.length).toBeLessThan(BYTES);
      if (FOLDER !== undefined) writeFileSync(`${FOLDER}/discord-${name}-${language}.png`, picture);
    }
    await page.close();
  });
});
