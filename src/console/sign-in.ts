import type { Hono } from 'hono';
import type { OperatorAccess } from './operator-access.ts';

export const SIGN_IN_PATH = '/sign-in';
export const SIGN_OUT_PATH = '/sign-out';

const NOTES = {
  none: '',
  wrong: '<p role="alert">That is not this server’s token.</p>',
  wait: '<p role="alert">Too many wrong tokens. Wait a minute.</p>',
};
const STATUS = { none: 200, wrong: 401, wait: 429 } as const;

/** A page without a script: a form that takes the token, and gives the browser a cookie for it. */
export function addSignIn(app: Hono, access: OperatorAccess): void {
  app.get(SIGN_IN_PATH, (c) => c.html(page('none')));
  app.post(SIGN_IN_PATH, async (c) => {
    const { token } = await c.req.parseBody();
    const secure = c.req.header('x-forwarded-proto') === 'https';
    const result = access.signIn(typeof token === 'string' ? token : '', secure);
    if (typeof result === 'string') return c.html(page(result), STATUS[result]);
    c.header('set-cookie', result.cookie);
    return c.redirect('/', 303);
  });
  app.post(SIGN_OUT_PATH, (c) => {
    c.header('set-cookie', access.signOut());
    return c.redirect(SIGN_IN_PATH, 303);
  });
}

function page(note: keyof typeof NOTES): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Evenkeel: sign in</title>
<h1>Evenkeel</h1>
<p>This page reads and moderates a community’s posts. Sign in with the token of this server: EVENKEEL_CONSOLE_TOKEN, or the
file <code>console-token</code> in its data folder.</p>
${NOTES[note]}
<form method="post" action="${SIGN_IN_PATH}">
<label>Token <input type="password" name="token" autocomplete="current-password" required autofocus></label>
<button>Sign in</button>
</form>
</html>
`;
}
