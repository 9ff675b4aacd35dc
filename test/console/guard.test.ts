import { describe, expect, it } from 'vitest';
import { isKnownHost, isLoopback, isOwnPage } from '../../src/console/guard.ts';

describe('a host', () => {
  it.each<[host: string, bound: string, names: string[], known: boolean]>([
    ['localhost:8787', '127.0.0.1', [], true],
    ['127.0.0.1', '127.0.0.1', [], true],
    ['127.0.0.2:1', '127.0.0.1', [], true],
    ['[::1]:8787', '127.0.0.1', [], true],
    ['10.0.0.7:8787', '127.0.0.1', [], false],
    ['10.0.0.7:8787', '0.0.0.0', [], true],
    ['[fe80::1]:8787', '::', [], true],
    ['keel.lan', '0.0.0.0', [], false],
    ['keel.lan:8787', 'keel.lan', [], true],
    ['keel.lan', '0.0.0.0', ['keel.lan'], true],
    ['localhost@evil.example', '127.0.0.1', [], false],
    ['', '127.0.0.1', [], false],
  ])('%j of a server bound to %s that is also called %j is known: %s', (host, bound, names, known) => {
    expect(isKnownHost(host, bound, names)).toBe(known);
  });

  it.each([
    ['127.0.0.1', true],
    ['127.8.9.1', true],
    ['::1', true],
    ['localhost', true],
    ['0.0.0.0', false],
    ['127.evil.example', false],
  ])('%s is this machine only: %s', (host, loopback) => {
    expect(isLoopback(host)).toBe(loopback);
  });
});

describe('a page', () => {
  it('behind a proxy that ends TLS is still our own', () => {
    expect(isOwnPage({ origin: 'https://keel.example', host: 'keel.example' })).toBe(true);
  });

  it('on another port of this machine is not', () => {
    expect(isOwnPage({ origin: 'http://localhost:3000', host: 'localhost:8787' })).toBe(false);
  });
});
