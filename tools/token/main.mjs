// Prints a JWT for development, signed with the secret that the service made in its data folder.
// Usage: npm run -s token -- <subject> [role …]
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SignJWT } from 'jose';

const [subject, ...roles] = process.argv.slice(2);
const file = join(process.env.DATA_DIR ?? '.data', 'secrets.json');

if (subject === undefined)
  fail('Name a subject: npm run -s token -- ada, or npm run -s token -- erp service');

const secret = Buffer.from(readSecret());
const jwt = new SignJWT({ sub: subject, ...(roles.length > 0 && { roles }) })
  .setProtectedHeader({ alg: 'HS256' })
  .setExpirationTime('1 day');
process.stdout.write(`${await jwt.sign(secret)}\n`);

function readSecret() {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).jwtSecret;
  } catch (error) {
    fail(`${file} cannot be read (${error.message}). Start the service once without AUTH_JWT_SECRET.`);
  }
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
