/** SQLSTATE classes and codes of a server that is gone, going, starting, or full of clients or rows; the system's codes of a broken socket. */
const LOST =
  /^(?:08...|57P0[1-5]|53[13]00|ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ENOTFOUND)$/;

/** What pg says, without a code, of a connection that ended or could not be made in time. */
const SAID =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|LISTEN\/NOTIFY (?:connection|heartbeat|channel))/;

/** Whether a statement failed because the database cannot be reached: the same may succeed later. */
export function isConnectionLoss(error: unknown): boolean {
  // Not an Error only: pg-boss hands on copies of what it caught.
  if (typeof error !== 'object' || error === null) return false;
  const { code, message, cause, errors } = error as {
    code?: unknown;
    message?: unknown;
    cause?: unknown;
    errors?: unknown;
  };
  if (typeof code === 'string' && LOST.test(code)) return true;
  if (typeof message === 'string' && SAID.test(message)) return true;
  // Of several, every address of a host failed in its own way.
  return isConnectionLoss(cause) || (Array.isArray(errors) && errors.some(isConnectionLoss));
}
