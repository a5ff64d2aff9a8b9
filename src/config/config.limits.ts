import { isIP } from 'node:net';
import { makeExactValidator } from 'envalid';
import type { RateLimit } from '../access/request-counter.js';
import { shown } from './config.validators.js';

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
const MAX_REQUESTS = 1_000_000_000;
/** Names that stand for subnets where forwarders are configured. */
const SUBNETS = ['loopback', 'linklocal', 'uniquelocal'];

/** So many requests a second, minute or hour, or `off`. */
export const rateLimit = makeExactValidator<RateLimit | 'off'>((value) => {
  if (value === 'off') return value;
  const [, count = '', unit = ''] = /^(\d+)\/([smh])$/.exec(value) ?? [];
  const [requests, windowMs] = [Number(count), UNITS_MS[unit]];
  if (windowMs !== undefined && requests >= 1 && requests <= MAX_REQUESTS) return { requests, windowMs };
  throw new Error(`must be requests a second, minute or hour, such as 200/s, or off, ${shown(value)}`);
});

/** Forwarders that are believed: addresses, subnets, and names of subnets, with commas in between. */
export const forwarders = makeExactValidator<readonly string[]>((value) => {
  const list = listOf(value);
  if (list.every((one) => SUBNETS.includes(one) || isSubnet(one))) return list;
  throw new Error(
    `must be addresses or subnets with commas in between, such as 10.0.0.0/8, or ${SUBNETS.join(', ')}, ${shown(value)}`,
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

function listOf(value: string): readonly string[] {
  return value.split(',').map((one) => one.trim());
}

function isSubnet(value: string): boolean {
  const [address = '', bits, ...more] = value.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  // Nobody means to believe everybody: a subnet of everything is a typing error, or a hole.
  return bits === undefined || (/^[1-9]\d*$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

/** Written as browsers send it: nothing else would ever be equal to it. */
function isOrigin(value: string): boolean {
  return /^https?:/.test(value) && URL.canParse(value) && new URL(value).origin === value;
}
