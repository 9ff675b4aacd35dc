import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/connectors/command-spec.ts';
import { createEmbedded } from '../database.ts';
import { cardsIn, hasButton, partsOf, wordsOf } from '../connectors/discord/read.ts';
import { until } from '../connectors/discord/town.ts';
import { openDiscordCommunity } from './discord-community.ts';
import type { DiscordCommunity } from './discord-community.ts';

describe('a command on Discord', () => {
  let community: DiscordCommunity;
  beforeAll(async () => {
    community = await openDiscordCommunity(createEmbedded);
  });
  afterAll(() => community.stop());

  const by = async (who: 'member' | 'moderator' | 'admin', line: string, options = {}) =>
    wordsOf(await community.command(community[who], line, options));

  test('is there for everyone, each in their own place', async () => {
    await until(() => community.server.commands.length > 0);
    expect(community.server.commands).toHaveLength(6);
    expect(await by('member', 'keel about')).toContain('It never scores people');
    const help = await by('member', 'keel help');
    expect(help).toContain('/keel privacy show');
    expect(help).not.toContain('keel-mod');
    expect(await by('admin', 'keel help')).toContain('/keel-admin doctor');
  });

  test.each(COMMANDS.filter(({ root }) => root !== 'keel').map(({ root, verb }) => `${root} ${verb}`))(
    '%s is refused to a member, though Discord let it through',
    async (line) => {
      expect(await by('member', line)).toMatch(/^Only (moderators|administrators) can do this\.$/);
    },
  );

  test('of an administrator is refused to a moderator', async () => {
    expect(await by('moderator', 'keel-admin retention')).toBe('Only administrators can do this.');
  });

  test('with a wrong option says what to write', async () => {
    expect(await by('moderator', 'keel-mod case', { case: 'zz' })).toContain('6 or more characters');
    expect(await by('moderator', 'keel-mod case', { case: 'abcdef12' })).toContain('No case begins with');
    expect(await by('admin', 'keel-admin ignore add')).toContain('Name one');
    expect(await by('admin', 'keel-admin notify', { quiet: 'at night' })).toContain('22:00-07:00');
  });

  test('shows the queue one by one, and takes answers there', async () => {
    expect(await by('moderator', 'keel-mod queue')).toContain('Nothing waits');
    const flags = [await community.flag('first words 80%'), await community.flag('second words 90%')];
    const first = await community.command(community.moderator, 'keel-mod queue', { sort: 'score' });
    expect(wordsOf(first)).toContain('second words');
    const second = await community.click(community.moderator, first, 'next').shown;
    expect(wordsOf(second)).toContain('first words');
    expect(hasButton(second, 'next')).toBe(false);
    const answered = community.click(community.moderator, first, 'polarized');
    expect(wordsOf(await answered.shown)).toContain('Polarized, says');
    expect(await community.case(flags[1]!.flag)).toMatchObject({ decision: 'polarized' });
    expect(wordsOf(await community.command(community.moderator, 'keel-mod queue'))).toContain('first words');
  });

  test('finds a case by its id or a link, and completes it', async () => {
    const { flag, post } = await community.flag('case words 85%');
    expect(await by('moderator', 'keel-mod case', { case: flag.slice(0, 8) })).toContain('case words');
    const link = `https://discord.com/channels/${community.guild.id}/${community.general.id}/${post.id}`;
    expect(await by('moderator', 'keel-mod case', { case: link })).toContain('case words');
    const choices = await community.complete(community.moderator, 'keel-mod case', 'case', flag.slice(0, 6));
    expect(choices).toEqual([{ value: flag, name: `${flag.slice(0, 8)} · 0.85 · English` }]);
    expect(await community.complete(community.member, 'keel-mod case', 'case', '')).toEqual([]);
    expect(await community.complete(community.moderator, 'keel-mod queue', 'language', 'span')).toEqual([
      { value: 'es', name: 'Spanish (es)' },
    ]);
  });

  test('scores a text, counts, simulates and names the model', async () => {
    expect(await by('moderator', 'keel-mod check', { text: 'any 75%' })).toMatch(
      /Medium: the score 0\.75[\s\S]*not stored/,
    );
    expect(await by('moderator', 'keel-mod stats', { days: 7 })).toMatch(/3 posts, 3 flagged/);
    expect(await by('moderator', 'keel-mod simulate', { value: 0.88 })).toMatch(
      /At 0\.88: \d+ flags? a week instead of/,
    );
    expect(await by('admin', 'keel-admin model')).toContain('en abcdef0');
  });

  test('previews a threshold before it is saved', async () => {
    const preview = await community.command(community.admin, 'keel-admin threshold', { value: 0.95 });
    expect(wordsOf(preview)).toMatch(/At 0\.95: 0 flags a week instead of/);
    expect((await community.moderation.settings(community.address)).threshold).toBe(0.5);
    const refused = community.click(community.moderator, preview, 'save-threshold');
    expect(wordsOf(await refused.shown)).toBe('Only administrators can do this.');
    expect(wordsOf(await community.click(community.admin, preview, 'save-threshold').shown)).toBe('Saved.');
    expect((await community.moderation.settings(community.address)).threshold).toBe(0.95);
    const channel = community.general.id;
    const own = await community.command(community.admin, 'keel-admin threshold', { value: 0.5, channel });
    await community.click(community.admin, own, 'save-threshold').shown;
    expect(await by('admin', 'keel-admin threshold')).toMatch(
      /threshold 0\.50[\s\S]*Everywhere else: review, threshold 0\.95/,
    );
  });

  test('changes each setting and says how it is', async () => {
    const channel = community.review.id;
    expect(await by('admin', 'keel-admin mode', { mode: 'observe', channel })).toContain('Observe');
    expect(await by('admin', 'keel-admin ignore add', { channel })).toContain('Ignored from the next post on');
    expect(await by('admin', 'keel-admin ignore list')).toContain(channel);
    expect(await by('admin', 'keel-admin ignore remove', { channel })).toContain('No longer ignored');
    expect(await by('admin', 'keel-admin retention', { days: 14 })).toContain('14 days');
    expect(await by('admin', 'keel-admin training', { training: 'local-only' })).toContain('give a reference');
    expect(await by('admin', 'keel-admin training', { training: 'local-only', permission: 'ticket 7' })).toContain(
      'ticket 7',
    );
    expect(await by('admin', 'keel-admin training', { training: 'off' })).toContain('Training is off');
    const role = community.guild.id;
    const notify = { role, severity: 'medium', pings_per_hour: 2, quiet: '22:00-07:00 Europe/Rome' };
    expect(await by('admin', 'keel-admin notify', notify)).toMatch(/Medium[\s\S]*22:00 to 07:00/);
    expect(await by('admin', 'keel-admin notify', { off: true })).toContain('Cards ping no one.');
  });

  test('exports without a word of a post', async () => {
    const sent = (await community.command(community.admin, 'keel-admin export', { what: 'flags' })) as unknown as {
      files: Record<string, string>;
    };
    const [[name, rows]] = Object.entries(sent.files) as [[string, string]];
    expect(name).toMatch(/^evenkeel-flags-\d{4}-\d\d-\d\d\.csv$/);
    expect(rows.split('\n').length).toBeGreaterThan(3);
    expect(rows).not.toContain('words');
  });

  test('sets the bot up on one page', async () => {
    const wizard = await community.command(community.admin, 'keel-admin setup');
    expect(wordsOf(wizard)).toMatch(/Set up Evenkeel[\s\S]*Permissions: all there/);
    expect(partsOf(wizard.components).length).toBeLessThanOrEqual(40);
    const chosen = community.click(community.admin, wizard, 'setup-channel', [community.review.id]);
    expect((await chosen.responded).type).toBe(6);
    const done = await community.click(community.admin, wizard, 'setup-done').shown;
    expect(wordsOf(done)).toContain('Cards will go to');
    expect(await community.moderation.settings(community.address)).toMatchObject({
      reviewChannel: community.review.id,
      setUp: { by: community.admin.id },
    });
    expect(await community.moderation.ignored(community.address)).toContainEqual({
      kind: 'channel',
      id: community.review.id,
    });
  });

  test('names each missing permission in each channel', async () => {
    const { world } = community.server;
    const deny = (id: string, bits: number) => ({ id, type: 0, allow: '0', deny: String(bits) });
    const mute = world.addChannel(community.guild, 'mute', { overwrites: [deny(community.guild.id, 1 << 16)] });
    world.addChannel(community.guild, 'secret', { overwrites: [deny(community.guild.id, 1 << 10)] });
    world.emit(community.guild.id, 'GUILD_CREATE' as never, world.guildCreate(community.guild));
    const said = await by('admin', 'keel-admin doctor');
    expect(said).toContain(`The bot lacks the permission Read Message History in <#${mute.id}>`);
    expect(said.match(/lacks the permission/g)).toHaveLength(1);
  });

  test('gives members their rights', async () => {
    const { flag } = await community.flag('own words 90%');
    expect(await by('member', 'keel privacy show')).toMatch(/flagged posts?[\s\S]*People never do/);
    const file = (await community.command(community.member, 'keel privacy export')) as unknown as {
      files: Record<string, string>;
    };
    expect(Object.keys(file.files)).toEqual(['evenkeel-my-data.json']);
    await community.moderation.label({ community: community.address, flag, moderator: 'Sam', answer: 'polarized' });
    expect(await by('member', 'keel appeal', { case: flag, statement: 'It was a joke.' })).toContain(
      'waits for the moderators',
    );
    expect(await by('moderator', 'keel appeal', { case: flag, statement: 'mine?' })).toContain(
      'no decision about a post of yours',
    );
    await until(() => cardsIn(community.review).some((card) => hasButton(card, 'overturn')));
    const card = cardsIn(community.review).find((each) => hasButton(each, 'overturn'))!;
    const form = community.click(community.moderator, card, 'overturn');
    await (
      await community.fill(community.moderator, form, { reason: 'You are right.' })
    ).responded;
    await until(() => wordsOf(community.cardAt(card.id)).includes('Appeal granted'));
    expect(await by('member', 'keel appeal')).toMatch(/was granted[\s\S]*You are right\./);

    expect(await by('member', 'keel privacy optout')).toContain('nothing of yours is processed');
    const ask = await community.command(community.member, 'keel privacy forget');
    expect(wordsOf(await community.click(community.member, ask, 'forget').shown)).toContain('Erased:');
    await until(() => cardsIn(community.review).some((each) => wordsOf(each).includes('everything of theirs erased')));
  });

  test('from the menu of a message checks, labels and reports it', async () => {
    const { world } = community.server;
    const ben = world.addMember(community.guild, 'Ben').user;
    const calm = world.post(community.general, ben, 'calm words 10%');
    expect(wordsOf(await community.menu(community.moderator, 'Check polarization', calm).shown)).toContain(
      'score 0.10 is below',
    );
    expect(wordsOf(await community.menu(community.member, 'Check polarization', calm).shown)).toContain(
      'Only moderators',
    );

    const form = community.menu(community.moderator, 'Relabel…', calm);
    const labelled = await community.fill(community.moderator, form, { answer: 'polarized' });
    expect(wordsOf(await labelled.shown)).toMatch(/Recorded: Polarized/);
    await until(() => cardsIn(community.review).some((card) => wordsOf(card).includes('calm words')));

    const other = world.post(community.general, ben, 'other words 10%');
    const report = community.menu(community.moderator, 'Report to moderators', other);
    const reported = await community.fill(community.moderator, report, { reason: 'please look' });
    expect(wordsOf(await reported.shown)).toContain('Thank you');
    await until(() => cardsIn(community.review).some((card) => wordsOf(card).includes('please look')));
  });
});
