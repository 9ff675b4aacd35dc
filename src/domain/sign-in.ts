import type { CommunityAddress, Platform } from './message.ts';

/** A community that someone may look at because the platform says so. */
export interface Grant extends CommunityAddress {
  /** Whether they run it, or moderate it only. */
  administrator: boolean;
}

/** What goes along with someone who is sent to the platform and comes back with a code. */
export interface SignInRound {
  /** Where the platform sends them back to. */
  redirect: string;
  /** Comes back as it was: whoever brings another one was sent by someone else. */
  state: string;
  /** RFC 7636: its sha256 goes along, itself it is shown only with the code. */
  verifier: string;
  /** OpenID Connect: what the platform signs about them has to repeat it. */
  nonce: string;
}

/** A platform that says who someone is (OAuth 2, authorization code). */
export interface SignInProvider {
  platform: Platform;
  /** The platform's page that asks them. */
  address(round: SignInRound): string;
  /**
   * The communities that they moderate or run, whether this installation serves them or not. Rejects where the platform
   * refuses the code or does not answer. Nothing of the person is kept.
   */
  grants(code: string, round: SignInRound): Promise<Grant[]>;
}
