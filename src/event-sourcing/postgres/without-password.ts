/**
 * A text, such as the message of an error, with all passwords of a connection replaced.
 * @param url of the database, if there is one
 * @param password of the connection parameters, if there is one
 */
export function withoutPassword(text: string, url: string | undefined, password = ''): string {
  return [password, ...passwordsOf(url)]
    .filter((secret) => secret !== '')
    .sort((one, other) => other.length - one.length)
    .reduce((shown, secret) => shown.replaceAll(secret, '…'), text);
}

function passwordsOf(url: string | undefined): string[] {
  if (url === undefined || !URL.canParse(url)) return [];
  const { password, searchParams } = new URL(url);
  return [password, decoded(password), searchParams.get('password') ?? ''];
}

/** A password such as `100%` is not encoded. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
