import type { Json } from '../../discord/server/json.ts';
import { textOf } from '../../discord/server/json.ts';
import { named } from './block-ids.ts';
import { SlackRefusal } from './slack-refusal.ts';
import type { SlackTeam } from './world.ts';
import { APP_ID } from './world.ts';

/** How long a trigger opens a view. */
const TRIGGER_MS = 3000;
const RESPONSE_MS = 30 * 60_000;
const RESPONSE_USES = 5;
const MOST_PUSHED = 3;

/** A modal or Home as a person sees it. */
export interface SlackView {
  id: string;
  user: string;
  team: SlackTeam;
  /** As the API gives it. */
  data: Json;
}

/** What a person did, and what comes back to them. */
export interface Asked {
  /** The body of the acknowledgement, null where there is none; rejects where there was none within 3 s. */
  acked: Promise<Json | null>;
  /** The first view that was opened, pushed or, in an acknowledgement, put in place of another. */
  opened: Promise<SlackView>;
  /** The first answer that only the person sees: in the acknowledgement or through `response_url`. */
  replied: Promise<Json>;
  /** All of them so far. */
  replies: Json[];
}

interface Trigger {
  team: SlackTeam;
  user: string;
  at: number;
  used: boolean;
  /** The view that it was pressed in. */
  view: SlackView | null;
  opened: (view: SlackView) => void;
}

interface ResponseUrl {
  at: number;
  uses: number;
  answer: (body: Json) => void;
}

/** Triggers, views and response addresses: what lives between a click and its answer. */
export class Desk {
  /** By person. */
  readonly homes = new Map<string, SlackView>();
  readonly views = new Map<string, SlackView>();
  readonly #triggers = new Map<string, Trigger>();
  readonly #responses = new Map<string, ResponseUrl>();
  readonly #violations: string[];
  #ids = 0;

  constructor(violations: string[]) {
    this.#violations = violations;
  }

  trigger(team: SlackTeam, user: string, view: SlackView | null, opened: (view: SlackView) => void): string {
    const id = `${this.#next()}.${Date.now()}.${Math.random().toString(16).slice(2)}`;
    this.#triggers.set(id, { team, user, at: Date.now(), used: false, view, opened });
    return id;
  }

  /** The path of an address for answers. */
  responsePath(answer: (body: Json) => void): string {
    const path = `/actions/T/${this.#next()}/${Math.random().toString(36).slice(2)}`;
    this.#responses.set(path, { at: Date.now(), uses: 0, answer });
    return path;
  }

  /** False where there is no such address, or not any more. */
  respond(path: string, body: Json): boolean {
    const found = this.#responses.get(path);
    if (found === undefined) return false;
    found.uses += 1;
    if (found.uses > RESPONSE_USES || Date.now() - found.at > RESPONSE_MS) {
      this.#violations.push('a response_url used more than five times, or after 30 minutes');
      return false;
    }
    found.answer(body);
    return true;
  }

  open(team: SlackTeam, trigger: string, view: Json): SlackView['data'] {
    const { user, opened } = this.#take(trigger, team);
    const made = this.#make(team, user, view, null);
    opened(made);
    return made.data;
  }

  push(team: SlackTeam, trigger: string, view: Json): SlackView['data'] {
    const { user, opened, view: below } = this.#take(trigger, team);
    if (below === null) throw new SlackRefusal('view_not_found');
    const depth = Number(below.data['depth'] ?? 1);
    if (depth >= MOST_PUSHED) throw new SlackRefusal('push_limit_reached');
    const made = this.#make(team, user, view, below);
    opened(made);
    return made.data;
  }

  find(team: SlackTeam, id: string, external: string): SlackView {
    const views = [...this.views.values(), ...this.homes.values()];
    const found = views.find(({ id: own, data }) => (id === '' ? data['external_id'] === external : own === id));
    if (found === undefined || found.team !== team) throw new SlackRefusal('not_found');
    return found;
  }

  change(view: SlackView, data: Json): Json {
    view.data = this.#data(view.team, view.id, data, view.data);
    return view.data;
  }

  publish(team: SlackTeam, user: string, data: Json): Json {
    const before = this.homes.get(user);
    const id = before?.id ?? this.#viewId();
    const view = { id, user, team, data: this.#data(team, id, data, before?.data ?? null) };
    this.homes.set(user, view);
    return view.data;
  }

  close(view: SlackView): void {
    this.views.delete(view.id);
  }

  #take(id: string, team: SlackTeam): Trigger {
    const found = this.#triggers.get(id);
    if (found === undefined || found.team !== team) throw new SlackRefusal('invalid_trigger_id');
    if (found.used) throw new SlackRefusal('exchanged_trigger_id');
    if (Date.now() - found.at > TRIGGER_MS) {
      this.#violations.push('a trigger_id used after 3 s');
      throw new SlackRefusal('expired_trigger_id');
    }
    found.used = true;
    return found;
  }

  #make(team: SlackTeam, user: string, data: Json, below: SlackView | null): SlackView {
    const id = this.#viewId();
    const depth = { depth: Number(below?.data['depth'] ?? 0) + 1 };
    const made: SlackView = { id, user, team, data: { ...this.#data(team, id, data, null, below), ...depth } };
    this.views.set(id, made);
    return made;
  }

  #data(team: SlackTeam, id: string, data: Json, before: Json | null, below: SlackView | null = null): Json {
    return {
      private_metadata: '',
      callback_id: '',
      external_id: '',
      clear_on_close: false,
      notify_on_close: false,
      ...data,
      blocks: named(data['blocks'] as Json[]),
      id,
      team_id: team.id,
      state: { values: {} },
      hash: `${Date.now()}.${this.#next()}`,
      previous_view_id: below?.id ?? null,
      root_view_id: textOf(before?.['root_view_id'] ?? below?.data['root_view_id']) || id,
      app_id: APP_ID,
      app_installed_team_id: team.id,
      bot_id: team.bot.id,
      ...(before?.['depth'] !== undefined && { depth: before['depth'] }),
    };
  }

  #viewId(): string {
    return `V${String(this.#next()).padStart(8, '0')}`;
  }

  #next(): number {
    this.#ids += 1;
    return this.#ids;
  }
}
