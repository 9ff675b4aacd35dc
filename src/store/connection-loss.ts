/** SQLSTATE classes and codes of a server that is gone, going, starting or full; the system's codes of a broken socket. */
const LOST =
  /^(?:08...|57P0[1-5]|53300|ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ENOTFOUND)$/;

/** What pg says, without a code, of a connection that ended or could not be made in time. */
const SAID =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|LISTEN\/NOTIFY (?:connection|heartbeat|channel))/;

/** Whether a statement failed because the database cannot be reached: the same may succeed later. */
export function isConnectionLoss(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string' && LOST.test(error.code)) return true;
  return SAID.test(error.message) || isConnectionLoss(error.cause) || hasLoss(error);
}

/** Every address of a host failed in its own way. */
function hasLoss(error: Error): boolean {
  return error instanceof AggregateError && error.errors.some(isConnectionLoss);
}
