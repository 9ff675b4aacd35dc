import { describe, expect, it } from 'vitest';
import { cardLayout, summaryLayout } from '../../../src/connectors/discord/card.ts';
import { reasonForm, relabelForm, timeoutForm } from '../../../src/connectors/discord/forms.ts';
import { INTERFACE_LANGUAGES } from '../../../src/domain/settings.ts';
import { wordsIn } from '../../../src/words/words.ts';
import { cardOf } from '../cards.ts';
import { messageFaults } from './server/check-message.ts';
import { modalFaults } from './server/check-modal.ts';
import type { Json } from './server/json.ts';

describe.each(INTERFACE_LANGUAGES)('in %s', (language) => {
  const words = wordsIn(language);
  const faultsOf = (form: unknown) => modalFaults(form as Json);

  it('forms keep to the limits of Discord', () => {
    expect(faultsOf(relabelForm('v1:relabel:x', words))).toEqual([]);
    expect(faultsOf(timeoutForm('v1:timeout:x', words))).toEqual([]);
    for (const title of [
      'button.escalate',
      'button.delete',
      'button.uphold',
      'button.overturn',
      'menu.report',
    ] as const) {
      expect(faultsOf(reasonForm('v1:report:x', words.say(title), words))).toEqual([]);
    }
  });

  it('so do cards and summaries, and a card says what it shows in that language', () => {
    const look = { words, rights: { delete: true, timeout: true }, now: new Date() };
    const drawn = cardLayout(cardOf({ link: 'https://discord.com/channels/1/2/3', attachments: 2 }), look);
    expect(messageFaults(drawn as unknown as Json, { as: 'create' })).toEqual([]);
    expect(JSON.stringify(drawn)).toContain(words.say('answer.not_polarized'));
    const channel = { platform: 'discord', community: '1', channel: '2' } as const;
    const summary = summaryLayout({ id: '1', channel, hour: new Date(0), shown: 20, held: 180 }, words);
    expect(messageFaults(summary as unknown as Json, { as: 'create' })).toEqual([]);
  });
});
