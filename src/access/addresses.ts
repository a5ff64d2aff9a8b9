import { compile } from '@fastify/proxy-addr';
import ipaddr from 'ipaddr.js';
import type { FastifyRequest } from 'fastify';

/** Some proxies append the port to the address: `1.2.3.4:5678`, `[::1]:80`. */
const IPV4_AND_PORT = /^(\d{1,3}(?:\.\d{1,3}){3}):\d+$/;
const IPV6_IN_BRACKETS = /^\[([^\]]+)\](?::\d+)?$/;
/** No address is longer. Longer texts from a proxy must not fill the memory. */
const MAX_LENGTH = 64;
const SUBNET_PARTS = 4;

/**
 * @param proxies addresses, subnets, and names of subnets such as `loopback`
 * @returns Fastify's `trustProxy`: whether a proxy is trusted, with or without its port; false if none is named
 */
export function trustIn(proxies: readonly string[]): false | ((address: string, hop: number) => boolean) {
  if (proxies.length === 0) return false;
  const trusts = compile([...proxies]);
  return (address, hop) => trusts(withoutPort(address), hop);
}

/** The key under which limits count the address of a request. */
export function addressKey({ ip }: Pick<FastifyRequest, 'ip'>): string {
  return `address ${subnetOf(ip)}`;
}

/** @returns an IPv4 address without its port, or the /64 of an IPv6 address, because one household owns a whole /64 */
export function subnetOf(address: string): string {
  const bare = withoutPort(address);
  if (!ipaddr.isValid(bare)) return bare.toLowerCase().slice(0, MAX_LENGTH);
  const parsed = ipaddr.process(bare);
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  const subnet = parsed.parts.map((part, index) => (index < SUBNET_PARTS ? part : 0));
  return new ipaddr.IPv6(subnet).toString();
}

function withoutPort(address: string): string {
  return (IPV4_AND_PORT.exec(address) ?? IPV6_IN_BRACKETS.exec(address))?.[1] ?? address;
}
