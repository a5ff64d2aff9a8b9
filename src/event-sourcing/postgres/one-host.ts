/**
 * Whether a URL names several hosts, or says by `target_session_attrs` which of them to use, as clients of libpq
 * understand it. The driver does not.
 */
export function namesSeveralHosts(url: string): boolean {
  const authority = /^postgres(?:ql)?:\/\/([^/?#]*)/.exec(url)?.[1] ?? '';
  const hosts = authority.slice(authority.lastIndexOf('@') + 1);
  return hosts.includes(',') || /[?&](target_session_attrs=|host=[^&#]*(,|%2c))/i.test(url);
}
