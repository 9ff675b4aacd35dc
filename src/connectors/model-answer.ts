import type { OwnVersion, TakenBack, WeeklyReport } from '../domain/lesson.ts';
import type { CommunityAddress } from '../domain/message.ts';
import type { Settings } from '../domain/settings.ts';
import type { Words } from '../words/words.ts';
import { daysAgo } from './answer.ts';
import type { Naming } from './answer.ts';
import type { Command } from './command-spec.ts';
import type { Moderation } from './moderation.ts';
import { reportContent } from './report-content.ts';

type Of<Verb extends Command['verb']> = Extract<Command, { verb: Verb }>;

/** Who asks, and how words are shown to them. */
export interface ModelAsker {
  who: string;
  community: CommunityAddress;
  words: Words;
}

/** How the model does here, its training now, the versions that were trained for the community alone, and back to the last. */
export async function answerModel(
  moderation: Pick<Moderation, 'reports' | 'stats' | 'retrain' | 'versions' | 'rollBack'>,
  { action, language }: Of<'model'>,
  { who, community, words }: ModelAsker,
): Promise<string[]> {
  switch (action) {
    case 'retrain': {
      const isAsked = await moderation.retrain(community, who);
      return [words.say(isAsked ? 'model.retrainQueued' : 'model.retrainOff')];
    }
    case 'versions': {
      const versions = (await moderation.versions(community)).filter(
        (each) => language === undefined || each.language === language,
      );
      return versions.length === 0 ? [words.say('model.noVersions')] : versions.map((each) => versionLine(each, words));
    }
    case 'rollback': {
      const back = await moderation.rollBack(community, language, who);
      return back.length === 0 ? [words.say('model.noneOwn')] : back.map((each) => takenBackLine(each, words));
    }
    case 'show': {
      const [report] = await moderation.reports(community, 1);
      const { adapters } = await moderation.stats(community, daysAgo(30));
      const said = adapters.map(({ adapter, version, messages, flagged, upheld, overturned }) =>
        words.say('stats.adapter', {
          adapter: `${adapter} ${version.slice(0, 7)}`,
          messages,
          flagged,
          upheld,
          overturned,
        }),
      );
      const answers = said.length === 0 ? [words.say('preview.nothing')] : said;
      return [...answers, ...(report === undefined ? [] : reportLines(report, words))];
    }
  }
}

/** Whether decisions may train, as it is or as it is changed to. */
export async function answerTraining(
  moderation: Pick<Moderation, 'settings' | 'changeSettings'>,
  { training: chosen, permission }: Of<'training'>,
  { who, community, words, names }: ModelAsker & { names: Pick<Naming, 'user' | 'words'> },
): Promise<string[]> {
  if (chosen === 'local-only' && permission === undefined) return [words.say('settings.trainingWhy')];
  const { training } =
    chosen === undefined
      ? await moderation.settings(community)
      : await moderation.changeSettings(
          community,
          { training: chosen === 'off' ? { state: 'off' } : { state: chosen, permission: permission! } },
          who,
        );
  return [trainingLine(training, words, names)];
}

function trainingLine(training: Settings['training'], words: Words, names: Pick<Naming, 'user' | 'words'>): string {
  if (training.state === 'off') return words.say('settings.trainingOff');
  const { permission, by } = training;
  return words.say('settings.trainingOn', { permission: names.words(permission), by: names.user(by) });
}

function versionLine({ language, version, state, trainedAt }: OwnVersion, words: Words): string {
  const day = trainedAt.toISOString().slice(0, 10);
  return words.say('model.version', {
    language: words.languageName(language),
    version: version.slice(0, 7),
    day,
    state: words.say(`model.${state}`),
  });
}

function takenBackLine({ language: code, from, to }: TakenBack, words: Words): string {
  const language = words.languageName(code);
  return to === null
    ? words.say('model.backToBase', { language, from: from.slice(0, 7) })
    : words.say('model.backTo', { language, from: from.slice(0, 7), to: to.slice(0, 7) });
}

/** The latest report below what it is about. */
function reportLines(report: WeeklyReport, words: Words): string[] {
  const { title, languages } = reportContent(report, words);
  return [`${report.day}: ${title}`, ...languages.flatMap((each) => each.lines)];
}
