import type { Context, Hono } from 'hono';
import type { SignInProvider } from '../domain/sign-in.ts';
import type { Logger } from '../runtime/log.ts';
import type { OperatorAccess } from './operator-access.ts';
import { addPlatformSignIn, isSecure, PLATFORM_NAMES } from './platform-sign-in.ts';

export const SIGN_IN_PATH = '/sign-in';
export const SIGN_OUT_PATH = '/sign-out';

const NOTES = {
  none: '',
  wrong: 'That is not this server’s token.',
  wait: 'Too many wrong tokens. Wait a minute.',
  broken: 'This sign-in was begun elsewhere, or took too long. Begin again.',
  refused: 'The platform did not let you sign in. Begin again; the server’s log says why.',
  stranger: 'You moderate none of the communities that this server serves.',
};
const STATUS = { none: 200, wrong: 401, wait: 429, broken: 400, refused: 502, stranger: 403 } as const;

/** A page without a script: a form that takes the token, and a link for each platform that people sign in with. */
export function addSignIn(
  app: Hono,
  { access, providers, log }: { access: OperatorAccess; providers: readonly SignInProvider[]; log: Logger },
): void {
  const answer = (c: Context, note: keyof typeof NOTES) => c.html(page(note, providers), STATUS[note]);
  app.get(SIGN_IN_PATH, (c) => answer(c, 'none'));
  app.post(SIGN_IN_PATH, async (c) => {
    const { token } = await c.req.parseBody();
    const request = { cookie: c.req.header('cookie'), secure: isSecure(c) };
    const result = await access.signIn(typeof token === 'string' ? token : '', request);
    if (typeof result === 'string') return answer(c, result);
    c.header('set-cookie', result.cookie);
    return c.redirect('/', 303);
  });
  app.post(SIGN_OUT_PATH, async (c) => {
    c.header('set-cookie', await access.signOut(c.req.header('cookie')));
    return c.redirect(SIGN_IN_PATH, 303);
  });
  addPlatformSignIn(app, { access, providers, log, refuse: answer });
}

function page(note: keyof typeof NOTES, providers: readonly SignInProvider[]): string {
  const links = providers.map(
    ({ platform }) => `<p><a href="${SIGN_IN_PATH}/${platform}">Sign in with ${PLATFORM_NAMES[platform]}</a></p>\n`,
  );
  const moderators =
    links.length === 0
      ? ''
      : `<h2>Moderators</h2>\n<p>See how your community is doing.</p>\n${links.join('')}<h2>Operators</h2>\n`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Evenkeel: sign in</title>
<h1>Evenkeel</h1>
${NOTES[note] === '' ? '' : `<p role="alert">${NOTES[note]}</p>`}
${moderators}<p>This page reads and moderates a community’s posts. Sign in with the token of this server: EVENKEEL_CONSOLE_TOKEN, or the
file <code>console-token</code> in its data folder.</p>
<form method="post" action="${SIGN_IN_PATH}">
<label>Token <input type="password" name="token" autocomplete="current-password" required${links.length === 0 ? ' autofocus' : ''}></label>
<button>Sign in</button>
</form>
</html>
`;
}
