import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { describe, inject } from 'vitest';
import type { DatabaseAddress } from '../src/store/database.ts';

/** Somewhere to open a database, migrated and empty, that nothing else uses. */
export interface TestDatabase {
  address: DatabaseAddress;
  /** To be called once every handle on it is closed. */
  drop(): Promise<void>;
}

/** Declares a suite once for each kind of database; one that this machine lacks is skipped by name. */
export function describeOnEachDatabase(title: string, suite: (create: () => Promise<TestDatabase>) => void): void {
  const server = inject('postgres');
  describe(`${title} on PGlite`, () => {
    suite(createEmbedded);
  });
  const lacking = server === null ? ' (skipped: no server binaries found)' : '';
  describe.skipIf(server === null)(`${title} on Postgres${lacking}`, () => {
    suite(() => createOnServer(server!));
  });
}

export function createEmbedded(): Promise<TestDatabase> {
  const directory = mkdtempSync(join(tmpdir(), 'evenkeel-test-'));
  cpSync(inject('embeddedTemplate'), directory, { recursive: true });
  return Promise.resolve({
    address: { directory },
    drop: () => Promise.resolve(rmSync(directory, { recursive: true, force: true })),
  });
}

/** A data folder with an embedded database that is migrated and empty, made in a folder of the test's. */
export function dataFolderIn(parent: string): string {
  const folder = mkdtempSync(join(parent, 'data-'));
  cpSync(inject('embeddedTemplate'), join(folder, 'database'), { recursive: true });
  return folder;
}

export async function createOnServer({ url, template }: { url: string; template: string }): Promise<TestDatabase> {
  const database = `evenkeel_test_${randomUUID()}`;
  return {
    address: { url: await createPostgresDatabase(url, database, template) },
    drop: () => dropPostgresDatabase(url, database),
  };
}

/** Makes a database on the server of `url`; returns its address. */
export async function createPostgresDatabase(url: string, name: string, template = 'template0'): Promise<string> {
  await onServer(url, `create database "${name}" template "${template}"`);
  const address = new URL(url);
  address.pathname = `/${name}`;
  return address.href;
}

export function dropPostgresDatabase(url: string, name: string): Promise<void> {
  return onServer(url, `drop database "${name}" with (force)`);
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
