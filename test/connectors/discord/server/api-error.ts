/** A refusal as Discord words it: an HTTP status and a code of its own. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: number;
  readonly headers: Record<string, string>;

  constructor(status: number, code: number, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export const unauthorized = (): ApiError => new ApiError(401, 0, '401: Unauthorized');
export const missingAccess = (): ApiError => new ApiError(403, 50001, 'Missing Access');
export const missingPermissions = (): ApiError => new ApiError(403, 50013, 'Missing Permissions');
export const unknown = (what: 'Channel' | 'Guild' | 'Member' | 'Message' | 'Webhook' | 'Interaction'): ApiError =>
  new ApiError(404, UNKNOWN[what], `Unknown ${what}`);
export const invalidForm = (faults: readonly string[]): ApiError =>
  new ApiError(400, 50035, `Invalid Form Body: ${faults.join('; ')}`);

const UNKNOWN = { Channel: 10003, Guild: 10004, Member: 10007, Message: 10008, Webhook: 10015, Interaction: 10062 };
