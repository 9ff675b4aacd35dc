import { webApi } from '@slack/bolt';
import type { Authorize, AuthorizeResult, Logger as BoltLogger } from '@slack/bolt';
import { EvenkeelError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Secret } from '../../runtime/secrets.ts';
import { explained } from './explained.ts';
import { createGuardedFetch } from './guarded-fetch.ts';
import type { KeptInstallations } from './installations.ts';
import { patiently } from './patience.ts';

const { WebClient } = webApi;
type Client = webApi.WebClient;

/** An answer that takes longer is as good as lost. */
const TIMEOUT_MS = 10_000;
/** How long it is not asked again which token a workspace has. */
const KEEP_MS = 60_000;

/** The app in a workspace. */
export interface Workspace {
  /** Its id: our community. */
  id: string;
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
  readonly #known = new Map<string, { until: number; workspace: Promise<Workspace> }>();
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

  of(community: string): Promise<Workspace> {
    const known = this.#known.get(community);
    if (known !== undefined && known.until > performance.now()) return known.workspace;
    const workspace = this.#open(community);
    const entry = { until: performance.now() + KEEP_MS, workspace };
    this.#known.set(community, entry);
    workspace.catch(() => {
      if (this.#known.get(community) === entry) this.#known.delete(community);
    });
    return workspace;
  }

  /** Null without such a token, and where it is one of another workspace. */
  async deleter(community: string): Promise<Deleter | null> {
    const { userToken } = this.#options;
    if (userToken === null) return null;
    const client = new WebClient(userToken.reveal(), this.clientOptions);
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

  /** Every workspace where the app is. One that does not answer is left out, and said so. */
  async all(): Promise<Workspace[]> {
    const { botToken, installations, log } = this.#options;
    const ids = installations === null || botToken !== null ? [null] : await installations.ids();
    const found: Workspace[] = [];
    for (const id of ids) {
      try {
        found.push(...(await this.#under(id)));
      } catch (error) {
        if (botToken !== null) throw explained(error, 'SLACK_BOT_TOKEN');
        log.warn('a workspace does not answer', { workspace: id, reason: error instanceof Error ? error.message : '' });
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
    return gone;
  }

  /** Bolt's question for every event and click; what comes for a workspace that is not ours is refused here. */
  readonly authorize: Authorize<boolean> = async ({ teamId, enterpriseId }) => {
    if (typeof enterpriseId === 'string' && typeof teamId === 'string') this.heard(teamId, enterpriseId);
    const { self, bot } = await this.of(teamId ?? enterpriseId ?? '');
    const { botToken } = await this.#token(teamId ?? enterpriseId ?? '');
    return { botUserId: self, botId: bot, botToken: botToken! };
  };

  /** Those of one installation: an organization has several. */
  async #under(id: string | null): Promise<Workspace[]> {
    const { botToken } = await this.#token(id ?? '');
    const client = new WebClient(botToken, this.clientOptions);
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
    const client = new WebClient(botToken, this.clientOptions);
    const {
      team_id: team,
      enterprise_id: enterprise,
      is_enterprise_install: orgWide,
      user_id,
      bot_id,
      url,
    } = await this.#ask(client);
    const ours = orgWide === true ? this.#enterprises.get(community) === enterprise : team === community;
    if (!ours) throw notInstalled();
    return { id: community, client, self: user_id!, bot: bot_id ?? '', url: url ?? 'https://slack.com/' };
  }

  async #token(community: string): Promise<AuthorizeResult> {
    const { botToken } = this.#options;
    if (botToken !== null) return { botToken: botToken.reveal() };
    if (this.findToken === null) throw notInstalled();
    return this.findToken({ teamId: community, enterpriseId: this.#enterprises.get(community) });
  }

  #ask(client: Client): Promise<webApi.AuthTestResponse> {
    return this.#patiently(() => client.auth.test());
  }

  #patiently<T>(call: () => Promise<T>): Promise<T> {
    return patiently(call, this.#options);
  }
}

function notInstalled(): EvenkeelError {
  return new EvenkeelError('input', 'The app is not installed in this workspace', {
    hint: 'Install it there, or give the token of that workspace in SLACK_BOT_TOKEN.',
  });
}
