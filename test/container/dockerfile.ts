/** One instruction of a Dockerfile, such as `RUN npm ci`. */
export interface Instruction {
  /** In capital letters. */
  readonly name: string;
  /** All that follows, on one line. */
  readonly rest: string;
}

/** One `FROM` and what follows it. */
export interface Stage {
  readonly name: string | undefined;
  readonly image: string;
  readonly instructions: readonly Instruction[];
}

/** Reads a Dockerfile without heredocs and arguments. */
export function stagesOf(text: string): Stage[] {
  const stages: { name: string | undefined; image: string; instructions: Instruction[] }[] = [];
  for (const { name, rest } of instructionsOf(text)) {
    if (name === 'FROM') {
      const [image = '', , stage] = rest.split(/\s+/);
      stages.push({ name: stage, image, instructions: [] });
    } else {
      const stage = stages.at(-1);
      if (stage === undefined) throw new Error(`${name} before FROM.`);
      stage.instructions.push({ name, rest });
    }
  }
  return stages;
}

function instructionsOf(text: string): Instruction[] {
  return text
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [name = '', ...rest] = line.trim().split(' ');
      return { name: name.toUpperCase(), rest: rest.join(' ') };
    });
}

/** The command of `CMD ["…"]`, or of the one in a `HEALTHCHECK`. */
export function commandOf({ rest }: Instruction): string[] {
  return JSON.parse(rest.slice(rest.indexOf('['))) as string[];
}

/** Which files of a folder a `.dockerignore` lets through that ignores everything but what it names. */
export function contextOf(dockerignore: string, files: readonly string[]): string[] {
  const lines = dockerignore.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.shift() !== '*') throw new Error('The .dockerignore has to begin with "*".');
  const isIn = (file: string, place: string): boolean => file === place || file.startsWith(`${place}/`);
  return files.filter((file) =>
    lines.reduce(
      (isPart, line) => (isIn(file, line.replace(/^!/, '')) ? line.startsWith('!') : isPart),
      false,
    ),
  );
}
