import type { Json } from './json.ts';

/** What a field may hold: null where it is right, else what is wrong. */
export type Check = (value: unknown) => string | null;

/** Fields of an object as the API documents them. Any other field is wrong. */
export interface Shape {
  required?: Record<string, Check>;
  optional?: Record<string, Check>;
}

/** What is wrong with an object: unknown fields, missing ones, and those of a wrong type or size. */
export function shapeFaults(value: unknown, { required = {}, optional = {} }: Shape, what: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${what} is no object`];
  const given = value as Json;
  const known: Record<string, Check> = { ...required, ...optional };
  return [
    ...Object.keys(required)
      .filter((name) => given[name] === undefined)
      .map((name) => `${what} has no ${name}`),
    ...Object.entries(given).flatMap(([name, each]) => {
      if (each === undefined) return [];
      const check = known[name];
      if (check === undefined) return [`${what} has the field ${name}, which is not documented`];
      const fault = check(each);
      return fault === null ? [] : [`${name} of ${what} ${fault}`];
    }),
  ];
}

export const text =
  (least: number, most: number): Check =>
  (value) =>
    typeof value === 'string' && [...value].length >= least && value.length <= most
      ? null
      : `is not a text of ${least} to ${most} characters`;

export const whole =
  (least: number, most: number): Check =>
  (value) =>
    Number.isInteger(value) && Number(value) >= least && Number(value) <= most
      ? null
      : `is not a whole number from ${least} to ${most}`;

export const either =
  (...allowed: unknown[]): Check =>
  (value) =>
    allowed.includes(value) ? null : `is ${JSON.stringify(value)}, not one of ${JSON.stringify(allowed)}`;

export const flag: Check = (value) => (typeof value === 'boolean' ? null : 'is neither true nor false');
export const number: Check = (value) => (Number.isFinite(value) ? null : 'is no number');
export const snowflake: Check = (value) => (typeof value === 'string' && /^\d{1,20}$/.test(value) ? null : 'is no id');

export const nullable =
  (check: Check): Check =>
  (value) =>
    value === null ? null : check(value);

/** So many, whether or not they differ. */
export const list =
  (least: number, most: number, check: Check): Check =>
  (value) => {
    if (!Array.isArray(value) || value.length < least || value.length > most)
      return `is not a list of ${least} to ${most}`;
    return value.map(check).find((fault) => fault !== null) ?? null;
  };

/** So many different ones. */
export const distinct =
  (least: number, most: number, check: Check): Check =>
  (value) => {
    const fault = list(least, most, check)(value);
    if (fault !== null || !Array.isArray(value)) return fault;
    return new Set(value.map((each) => JSON.stringify(each))).size < value.length ? 'has something twice' : null;
  };

export const shaped =
  (shape: Shape): Check =>
  (value) =>
    shapeFaults(value, shape, 'it')[0] ?? null;

/** Checked elsewhere. */
export const anything: Check = () => null;
