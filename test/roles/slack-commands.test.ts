import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/connectors/command-spec.ts';
import { createEmbedded } from '../database.ts';
import type { Asked } from '../connectors/slack/server/desk.ts';
import { until } from '../connectors/slack/town.ts';
import { openSlackCommunity, settledView, wordsOf } from './slack-community.ts';
import type { SlackCommunity } from './slack-community.ts';

/** First words whose answer is a modal. */
const MODALS = /^(setup|doctor|threshold|ignore|mode|language|notify|training|retention|export|model)\b/;

describe.each(['socket', 'http'] as const)('a command on Slack over %s', (mode) => {
  let community: SlackCommunity;
  beforeAll(async () => {
    community = await openSlackCommunity(createEmbedded, mode);
  });
  afterAll(() => community.stop());

  type Who = 'member' | 'moderator' | 'admin';
  const told = async (asked: Asked): Promise<string> => wordsOf(await asked.replied);
  const shown = async (asked: Asked): Promise<string> => wordsOf(await settledView(asked));
  const by = (who: Who, line: string): Promise<string> =>
    (MODALS.test(line) ? shown : told)(community.command(community[who], line));

  test('is there for everyone, each told of their own', async () => {
    expect(await by('member', 'about')).toContain('It never scores people');
    const help = await by('member', 'help');
    expect(help).toContain('/keel privacy show');
    expect(help).not.toMatch(/keel-|\/keel queue/);
    expect(await by('member', '')).toBe(help);
    expect(await by('admin', 'help')).toContain('/keel doctor');
    expect(await by('member', 'nonsense')).toContain('/keel knows no `nonsense`');
  });

  test.each(COMMANDS.filter(({ root }) => root !== 'keel').map(({ verb, example }) => [verb, example] as const))(
    '%s is refused to a member, who is told why',
    async (verb, example) => {
      expect(
        await by('member', example.replace(/^\/keel-\w+ /, '').replace(/#\w+/, `<#${community.general.id}|x>`)),
      ).toMatch(
        /^(Only moderators can do this\.\nModerators here are the members of <#C\w+>\.|Only administrators can do this\.|.*Write \/keel )/,
      );
    },
  );

  test('of an administrator is refused to a moderator', async () => {
    expect(await by('moderator', 'retention')).toBe('Only administrators can do this.');
    expect(await by('moderator', 'retention 3')).toBe('Only administrators can do this.');
  });

  test('of a moderator is refused to an administrator who is not in the review channel', async () => {
    const { server, team } = community;
    const owner = server.world.addUser(team, 'Oda', { owner: true });
    expect(await told(community.command(owner, 'queue'))).toContain('Moderators here are the members of');
    expect(await shown(community.command(owner, 'retention 30'))).toContain('30 days');
  });

  test('with a wrong option says what to write', async () => {
    expect(await by('moderator', 'case zz')).toContain('6 or more characters');
    expect(await by('moderator', 'case abcdef12')).toContain('No case begins with');
    expect(await by('admin', 'ignore add')).toContain('Name one');
    expect(await by('admin', 'ignore add #nowhere')).toMatch(
      /`nowhere` is not what `channel` takes\. Write \/keel ignore add/,
    );
    expect(await by('admin', 'ignore add category:x')).toContain('means nothing here');
    expect(await by('admin', 'notify quiet:night')).toContain('22:00-07:00');
    expect(await by('admin', 'threshold 7')).toContain('number from 0 to 1');
  });

  test('shows the queue one by one, and takes answers there', async () => {
    expect(await by('moderator', 'queue')).toContain('Nothing waits');
    const flags = [await community.flag('first words 80%'), await community.flag('second words 90%')];
    const first = await community.command(community.moderator, 'queue sort:score').replied;
    expect(wordsOf(first)).toContain('second words');
    const second = await community.clickPrivate(community.moderator, first, 'Next').replied;
    expect(second['replace_original']).toBe(true);
    expect(wordsOf(second)).toContain('first words');
    expect(wordsOf(second)).not.toContain('Next');
    const answered = await community.clickPrivate(community.moderator, first, 'Polarized').replied;
    expect(answered['replace_original']).toBe(true);
    expect(wordsOf(answered)).toContain('Polarized, says');
    expect(await community.case(flags[1]!.flag)).toMatchObject({ decision: 'polarized' });
    // The one that was answered has left the queue: the next one is now where it was.
    const next = await community.clickPrivate(community.moderator, answered, 'Next').replied;
    expect(wordsOf(next)).toContain('first words');
    expect(await by('moderator', 'queue')).toContain('first words');
    const form = await settledView(community.clickPrivate(community.moderator, next, 'Relabel…'));
    await community.submit(community.moderator, form, { answer: 'not_polarized' }).acked;
    const { ephemerals } = community.server;
    await until(() => ephemerals.length > 0);
    expect(wordsOf(ephemerals[0]!.message)).toBe('Recorded: Not polarized.');
    expect(ephemerals[0]!.user).toBe(community.moderator.id);
  });

  test('finds a case by its id or a link', async () => {
    const { flag, post } = await community.flag('case words 85%');
    expect(await by('moderator', `case ${flag.slice(0, 8)}`)).toContain('case words');
    const link = `https://town.slack.com/archives/${community.general.id}/p${post.ts.replace('.', '')}`;
    expect(await by('moderator', `case <${link}>`)).toContain('case words');
    expect(await by('moderator', 'case <https://evil.example/archives/x>')).toContain('No case begins with');
  });

  test('scores a text, counts in a picture, simulates and names the model', async () => {
    expect(await by('moderator', 'check any 75%')).toMatch(/Medium: the score 0\.75[\s\S]*not stored/);
    expect(await by('moderator', 'stats 7d')).toMatch(
      /The last 7 days[\s\S]*English +█+ +3 ⚑3[\s\S]*3 posts, 3 flagged/,
    );
    expect(await by('moderator', 'simulate 0.88')).toMatch(/At 0\.88: \d+ flags? a week instead of/);
    expect(await by('moderator', `simulate 0.88 <#${community.general.id}|general>`)).toMatch(/At 0\.88/);
    expect(await by('admin', 'model')).toContain('en abcdef0');
  });

  test('previews a threshold in a form before it is saved', async () => {
    const form = await settledView(community.command(community.admin, 'threshold'));
    await community.submit(community.admin, form, { value: '0.95' }).acked;
    await until(() => wordsOf(form).includes('At 0.95: 0 flags a week instead of'));
    expect((await community.moderation.settings(community.address)).threshold).toBe(0.5);
    community.clickView(community.admin, form, 'Save');
    await until(() => wordsOf(form) === 'Saved.');
    expect((await community.moderation.settings(community.address)).threshold).toBe(0.95);
    const channel = await settledView(
      community.command(community.admin, `threshold 0.5 <#${community.general.id}|general>`),
    );
    community.clickView(community.moderator, channel, 'Save');
    await until(() => wordsOf(channel) === 'Only administrators can do this.');
    const again = await settledView(
      community.command(community.admin, `threshold 0.5 <#${community.general.id}|general>`),
    );
    community.clickView(community.admin, again, 'Save');
    await until(() => wordsOf(again) === 'Saved.');
    expect(await community.moderation.policy({ ...community.address, channel: community.general.id })).toMatchObject({
      threshold: 0.5,
    });
    await community.moderation.changeSettings(community.address, { threshold: 0.5 }, 'test');
  });

  test('changes each setting in its form and says how it is', async () => {
    const { admin, general, member, moderation, address, server, team } = community;
    const group = server.world.addGroup(team, 'mods', []);
    const fill = async (verb: string, values: Record<string, string | string[]>): Promise<string> => {
      const form = await settledView(community.command(admin, verb));
      await community.submit(admin, form, values).acked;
      await until(() => form.data['submit'] === undefined && wordsOf(form) !== 'One moment…');
      return wordsOf(form);
    };
    expect(await fill('mode', { mode: 'observe', channel: general.id })).toContain('Observe: scores are kept');
    expect(await fill('mode', { mode: 'review', channel: general.id })).toContain('Review: ');
    expect(await fill('ignore', { user: member.id })).toContain(`Ignored from the next post on: <@${member.id}>`);
    const ignoring = await settledView(community.command(admin, 'ignore'));
    community.clickView(admin, ignoring, 'no longer ignore it');
    await until(async () => (await moderation.ignored(address)).length === 0);
    expect(await fill('ignore', { role: group.id })).toContain(`<!subteam^${group.id}>`);
    expect(await by('admin', `ignore remove role:${group.id}`)).not.toBe('');
    expect(await moderation.ignored(address)).toEqual([]);
    expect(await by('admin', 'ignore list')).toBe('Nothing is ignored.');
    expect(await fill('retention', { days: '14' })).toContain('14 days');
    expect(await fill('training', { training: 'local-only' })).toContain('give a reference');
    expect(await fill('training', { training: 'local-only', permission: 'ticket *7*' })).toMatch(/permission “.*7/);
    expect(await fill('training', { training: 'off' })).toContain('Training is off');
    const notify = { role: group.id, severity: 'medium', pings_per_hour: '2', quiet: '22:00-07:00 Europe/Rome' };
    expect(await fill('notify', notify)).toMatch(/Medium[\s\S]*subteam[\s\S]*22:00 to 07:00/);
    expect(await fill('notify', { off: ['yes'] })).toContain('Cards ping no one.');
    expect(await fill('language', { interface: 'es' })).toContain('The bot now speaks Spanish here.');
    expect(await by('moderator', 'queue')).toContain('moderador');
    await moderation.changeSettings(address, { language: 'en' }, 'test');
    expect(await by('admin', 'language auto')).toContain('each person’s own language');
    expect(await moderation.settings(address)).toMatchObject({ retentionDays: 14, language: null });
  });

  test('says in the form what cannot be, and keeps it open', async () => {
    const form = await settledView(community.command(community.admin, 'retention'));
    await community.submit(community.admin, form, { days: '90' }).acked;
    await until(() => wordsOf(form).includes('❌'));
    expect(wordsOf(form)).toContain('number from 1 to 30');
    expect(form.data['submit']).toBeDefined();
  });

  test('exports without a word of a post, to whoever asked alone', async () => {
    const form = await settledView(community.command(community.admin, 'export'));
    await community.submit(community.admin, form, {}).acked;
    await until(() => wordsOf(form).includes('direct messages'));
    const [upload] = [...community.server.uploads.values()];
    expect(upload!.name).toMatch(/^evenkeel-flags-\d{4}-\d\d-\d\d\.csv$/);
    expect(upload!.content!.toString().split('\n').length).toBeGreaterThan(3);
    expect(upload!.content!.toString()).not.toContain('words');
    expect(upload!.shared!.channel).toBe(community.server.world.directOf(community.team, community.admin.id).id);
  });

  test('sets the bot up on one page, in a private channel alone', async () => {
    const { admin, server, team, general, review, moderation, address } = community;
    const form = await settledView(community.command(admin, 'setup'));
    expect(wordsOf(form)).toMatch(/Permissions: all there/);
    const submit = async (channel: string): Promise<void> => {
      await community.submit(admin, form, { review_channel: channel }).acked;
      await until(() => wordsOf(form) !== 'One moment…');
    };
    await submit(general.id);
    expect(wordsOf(form)).toContain('❌ Choose a private channel');
    const closed = server.world.addChannel(team, 'closed', { private: true, invited: false });
    await submit(closed.id);
    expect(wordsOf(form)).toContain('/invite @Evenkeel');
    await submit(review.id);
    expect(wordsOf(form)).toContain(`✅ Ready. Cards will go to <#${review.id}>.`);
    expect(await moderation.settings(address)).toMatchObject({ reviewChannel: review.id, setUp: { by: admin.id } });
    expect(await moderation.ignored(address)).toContainEqual({ kind: 'channel', id: review.id });
    const typed = await settledView(community.command(admin, `setup <#${general.id}|general>`));
    expect(wordsOf(typed)).toContain('❌ Choose a private channel');
  });

  test('names what is missing', async () => {
    const { admin, server, token, review, team } = community;
    expect(await by('admin', 'doctor')).not.toContain('lacks the permission');
    const grant = server.tokens.get(token)!;
    server.tokens.set(token, {
      ...grant,
      scopes: new Set([...grant.scopes].filter((scope) => scope !== 'files:write')),
    });
    review.members.delete(team.bot.user);
    const findings = await shown(community.command(admin, 'doctor'));
    expect(findings).toContain('❌ The bot lacks the permission files:write.');
    expect(findings).toContain(`❌ The review channel <#${review.id}> is gone or hidden from the bot.`);
    server.tokens.set(token, grant);
    review.members.add(team.bot.user);
  });

  test('answers in each person’s own language', async () => {
    const { server, team } = community;
    const hindi = server.world.addUser(team, 'Asha', { locale: 'hi-IN' });
    expect(await told(community.command(hindi, 'privacy show'))).toMatch(/[\u0900-\u097F]/);
    const other = server.world.addUser(team, 'Kai', { locale: 'ja-JP' });
    expect(await told(community.command(other, 'privacy show'))).toContain('Stored about you here');
  });

  test('shows, exports, erases and stops the processing of a member’s own posts', async () => {
    const { member } = community;
    expect(await by('member', 'privacy show')).toMatch(
      /Stored about you here[\s\S]*Your posts are processed\. `\/keel privacy/,
    );
    expect(await by('member', 'privacy export')).toContain('evenkeel-my-data.json is in your direct messages');
    const upload = [...community.server.uploads.values()].at(-1)!;
    const [document = ''] = /\{[\s\S]*\}/.exec(upload.content!.toString()) ?? [];
    expect(JSON.stringify(JSON.parse(document))).toContain('words 80%');
    expect(await by('member', 'privacy optout')).toContain('nothing of yours is processed');
    expect(await by('member', 'privacy optout in')).toContain('processed again');
    const asking = await community.command(member, 'privacy forget').replied;
    expect(wordsOf(asking)).toContain('erases your texts and ids');
    expect(wordsOf(await community.clickPrivate(member, asking, 'Erase everything').replied)).toMatch(
      /^Erased: \d+ posts/,
    );
  });

  test('takes an appeal and shows the answer', async () => {
    const { member, moderator } = community;
    const { card, flag } = await community.flag('appealed words 90%');
    await community.click(moderator, card, 'Polarized').acked;
    await until(async () => (await community.case(flag)).decision === 'polarized');
    expect(await by('moderator', `appeal ${flag.slice(0, 8)} it is not mine`)).toContain(
      'no decision about a post of yours',
    );
    expect(await told(community.command(member, `appeal ${flag.slice(0, 8)} It was a joke.`))).toContain(
      'Your appeal waits',
    );
    await until(() => wordsOf(community.cardAt(card.ts)).includes('It was a joke.'));
    const form = await settledView(community.click(moderator, community.cardAt(card.ts), 'Grant the appeal'));
    await community.submit(moderator, form, { reason: 'You are right.' }).acked;
    await until(async () => (await community.case(flag)).decision === 'not_polarized');
    expect(await by('member', 'appeal')).toMatch(/was granted[\s\S]*You are right/);
  });

  test('answers each within three seconds, and breaks no rule of Slack’s', () => {
    expect(community.server.violations).toEqual([]);
  });
});
