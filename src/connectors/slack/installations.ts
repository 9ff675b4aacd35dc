import type { Installation, InstallationQuery, InstallationStore } from '@slack/bolt';
import { EvenkeelError } from '../../runtime/errors.ts';

/** Where installations are kept, each a document under the id of its workspace or organization. */
export interface KeptInstallations {
  save(id: string, document: string): Promise<void>;
  find(id: string): Promise<string | null>;
  /** False where there was none. */
  remove(id: string): Promise<boolean>;
  ids(): Promise<string[]>;
}

type Any = Installation;

/** The workspace, or the whole organization where it was installed for all of its workspaces. */
function installationId({ isEnterpriseInstall, enterprise, team }: Any): string | undefined {
  return isEnterpriseInstall === true ? enterprise?.id : team?.id;
}

/** Bolt's side of it, which tells what was installed. Of the person who installed the app nothing is kept. */
export function boltStore(kept: KeptInstallations, onInstalled: (id: string) => void): InstallationStore {
  return {
    async storeInstallation(installation) {
      const id = installationId(installation);
      if (id === undefined) throw unnamed();
      const { user: _installer, incomingWebhook: _webhook, ...rest } = installation;
      await kept.save(id, JSON.stringify(rest));
      onInstalled(id);
    },
    async fetchInstallation(query) {
      for (const id of idsOf(query)) {
        const document = await kept.find(id);
        if (document !== null) return JSON.parse(document) as Any;
      }
      throw new EvenkeelError('input', 'The app is not installed in this workspace', {
        hint: 'Someone who may install apps there opens /slack/install of this bot.',
      });
    },
    async deleteInstallation(query) {
      for (const id of idsOf(query)) if (await kept.remove(id)) return;
    },
  };
}

/** A workspace of its own comes before the organization that it is in. */
function idsOf({ teamId, enterpriseId }: InstallationQuery<boolean>): string[] {
  return [teamId, enterpriseId].filter((id): id is string => typeof id === 'string' && id !== '');
}

function unnamed(): EvenkeelError {
  return new EvenkeelError('input', 'Slack answered with an installation of no workspace', {
    hint: 'Install the app again from /slack/install.',
  });
}
