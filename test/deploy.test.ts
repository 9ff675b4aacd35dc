import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { createMetrics } from '../src/runtime/metrics.ts';
import { ROLES } from '../src/runtime/config.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DEPLOY = join(ROOT, 'deploy');
const files = readdirSync(DEPLOY, { recursive: true, encoding: 'utf8' }).filter((file) => !file.startsWith('secrets'));
const textOf = (file: string): string => readFileSync(join(DEPLOY, file), 'utf8');
const documentsOf = (file: string): unknown[] =>
  parseAllDocuments(textOf(file), { merge: true }).map((document) => {
    if (document.errors.length > 0) throw document.errors[0]!;
    return document.toJS() as unknown;
  });

/** Every variable that the product's sources read. */
const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.m?[jt]s$/.test(file))
  .map((file) => readFileSync(join(ROOT, 'src', file), 'utf8'))
  .join('\n');

interface Container {
  args: string[];
  env: { name: string }[];
}
interface Deployment {
  kind: string;
  metadata: { name: string };
  spec: { template: { spec: { containers: Container[] } } };
}
interface Compose {
  services: Record<string, { command?: string[]; environment?: Record<string, string>; secrets?: string[] }>;
  secrets?: Record<string, { file: string }>;
}

const deployments = files
  .filter((file) => file.startsWith('kubernetes/'))
  .flatMap((file) => documentsOf(file))
  .filter((document): document is Deployment => (document as Deployment).kind === 'Deployment');
const composed = ['compose.yaml', 'compose.fleet.yaml'].map((file) => documentsOf(file)[0] as Compose);

describe('what deploys Evenkeel', () => {
  it('is well-formed', () => {
    for (const file of files.filter((name) => name.endsWith('.yaml')))
      expect(() => documentsOf(file), file).not.toThrow();
    for (const file of files.filter((name) => name.endsWith('.json')))
      expect(() => JSON.parse(textOf(file)), file).not.toThrow();
  });

  it('starts each role once in a fleet', () => {
    const byCompose = Object.values(composed[1]!.services).flatMap(({ command }) =>
      command?.[0] === 'start' ? [command[2]!] : [],
    );
    expect(byCompose.toSorted()).toEqual(ROLES.toSorted());
    expect(deployments.map(({ metadata }) => metadata.name).toSorted()).toEqual(ROLES.toSorted());
    for (const { metadata, spec } of deployments) {
      expect(spec.template.spec.containers[0]!.args).toEqual(['start', '--role', metadata.name]);
    }
  });

  it('sets no variable that nothing reads', () => {
    const named = [
      ...deployments.flatMap(({ spec }) =>
        spec.template.spec.containers.flatMap(({ env }) => env.map(({ name }) => name)),
      ),
      ...composed.flatMap(({ services }) =>
        Object.entries(services)
          .filter(([service]) => service === 'evenkeel' || (ROLES as readonly string[]).includes(service))
          .flatMap(([, { environment = {} }]) => Object.keys(environment)),
      ),
      ...['Dockerfile', 'Dockerfile.gpu'].flatMap((file) =>
        [...textOf(file).matchAll(/^(?:ENV| ) ([A-Z_]+)=/gm)].map(([, name]) => name!),
      ),
    ].filter((name) => name !== 'NODE_ENV');
    expect(named.length).toBeGreaterThan(20);
    for (const name of new Set(named)) expect(sources, name).toContain(`'${name.replace(/_FILE$/, '')}'`);
  });

  it('names every secret that a service takes', () => {
    const { services, secrets = {} } = composed[1]!;
    const taken = new Set(Object.values(services).flatMap((service) => service.secrets ?? []));
    expect([...taken].filter((name) => !(name in secrets))).toEqual([]);
    for (const { file } of Object.values(secrets)) {
      const name = file.replace('./secrets/', '');
      expect(textOf('README.md'), name).toMatch(new RegExp(`> ${name}\\b`));
    }
  });

  it('watches metrics that exist', async () => {
    const metrics = createMetrics();
    const exported = new Set(
      [...(await metrics.render()).matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name, type]) =>
        type === 'histogram' ? [`${name!}_bucket`, `${name!}_sum`, `${name!}_count`] : [name!],
      ),
    );
    const watched = [textOf('prometheus/alerts.yaml'), textOf('grafana/evenkeel.json')].flatMap((text) =>
      [...text.matchAll(/\b(?:evenkeel|nodejs|process)_[a-z0-9_]+\b/g)].map(([name]) => name),
    );
    expect(watched.length).toBeGreaterThan(20);
    const unknown = [...new Set(watched)].filter((name) => !exported.has(name) && !sources.includes(`'${name}'`));
    expect(unknown).toEqual([]);
  });

  it('points alerts at what to do', () => {
    const headings = new Set(
      [...textOf('README.md').matchAll(/^### (.+)$/gm)].map(([, title]) => title!.toLowerCase().replaceAll(' ', '-')),
    );
    const runbooks = [...textOf('prometheus/alerts.yaml').matchAll(/runbook: deploy\/README\.md#(\S+)/g)].map(
      ([, anchor]) => anchor!,
    );
    expect(runbooks.length).toBeGreaterThan(5);
    expect(runbooks.filter((anchor) => !headings.has(anchor))).toEqual([]);
  });
});
