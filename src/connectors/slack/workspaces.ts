import type { Authorize, AuthorizeResult, Logger as BoltLogger, webApi } from '@slack/bolt';
import { EvenkeelError, messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Secret } from '../../runtime/secrets.ts';
import { isRefused } from './api-errors.ts';
import { SlackClient } from './client.ts';
import { explained } from './explained.ts';
import { createGuardedFetch } from './guarded-fetch.ts';
import type { KeptInstallations } from './installations.ts';
import { patiently } from './patience.ts';

type Client = webApi.WebClient;

/** An answer that takes longer is as good as lost. */
const TIMEOUT_MS = 10_000;
/** How long it is not asked again which token a workspace has. */
const KEEP_MS = 60_000;
/** How long what was known is good enough while it is asked again. */
const STALE_MS = 10 * 60_000;

/** The app is not there any more: nothing is left to ask. */
const GONE = ['account_inactive', 'invalid_auth', 'not_authed', 'token_revoked'];

/** Whether an error says that the app is not installed, and not that Slack has trouble. */
export function isGone(error: unknown): boolean {
  return isRefused(error, ...GONE) || (error instanceof EvenkeelError && error.code === 'input');
}

/** The app in a workspace. */
export interface Workspace {
  /** Its id: our community. */
  id: string;
  /** What the app is installed for: the workspace itself, or the organization that it is in. */
  installation: string;
  client: Client;
  /** The app's own user there. */
  self: string;
  bot: string;
  /** `https://town.slack.com/` */
  url: string;
}

/** Who deletes posts in a workspace: an administrator who gave the app a token of theirs. */
export interface Deleter {
  client: Client;
  admin: string;
}

/** Asks which token a workspace has; as Bolt's own installer answers. Rejects where there is none. */
export type FindToken = (of: {
  teamId: string | undefined;
  enterpriseId: string | undefined;
}) => Promise<AuthorizeResult>;

export interface WorkspacesOptions {
  apiUrl: string;
  /** The app in one workspace; null where it is installed in many. */
  botToken: Secret<string> | null;
  userToken: Secret<string> | null;
  installations: KeptInstallations | null;
  log: Logger;
  boltLog: BoltLogger;
  signal: AbortSignal;
}

/** The workspaces that the app is installed in, with what is needed to speak there. */
export class Workspaces {
  readonly #options: WorkspacesOptions;
  readonly #clientOptions: webApi.WebClientOptions;
  /** The organization that a workspace is part of, as it was heard. */
  readonly #enterprises = new Map<string, string>();
  readonly #known = new Map<string, { askedAt: number; workspace: Promise<Workspace> }>();
  /** Methods that this Slack turned out not to have. */
  readonly #unknown = new Set<string>();
  #deleter: Promise<Deleter> | null = null;
  /** Set by the transport where people install the app themselves. */
  findToken: FindToken | null = null;

  constructor(options: WorkspacesOptions) {
    this.#options = options;
    this.#clientOptions = {
      slackApiUrl: options.apiUrl,
      logger: options.boltLog,
      fetch: createGuardedFetch(options.apiUrl),
      timeout: TIMEOUT_MS,
      allowAbsoluteUrls: false,
      // Who calls knows whether it may be repeated: `patiently`, `postOnce`.
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
    };
  }

  get clientOptions(): webApi.WebClientOptions {
    return { ...this.#clientOptions };
  }

  /** Rejects where the app is not installed. */
  async client(community: string): Promise<Client> {
    return (await this.of(community)).client;
  }

  /**
   * The workspace with this id; without one, that of the only token. Rejects where the app is not installed. Once it is
   * known, trouble of Slack's is no reason not to know it any more.
   */
  of(community: string): Promise<Workspace> {
    const known = this.#known.get(community);
    const age = performance.now() - (known?.askedAt ?? -Infinity);
    if (known !== undefined && age < KEEP_MS) return known.workspace;
    const asked = this.#open(community);
    const workspace =
      known === undefined ? asked : asked.catch((error) => (isGone(error) ? fail(error) : known.workspace));
    const entry = {
      askedAt: performance.now(),
      workspace: known !== undefined && age < STALE_MS ? known.workspace : workspace,
    };
    this.#known.set(community, entry);
    const isCurrent = (): boolean => this.#known.get(community) === entry;
    workspace.then(
      () => isCurrent() && this.#known.set(community, { ...entry, workspace }),
      () => isCurrent() && this.#known.delete(community),
    );
    return entry.workspace;
  }

  /** Null without such a token, and where it is one of another workspace. */
  async deleter(community: string): Promise<Deleter | null> {
    const { userToken } = this.#options;
    if (userToken === null) return null;
    const client = this.#clientWith(userToken.reveal());
    this.#deleter ??= this.#ask(client).then(({ user_id: admin, team_id: team }) => {
      if (team !== community) throw notInstalled();
      return { client, admin: admin! };
    });
    return this.#deleter.catch(() => {
      this.#deleter = null;
      return null;
    });
  }

  /** A workspace's organization, as an event named it. */
  heard(community: string, enterprise: string | null): void {
    if (enterprise !== null) this.#enterprises.set(community, enterprise);
  }

  /**
   * Every workspace where the app is. One that does not answer is left out, and said so; `onGone` hears of installations that
   * were ended meanwhile.
   */
  async all(onGone: (installation: string) => void = () => {}): Promise<Workspace[]> {
    const { botToken, installations, log } = this.#options;
    const ids = installations === null || botToken !== null ? [null] : await installations.ids();
    const found: Workspace[] = [];
    for (const id of ids) {
      try {
        found.push(...(await this.under(id)));
      } catch (error) {
        if (botToken !== null || id === null) throw explained(error, 'SLACK_BOT_TOKEN');
        if (isRefused(error, 'account_inactive', 'token_revoked')) onGone(id);
        else log.warn('a workspace does not answer', { workspace: id, reason: messageOf(error) });
      }
    }
    return found;
  }

  /** The app was taken out of a workspace, or of an organization: which workspaces that are. */
  async leave(installation: string, community: string): Promise<string[]> {
    const { installations } = this.#options;
    const own = (await installations?.remove(community)) === true;
    if (!own && installation !== community) await installations?.remove(installation);
    const others = [...this.#enterprises].flatMap(([each, of]) => (of === installation ? each : []));
    const gone = installation === community || own ? [community] : [...new Set([community, ...others])];
    for (const each of gone) this.#known.delete(each);
    return gone.filter((each) => each !== '');
  }

  /**
   * Bolt's question for every event and click, before it is acknowledged: so nothing is looked up for it. Whoever answers
   * asks for the workspace, and is refused what is not ours.
   */
  readonly authorize: Authorize<boolean> = ({ teamId, enterpriseId }) => {
    if (typeof enterpriseId === 'string' && typeof teamId === 'string') this.heard(teamId, enterpriseId);
    return Promise.resolve({});
  };

  /** Those of one installation: an organization has several. */
  async under(id: string | null): Promise<Workspace[]> {
    const { botToken } = await this.#token(id ?? '');
    const client = this.#clientWith(botToken!);
    const { team_id: team, enterprise_id: enterprise, is_enterprise_install: orgWide } = await this.#ask(client);
    if (orgWide !== true) return [await this.of(team!)];
    const workspaces: Workspace[] = [];
    for (let cursor = ''; ;) {
      const page = await this.#patiently(() =>
        client.auth.teams.list({ limit: 100, ...(cursor !== '' && { cursor }) }),
      );
      for (const { id: each } of page.teams ?? []) {
        this.heard(each!, enterprise!);
        workspaces.push(await this.of(each!));
      }
      cursor = page.response_metadata?.next_cursor ?? '';
      if (cursor === '') return workspaces;
    }
  }

  async #open(community: string): Promise<Workspace> {
    const { botToken } = await this.#token(community);
    const client = this.#clientWith(botToken!);
    const {
      team_id: team,
      enterprise_id: enterprise,
      is_enterprise_install: orgWide,
      user_id,
      bot_id,
      url,
    } = await this.#ask(client);
    const only = community === '' && this.#options.botToken !== null;
    const ours = orgWide === true ? this.#enterprises.get(community) === enterprise : only || team === community;
    if (!ours || team === undefined) throw notInstalled();
    const id = only ? team : community;
    const installation = orgWide === true ? enterprise! : id;
    const known = { id, installation, client, self: user_id ?? '', bot: bot_id ?? '' };
    return { ...known, url: withSlash(url ?? 'https://slack.com/') };
  }

  async #token(community: string): Promise<AuthorizeResult> {
    const { botToken } = this.#options;
    if (botToken !== null) return { botToken: botToken.reveal() };
    if (this.findToken === null) throw notInstalled();
    return this.findToken({ teamId: community, enterpriseId: this.#enterprises.get(community) });
  }

  #clientWith(token: string): Client {
    return new SlackClient(token, this.clientOptions, (method) => {
      if (this.#unknown.has(method)) return;
      this.#unknown.add(method);
      this.#options.log.warn('this Slack does not have a method; what needs it is left out', { method });
    });
  }

  #ask(client: Client): Promise<webApi.AuthTestResponse> {
    return this.#patiently(() => client.auth.test());
  }

  #patiently<T>(call: () => Promise<T>): Promise<T> {
    return patiently(call, this.#options);
  }
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}

function fail(error: unknown): never {
  throw error;
}

function notInstalled(): EvenkeelError {
  return new EvenkeelError('input', 'The app is not installed in this workspace', {
    hint: 'Install it there, or give the token of that workspace in SLACK_BOT_TOKEN.',
  });
}
