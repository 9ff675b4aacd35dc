const CHANNELS = ['channels', 'groups'];

/** Every scope that the app of the README asks for. */
export const BOT_SCOPES = [
  ...CHANNELS.flatMap((kind) => [`${kind}:history`, `${kind}:read`]),
  'chat:write',
  'commands',
  'files:write',
  'im:write',
  'usergroups:read',
  'users:read',
];
