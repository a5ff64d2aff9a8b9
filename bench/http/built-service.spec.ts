import { readFile } from 'node:fs/promises';
import { NODE_ARGUMENTS } from './built-service.js';

it('starts the service with the arguments of npm start, and of the image', async () => {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as { scripts: { start: string } };
  expect(scripts.start).toBe(`exec node ${NODE_ARGUMENTS.join(' ')} dist/main.js`);
  const image = await readFile('Dockerfile', 'utf8');
  expect(image).toContain(
    `CMD ${JSON.stringify(['node', ...NODE_ARGUMENTS, 'dist/main.js']).replaceAll(',', ', ')}`,
  );
});
