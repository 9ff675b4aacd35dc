import { webApi } from '@slack/bolt';
import { isUnknownMethod } from './api-errors.ts';

/** Bolt's client, which tells of methods that a Slack does not have; the call fails all the same. */
export class SlackClient extends webApi.WebClient {
  readonly #onUnknown: (method: string) => void;

  constructor(token: string, options: webApi.WebClientOptions, onUnknown: (method: string) => void) {
    super(token, options);
    this.#onUnknown = onUnknown;
  }

  override async apiCall(method: string, options?: Record<string, unknown>): Promise<webApi.WebAPICallResult> {
    try {
      return await super.apiCall(method, options);
    } catch (error) {
      if (isUnknownMethod(error)) this.#onUnknown(method);
      throw error;
    }
  }
}
