import type { Ignored, Settings, SettingsChange } from '../domain/settings.ts';
import { readQuietHours } from '../domain/notify.ts';
import { agreementLines, previewLines } from './answers.ts';
import { caseOf } from './card-content.ts';
import type { Command } from './command-spec.ts';
import { daysAgo, findCard, lines } from './answer.ts';
import type { Answer, Asker } from './answer.ts';
import { answerTraining } from './model-answer.ts';
import type { Moderation } from './moderation.ts';

export type AdminCommand = Extract<
  Command,
  {
    verb:
      | 'threshold'
      | 'mode'
      | 'ignore add'
      | 'ignore remove'
      | 'ignore list'
      | 'language'
      | 'notify'
      | 'training'
      | 'retention'
      | 'export'
      | 'agreement'
      | 'confirm'
      | 'sample';
  }
>;

/** Settings as an administrator reads and changes them. Without an option: how they are now. */
export async function changeCommunity(moderation: Moderation, command: AdminCommand, asker: Asker): Promise<Answer> {
  const { who, words, here } = asker;
  const community = { platform: here.platform, community: here.community };
  const settings = (): Promise<Settings> => moderation.settings(community);
  const change = (some: SettingsChange): Promise<Settings> => moderation.changeSettings(community, some, who);
  switch (command.verb) {
    case 'threshold': {
      const { value, channel, language } = command;
      if (value === undefined) return lines(...(await policyLines(moderation, asker)));
      const simulation = await moderation.simulate(community, value, { channel, language, days: 30 });
      return { kind: 'threshold', lines: previewLines(simulation, words), value, channel: channel ?? null };
    }
    case 'mode': {
      const { mode, channel } = command;
      if (mode === undefined) return lines(...(await policyLines(moderation, asker)));
      if (channel === undefined) await change({ mode });
      else await moderation.setMode({ ...here, channel }, mode, who);
      return lines(words.say(`mode.${mode}Means`), ...(await policyLines(moderation, asker)));
    }
    case 'ignore add':
    case 'ignore remove':
      return lines(await changeIgnored(moderation, command, asker));
    case 'ignore list': {
      const ignored = await moderation.ignored(community);
      if (ignored.length === 0) return lines(words.say('settings.ignoredNone'));
      return lines(...ignored.map((each) => words.say('settings.ignored', { what: nameOf(each, asker) })));
    }
    case 'language': {
      const { interface: chosen } = command;
      const { language } =
        chosen === undefined ? await settings() : await change({ language: chosen === 'auto' ? null : chosen });
      if (language === null) return lines(words.say('settings.languageAuto'));
      return lines(words.say('settings.language', { language: words.languageName(language) }));
    }
    case 'notify': {
      const asked = notifyChange(command, (await settings()).notify);
      if (asked === null) return lines(words.say('settings.quietHow'));
      return lines(...notifyLines(await change(asked), asker));
    }
    case 'training':
      return lines(...(await answerTraining(moderation, command, { ...asker, community })));
    case 'retention': {
      const { days } = command;
      const { retentionDays } = days === undefined ? await settings() : await change({ retentionDays: days });
      return lines(words.say('settings.retention', { days: retentionDays }));
    }
    case 'agreement': {
      const { days, restore } = command;
      if (restore !== undefined) {
        const restored = await moderation.restore(community, restore, who);
        return lines(words.say(restored ? 'agreement.restored' : 'agreement.noSuch'));
      }
      return lines(...agreementLines(await moderation.agreement(community, daysAgo(days)), words));
    }
    case 'confirm':
      return lines(await confirm(moderation, command, asker));
    case 'sample': {
      const { per_day: count } = command;
      const { auditsPerDay } = count === undefined ? await settings() : await change({ auditsPerDay: count });
      return lines(words.say(auditsPerDay === 0 ? 'sample.off' : 'sample.on', { count: auditsPerDay }));
    }
    case 'export': {
      const { what, format, days } = command;
      const pieces = moderation.export(community, { what, format, since: daysAgo(days) });
      const name = `evenkeel-${what}-${new Date().toISOString().slice(0, 10)}.${format}`;
      return { kind: 'file', lines: [words.say('settings.export', { what, days })], name, pieces };
    }
  }
}

/** What holds everywhere, then where a channel chose for itself. */
async function policyLines(
  moderation: Moderation,
  { here, words, names }: Pick<Asker, 'here' | 'words' | 'names'>,
): Promise<string[]> {
  const [{ mode, threshold }, policies] = await Promise.all([moderation.settings(here), moderation.policies(here)]);
  const said = (what: { mode: 'observe' | 'review'; threshold: number }) => ({
    mode: what.mode,
    threshold: what.threshold.toFixed(2),
  });
  return [
    ...policies.map((each) => words.say('settings.policy', { channel: names.channel(each.channel), ...said(each) })),
    words.say('settings.default', said({ mode, threshold })),
  ];
}

async function confirm(
  moderation: Moderation,
  { case: given, answer }: Extract<AdminCommand, { verb: 'confirm' }>,
  asker: Asker,
): Promise<string> {
  const { who, words, here, names } = asker;
  const card = await findCard(moderation, asker, given);
  if (card === null) return words.say('refused.noCase', { case: names.words(given) });
  const confirmed = await moderation.confirm({
    community: here,
    flag: card.flag,
    moderator: who,
    answer: answer ?? null,
  });
  if (confirmed === null || confirmed.decision === 'undecided') return words.say('confirm.undecided');
  const said = { case: caseOf(card.flag), answer: words.say(`answer.${confirmed.decision}`) };
  return words.say('confirm.done', said);
}

async function changeIgnored(
  moderation: Moderation,
  command: Extract<AdminCommand, { verb: 'ignore add' | 'ignore remove' }>,
  asker: Asker,
): Promise<string> {
  const { who, words, here } = asker;
  const { channel, category, role, user } = command;
  const given = Object.entries({ channel, category, role, user }).flatMap(([kind, id]) =>
    id === undefined ? [] : [{ kind, id } as Ignored],
  );
  const [what, another] = given;
  if (what === undefined || another !== undefined) return words.say('settings.ignoreWhat');
  const named = { what: nameOf(what, asker) };
  if (command.verb === 'ignore add') {
    const isNew = await moderation.ignore(here, what, who);
    return words.say(isNew ? 'settings.ignored' : 'settings.ignoredAlready', named);
  }
  const wasThere = await moderation.unignore(here, what, who);
  return words.say(wasThere ? 'settings.unignored' : 'settings.notIgnored', named);
}

function nameOf({ kind, id }: Ignored, { names }: Asker): string {
  return names[kind === 'category' ? 'channel' : kind](id);
}

/** Null where the quiet hours cannot be read. */
function notifyChange(
  command: Extract<AdminCommand, { verb: 'notify' }>,
  now: Settings['notify'],
): SettingsChange | null {
  const { role, severity, pings_per_hour: perHour, quiet, cards_per_hour: cards, off } = command;
  const hours = quiet === undefined ? now.quiet : readQuietHours(quiet);
  if (quiet !== undefined && hours === null) return null;
  return {
    notify: {
      role: off === true ? null : (role ?? now.role),
      minimumBand: severity ?? now.minimumBand,
      perHour: perHour ?? now.perHour,
      quiet: hours,
    },
    ...(cards !== undefined && { cardsPerHour: cards === 0 ? null : cards }),
  };
}

function notifyLines({ notify, cardsPerHour }: Settings, { words, names }: Asker): string[] {
  const { role, minimumBand, perHour, quiet } = notify;
  return [
    role === null
      ? words.say('settings.notifyOff')
      : words.say('settings.notify', { band: words.say(`band.${minimumBand}`), role: names.role(role), perHour }),
    ...(quiet === null ? [] : [words.say('settings.quiet', { ...quiet })]),
    ...(cardsPerHour === null ? [] : [words.say('settings.cap', { count: cardsPerHour })]),
  ];
}
