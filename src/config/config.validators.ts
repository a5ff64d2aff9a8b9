import { isIP } from 'node:net';
import { makeExactValidator } from 'envalid';
import type { ExactValidator } from 'envalid';
import ms from 'ms';
import { SECRET_BYTES } from '../access/access-settings.js';
import type { RateLimit } from '../access/request-counter.js';

/** A duration as written in the environment and in limits: `500ms`, `30s`, `5m`, `24h`, `7d`. */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
const MAX_REQUESTS = 1_000_000_000;
/** Names of subnets for `TRUST_PROXY`. */
const SUBNETS = ['loopback', 'linklocal', 'uniquelocal'];

// The message of a validator completes a sentence that starts with the name of the variable.

/** @returns the end of such a sentence: the wrong value, shortened and without passwords */
export function shown(value: string): string {
  // A URL in the wrong variable may hold a password.
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

/** A decimal number from 0 to 1. */
export const share = makeExactValidator<number>((value) => {
  const number = Number(value);
  if (/^\d*\.?\d+$/.test(value) && number <= 1) return number;
  throw new Error(`must be a number from 0 to 1, such as 0.05, ${shown(value)}`);
});

/** One word of `choices`, with the same spelling. */
export function oneOf<const T extends string>(choices: readonly T[]): ExactValidator<T> {
  return makeExactValidator((value) => {
    const choice = choices.find((candidate) => candidate === value);
    if (choice !== undefined) return choice;
    throw new Error(`must be one of ${choices.join(', ')}, ${shown(value)}`);
  });
}

/** One or more words of `choices`, with commas in between. */
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
  // The last label of a name is never a number. This catches mistyped addresses, such as 127.0.0.256.
  if (named && value.length <= 253 && !/^\d+$/.test(labels.at(-1) ?? '')) return value;
  throw new Error(`must be an IP address or a host name, ${shown(value)}`);
});

/** Any text. */
export const text = makeExactValidator<string>((value) => value);

/** A secret of 32 bytes or more. The error never shows the value. */
export const secret = makeExactValidator<string>((value) => {
  if (Buffer.byteLength(value) >= SECRET_BYTES) return value;
  throw new Error(`must have ${SECRET_BYTES} bytes or more, such as the output of: openssl rand -base64 48`);
});

/** Secrets with commas in between. The error never shows a value. */
export const secrets = makeExactValidator<readonly string[]>((value) => {
  const list = value.split(',').map((one) => one.trim());
  if (list.every((one) => one !== '')) return list;
  throw new Error('must be secrets with one comma between two of them');
});

/** A URL of HTTP or HTTPS. */
export const httpUrl = makeExactValidator<string>((value) => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === '') return value;
  throw new Error(`must be a URL such as https://login.example/keys, without a user, ${shown(value)}`);
});

/** The URL of a PostgreSQL database. The error never shows the value, because it contains a password. */
export const postgresUrl = makeExactValidator<string>((value) => {
  if (namesSeveralHosts(value)) {
    throw new Error(
      'names several hosts or has target_session_attrs, which the driver does not support: use one address that always ' +
        'leads to the primary',
    );
  }
  if (isPostgresUrl(value)) return value;
  throw new Error(
    'must be a URL such as postgres://user:password@host:5432/database, with special characters percent-encoded',
  );
});

/** URLs of PostgreSQL databases with commas in between. The error never shows them. */
export const postgresUrls = makeExactValidator<readonly string[]>((value) => {
  const list = listOf(value);
  if (list.every(isPostgresUrl)) return list;
  throw new Error(
    'must be URLs such as postgres://user:password@host:5432/database with commas in between, ' +
      'with special characters (commas too) percent-encoded',
  );
});

/** A number of requests a second, minute or hour, or `off`. */
export const rateLimit = makeExactValidator<RateLimit | 'off'>((value) => {
  if (value === 'off') return value;
  const [, count = '', unit = ''] = /^(\d+)\/([smh])$/.exec(value) ?? [];
  const [requests, windowMs] = [Number(count), UNITS_MS[unit]];
  if (windowMs !== undefined && requests >= 1 && requests <= MAX_REQUESTS) return { requests, windowMs };
  throw new Error(`must be requests a second, minute or hour, such as 200/s, or off, ${shown(value)}`);
});

/** Trusted proxies: addresses, subnets and names of subnets, with commas in between. */
export const proxies = makeExactValidator<readonly string[]>((value) => {
  const list = listOf(value);
  if (list.every((one) => SUBNETS.includes(one) || isSubnet(one))) return list;
  throw new Error(
    'must be addresses or subnets with commas in between, such as 10.0.0.0/8, ' +
      `or ${SUBNETS.join(', ')}, ${shown(value)}`,
  );
});

/** Origins of web pages with commas in between, or `*` alone. */
export const origins = makeExactValidator<readonly string[]>((value) => {
  const list = listOf(value);
  if (value === '*' || list.every(isOrigin)) return list;
  throw new Error(
    `must be origins with commas in between, such as https://shop.example, or * alone, ${shown(value)}`,
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
    // Both throw when the value is not a URL, or not percent-encoded.
    return false;
  }
}

/**
 * Clients of libpq choose one of several hosts by this attribute. Event sourcing has the same check, but importing it
 * would load all of it before a malformed value is refused.
 */
function namesSeveralHosts(value: string): boolean {
  const authority = /^postgres(?:ql)?:\/\/([^/?#]*)/.exec(value)?.[1] ?? '';
  const hosts = authority.slice(authority.lastIndexOf('@') + 1);
  return hosts.includes(',') || /[?&](target_session_attrs=|host=[^&#]*(,|%2c))/i.test(value);
}

function listOf(value: string): readonly string[] {
  return value.split(',').map((one) => one.trim());
}

function isSubnet(value: string): boolean {
  const [address = '', bits, ...more] = value.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  // A subnet of all addresses would trust everybody. It is a typing error or a security hole.
  return bits === undefined || (/^[1-9]\d*$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

/** Browsers send an origin in one form only, so any other form would never match. */
function isOrigin(value: string): boolean {
  return /^https?:/.test(value) && URL.canParse(value) && new URL(value).origin === value;
}
