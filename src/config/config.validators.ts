import { isIP } from 'node:net';
import { makeExactValidator } from 'envalid';
import type { ExactValidator } from 'envalid';
import ms from 'ms';
import { SECRET_BYTES } from '../access/access-settings.js';

/** A duration as it is written in the environment and in limits: `500ms`, `30s`, `5m`, `24h`, `7d`. */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

// What a validator throws is the second half of a sentence: the reporter puts the variable's name in front of it.

/** @returns the end of such a sentence: what was there instead, shortened, and without passwords */
export function shown(value: string): string {
  // A URL that went into the wrong variable may hold a password.
  const safe = value.replace(/:\/\/.*@/s, '://…@');
  return `not ${JSON.stringify(safe.length > 60 ? `${safe.slice(0, 60)}…` : safe)}`;
}

/** A whole number in decimal digits, `min` to `max` inclusive. */
export function wholeNumber(min: number, max: number): ExactValidator<number> {
  return makeExactValidator((value) => {
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= min && number <= max) return number;
    throw new Error(`must be a whole number from ${min} to ${max}, ${shown(value)}`);
  });
}

/** One word out of `choices`, spelled exactly so. */
export function oneOf<const T extends string>(choices: readonly T[]): ExactValidator<T> {
  return makeExactValidator((value) => {
    const choice = choices.find((candidate) => candidate === value);
    if (choice !== undefined) return choice;
    throw new Error(`must be one of ${choices.join(', ')}, ${shown(value)}`);
  });
}

/** One or more words out of `choices`, with commas in between. */
export function someOf<const T extends string>(choices: readonly T[]): ExactValidator<readonly T[]> {
  return makeExactValidator<readonly T[]>((value) => {
    const words = value.split(',').map((word) => word.trim());
    const chosen = choices.filter((choice) => words.includes(choice));
    if (chosen.length === new Set(words).size) return chosen;
    throw new Error(`must be any of ${choices.join(', ')} with commas in between, ${shown(value)}`);
  });
}

/** A duration with its unit; gives milliseconds. `min` and `max` are inclusive. */
export function duration(min: Duration, max: Duration): ExactValidator<number> {
  return makeExactValidator((value) => {
    const length = isDuration(value) ? ms(value) : Number.NaN;
    if (length >= ms(min) && length <= ms(max)) return length;
    throw new Error(
      `must be a duration from ${min} to ${max} with its unit, such as 500ms, 30s or 24h, ${shown(value)}`,
    );
  });
}

/** An IPv4 or IPv6 address, or a host name. */
export const host = makeExactValidator<string>((value) => {
  if (isIP(value) !== 0) return value;
  const labels = value.split('.');
  const named = labels.every((label) => /^(?!-)[a-z0-9-]{1,63}(?<!-)$/i.test(label));
  // A name's last label is never a number: this catches addresses with a typing error, such as 127.0.0.256.
  if (named && value.length <= 253 && !/^\d+$/.test(labels.at(-1) ?? '')) return value;
  throw new Error(`must be an IP address or a host name, ${shown(value)}`);
});

/** Any text: for values that everything is allowed in. */
export const text = makeExactValidator<string>((value) => value);

/** A secret of 32 bytes or more. What it throws never shows the value. */
export const secret = makeExactValidator<string>((value) => {
  if (Buffer.byteLength(value) >= SECRET_BYTES) return value;
  throw new Error(`must have ${SECRET_BYTES} bytes or more, such as the output of: openssl rand -base64 48`);
});

/** Secrets with commas in between. What it throws never shows the value. */
export const secrets = makeExactValidator<readonly string[]>((value) => {
  const list = value.split(',').map((one) => one.trim());
  if (list.every((one) => one !== '')) return list;
  throw new Error('must be secrets with one comma between two of them');
});

/** The URL of something on the web. */
export const httpUrl = makeExactValidator<string>((value) => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === '') return value;
  throw new Error(`must be a URL such as https://login.example/keys, without a user, ${shown(value)}`);
});

/** The URL of a PostgreSQL database. What it throws never shows the value, for it holds a password. */
export const postgresUrl = makeExactValidator<string>((value) => {
  if (isPostgresUrl(value)) return value;
  throw new Error(
    'must be a URL such as postgres://user:password@host:5432/database, with special characters percent-encoded',
  );
});

function isDuration(value: string): value is Duration {
  return /^\d+(ms|s|m|h|d)$/.test(value);
}

function isPostgresUrl(value: string): boolean {
  if (!/^postgres(ql)?:\/\//.test(value) || /\s/.test(value)) return false;
  try {
    const url = new URL(value);
    [url.username, url.password].forEach((part) => decodeURIComponent(part));
    const hasHost = url.hostname !== '' || url.searchParams.has('host');
    return hasHost && decodeURIComponent(url.pathname).length > 1;
  } catch {
    // Both throw on what is no URL or no percent-encoding: the answer to our question is no.
    return false;
  }
}
