import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { SCOPES } from '../../../src/connectors/slack/examine.ts';
import { SHORTCUTS } from '../../../src/connectors/slack/shortcuts.ts';
import { wordsIn } from '../../../src/words/words.ts';
import { METHODS } from './server/methods.ts';
import { BOT_SCOPES } from './server/scopes.ts';

interface Manifest {
  display_information: { name: string; description: string };
  features: {
    slash_commands: { command: string; url?: string; should_escape: boolean; description: string }[];
    shortcuts: { name: string; type: string; callback_id: string; description: string }[];
  };
  oauth_config: { scopes: { bot: string[]; user?: string[] } };
  settings: {
    event_subscriptions: { bot_events: string[]; request_url?: string };
    interactivity: { is_enabled: boolean; request_url?: string };
    socket_mode_enabled: boolean;
  };
}

const FOLDER = new URL('../../../deploy/', import.meta.url);
const [socketText, httpText] = ['slack-manifest.yaml', 'slack-manifest-http.yaml'].map((name) =>
  readFileSync(new URL(name, FOLDER), 'utf8'),
) as [string, string];
const [socket, http] = [socketText, httpText].map((text) => parse(text) as Manifest) as [Manifest, Manifest];

/** Events of the Events API and the scope that each needs: docs.slack.dev/reference/events. */
const EVENT_SCOPES: Record<string, string[]> = {
  app_home_opened: [],
  app_uninstalled: [],
  tokens_revoked: [],
  'message.channels': ['channels:history'],
  'message.groups': ['groups:history'],
};

describe('the manifest for Slack', () => {
  test('asks for each scope that a call or an event needs, and for no other', () => {
    const { bot } = socket.oauth_config.scopes;
    const called = Object.values(METHODS).flatMap(({ scopes, kinds = ['bot'] }) =>
      kinds.includes('bot') ? scopes : [],
    );
    const heard = socket.settings.event_subscriptions.bot_events.flatMap((event) => EVENT_SCOPES[event]!);
    const possible = new Set<string>([...called, ...heard, 'commands']);
    expect(bot.filter((scope) => !possible.has(scope))).toEqual([]);
    expect(heard.filter((scope) => !bot.includes(scope))).toEqual([]);
    // What the server of the tests grants: every test of the connector holds with these scopes and no more.
    expect(bot.toSorted()).toEqual(BOT_SCOPES.toSorted());
    expect(socket.oauth_config.scopes.user).toBeUndefined();
  });

  test('says of each scope and event why', () => {
    const lines = socketText.split('\n');
    const named = [...socket.oauth_config.scopes.bot, ...socket.settings.event_subscriptions.bot_events];
    for (const name of named) {
      const at = lines.findIndex((line) => line.trim() === `- ${name}`);
      expect(lines[at - 1]!.trim(), name).toMatch(/^# \S.{10,}/);
    }
  });

  test('is looked after by the doctor, but for the groups that not every plan has', () => {
    const { bot } = socket.oauth_config.scopes;
    expect([...SCOPES, 'usergroups:read'].toSorted()).toEqual(bot.toSorted());
  });

  test('hears what the connector hears', () => {
    expect(socket.settings.event_subscriptions.bot_events.toSorted()).toEqual(Object.keys(EVENT_SCOPES).toSorted());
    expect(socket.features.slash_commands.map(({ command }) => command)).toEqual(['/keel']);
    expect(socket.features.slash_commands[0]!.should_escape).toBe(true);
  });

  test('has the entries of a message’s menu by the names that they are answered by', () => {
    const { shortcuts } = socket.features;
    expect(shortcuts.map(({ callback_id: id }) => id).toSorted()).toEqual(Object.keys(SHORTCUTS).toSorted());
    for (const { name, type, callback_id: id, description } of shortcuts) {
      expect(type).toBe('message');
      expect(name).toBe(wordsIn('en').say(`menu.${SHORTCUTS[id as keyof typeof SHORTCUTS]}`));
      expect(name.length).toBeLessThanOrEqual(24);
      expect(description.length).toBeLessThanOrEqual(150);
    }
    expect(socket.display_information.description.length).toBeLessThanOrEqual(140);
  });

  test('is the same over HTTP but for where requests go', () => {
    const requests = 'https://evenkeel.example.com/slack/events';
    expect(socket.settings.socket_mode_enabled).toBe(true);
    expect(http.settings).toMatchObject({
      socket_mode_enabled: false,
      event_subscriptions: { request_url: requests },
      interactivity: { request_url: requests },
    });
    expect(http.features.slash_commands[0]!.url).toBe(requests);
    expect(http.oauth_config.scopes).toEqual(socket.oauth_config.scopes);
    expect(http.settings.event_subscriptions.bot_events).toEqual(socket.settings.event_subscriptions.bot_events);
    expect(http.features.shortcuts).toEqual(socket.features.shortcuts);
  });
});
