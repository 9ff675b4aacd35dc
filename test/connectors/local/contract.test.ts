import { createLocalConnector } from '../../../src/connectors/local/connector.ts';
import { describeConnector } from '../contract.ts';
import { MemoryModeration } from '../memory-moderation.ts';
import { EventFeed, ask, postAs } from './client.ts';

describeConnector('local', async () => {
  const moderation = new MemoryModeration();
  const connector = createLocalConnector({ moderation });
  moderation.connector = connector;
  await connector.start();
  const page = await EventFeed.open(connector.routes);
  let last = '';
  return {
    connector,
    moderation,
    async post(author, text) {
      last = author;
      return { message: (await postAs(connector.routes, author, text)).id };
    },
    async edit(message, text) {
      await ask(connector.routes, 'PUT', `/api/local/posts/${message}`, { author: last, text });
    },
    async remove(message) {
      await ask(connector.routes, 'DELETE', `/api/local/posts/${message}`, { author: last });
    },
    async shown() {
      // A post that the page hears after every card tells that it has heard them all.
      const { id } = await postAs(connector.routes, 'Ana', 'a mark');
      await page.find('post', ({ post }) => post.id === id);
      const cards = page.heard.flatMap((event) => (event.type === 'card' ? [event.card] : []));
      return [...new Map(cards.map((card) => [card.flag, card])).values()].map((card) => ({
        reference: { flag: card.flag },
        words: JSON.stringify(card),
      }));
    },
    async close() {
      page.close();
      await page.ended;
    },
  };
});
