import { createExplain } from '../classifier/explain.ts';
import type { Moderation } from '../connectors/moderation.ts';
import type { Classify } from '../domain/verdict.ts';
import { answerAppeal, appeal, appealsOf } from '../pipeline/appeals.ts';
import { kept, mark, marks, serve, served } from '../pipeline/attendance.ts';
import { examine } from '../pipeline/doctor.ts';
import { exportRows } from '../pipeline/export.ts';
import { findCase } from '../pipeline/flag-action.ts';
import { stats } from '../pipeline/insight.ts';
import { receive, remove } from '../pipeline/intake.ts';
import { findMessage, openCards, why } from '../pipeline/lookup.ts';
import { exportPersonalData, forget, personalData, purge, setOptOut } from '../pipeline/privacy.ts';
import { raise } from '../pipeline/raise.ts';
import { confirm, escalate, label, recordSanction, undo } from '../pipeline/review.ts';
import {
  changeIgnored,
  changePolicy,
  changeSettings,
  ignoredOf,
  policiesOf,
  policyOf,
  settingsOf,
} from '../pipeline/settings.ts';
import { simulate } from '../pipeline/simulate.ts';
import { agreementOf, restoreAnswers } from '../pipeline/weighing.ts';
import { askToRetrain, ownVersions, reportsOf, rollBackOwn } from '../pipeline/training.ts';
import type { Queues } from '../queue/queues.ts';
import { createChannelDirectory } from '../store/channel-directory.ts';
import type { Database } from '../store/database.ts';
import type { Seal } from '../store/seal.ts';
import { gather } from './gather.ts';

/** The pipeline as connectors see it. */
export function createModeration(given: {
  database: Database;
  queues: Queues;
  seal: Seal;
  classify: Classify;
}): Moderation {
  const channels = createChannelDirectory(given.database);
  const parts = { ...given, channels, explain: createExplain(given.classify) };
  return {
    receive: gather((messages) => receive(parts, messages)),
    remove: (messages) => remove(parts, messages),
    purge: (community) => purge(parts, community),

    marks: (community) => marks(parts, community),
    mark: (where, readTo) => mark(parts, where, readTo),
    kept: (community, before) => kept(parts, community, before),
    serve: (community, application) => serve(parts, community, application),
    served: (platform, application) => served(parts, platform, application),

    label: (input) => label(parts, input),
    undo: (input) => undo(parts, input),
    escalate: (input) => escalate(parts, input),
    recordSanction: (input) => recordSanction(parts, input),
    confirm: (input) => confirm(parts, input),
    answerAppeal: (input) => answerAppeal(parts, input),
    queue: (filter) => openCards(parts, filter),
    case: (community, flag) => findCase(parts, community, flag),
    find: (message) => findMessage(parts, message),
    check: async (text) => (await given.classify([text]))[0]!,
    why: (community, flag) => why(parts, community, flag),
    raise: (message, by) => raise(parts, message, by),

    stats: (community, since) => stats(parts, community, since),
    agreement: (community, since) => agreementOf(parts, community, since),
    simulate: (community, threshold, scope) => simulate(parts, community, threshold, scope),
    reports: (community, limit) => reportsOf(parts, community, limit),
    export: (community, request) => exportRows(parts, community, request),

    settings: (community) => settingsOf(parts, community),
    changeSettings: (community, change, by) => changeSettings(parts, community, change, by),
    policy: (channel) => policyOf(parts, channel),
    policies: (community) => policiesOf(parts, community),
    setThreshold: (channel, threshold, by) => changePolicy(parts, channel, { threshold }, by),
    setMode: (channel, mode, by) => changePolicy(parts, channel, { mode }, by),
    ignored: (community) => ignoredOf(parts, community),
    ignore: (community, what, by) => changeIgnored(parts, community, what, { by, ignore: true }),
    unignore: (community, what, by) => changeIgnored(parts, community, what, { by, ignore: false }),
    restore: (community, quarantine, by) => restoreAnswers(parts, community, quarantine, by),
    retrain: (community, by) => askToRetrain(parts, community, by),
    versions: (community) => ownVersions(parts, community),
    rollBack: (community, language, by) => rollBackOwn(parts, community, language, by),
    doctor: (community) => examine(parts, community),

    personalData: (community, member) => personalData(parts, community, member),
    exportPersonalData: (community, member) => exportPersonalData(parts, community, member),
    forget: (community, member) => forget(parts, community, member),
    setOptOut: (community, member, optedOut) => setOptOut(parts, community, member, optedOut),
    appeal: (community, member, flag, statement) => appeal(parts, community, member, flag, statement),
    appeals: (community, member) => appealsOf(parts, community, member),
  };
}
