import { execFileSync } from 'node:child_process';
import { cp, mkdir, readFile } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import { commandOf, contextOf, stagesOf, type Instruction, type Stage } from './dockerfile.js';

/** What the last stage of a Dockerfile leaves, as a folder of this machine. */
export interface Image {
  /** The folder that stands for `/` of the image. */
  readonly root: string;
  /** Where its command starts, in `root`. */
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: string | undefined;
  readonly command: readonly string[];
  readonly healthcheck: readonly string[];
}

/**
 * Builds an image without a container engine: each stage is a folder, and each command runs in it, with the Node.js of this
 * machine.
 * @param folder where the stages go
 */
export async function buildImage(checkout: string, folder: string): Promise<Image> {
  const files = execFileSync('git', ['ls-files'], { cwd: checkout, encoding: 'utf8' }).trim().split('\n');
  const context = contextOf(await readFile(join(checkout, '.dockerignore'), 'utf8'), files);
  const builds = new Map<string | undefined, StageBuild>();
  let last: StageBuild | undefined;
  for (const stage of stagesOf(await readFile(join(checkout, 'Dockerfile'), 'utf8'))) {
    last = new StageBuild(checkout, context, join(folder, String(builds.size)), builds);
    await last.run(stage);
    builds.set(stage.name, last);
  }
  if (last === undefined) throw new Error('The Dockerfile has no stage.');
  return last;
}

class StageBuild implements Image {
  env: Record<string, string> = {};
  user: string | undefined;
  command: readonly string[] = [];
  healthcheck: readonly string[] = [];
  private place = '/';

  constructor(
    private readonly checkout: string,
    private readonly context: readonly string[],
    readonly root: string,
    private readonly others: ReadonlyMap<string | undefined, StageBuild>,
  ) {}

  get workdir(): string {
    return join(this.root, this.place);
  }

  async run({ instructions }: Stage): Promise<void> {
    await mkdir(this.root, { recursive: true });
    for (const instruction of instructions) await this.follow(instruction);
  }

  private async follow(instruction: Instruction): Promise<void> {
    const { name, rest } = instruction;
    switch (name) {
      case 'WORKDIR':
        this.place = posix.resolve(this.place, rest);
        await mkdir(this.workdir, { recursive: true });
        return;
      case 'COPY':
        return this.copy(rest.split(' '));
      case 'RUN':
        process.stdout.write(`RUN ${rest}\n`);
        execFileSync('sh', ['-c', rest], {
          cwd: this.workdir,
          env: { PATH: process.env['PATH'], HOME: this.root, ...this.env },
          stdio: ['ignore', 'ignore', 'inherit'],
        });
        return;
      case 'ENV':
        for (const setting of rest.split(' ')) {
          const [variable = '', value = ''] = setting.split('=');
          this.env[variable] = value;
        }
        return;
      case 'USER':
        this.user = rest;
        return;
      case 'HEALTHCHECK':
        this.healthcheck = commandOf(instruction);
        return;
      case 'CMD':
        this.command = commandOf(instruction);
        return;
      case 'EXPOSE':
        return;
      default:
        throw new Error(`The test does not know the instruction ${name}.`);
    }
  }

  private async copy(words: string[]): Promise<void> {
    const [option = ''] = words;
    const from = option.startsWith('--from=') ? this.stageNamed(option.slice('--from='.length)) : undefined;
    const paths = from ? words.slice(1) : words;
    const target = join(this.workdir, paths.at(-1) ?? '');
    for (const path of paths.slice(0, -1)) {
      if (from) await copyAll(join(from.root, path), target);
      else await this.copyContext(path, target);
    }
  }

  private async copyContext(path: string, target: string): Promise<void> {
    if (path !== '.') {
      if (!this.context.includes(path)) throw new Error(`${path} is not in the context.`);
      return copyAll(join(this.checkout, path), join(target, basename(path)));
    }
    for (const file of this.context) await copyAll(join(this.checkout, file), join(target, file));
  }

  private stageNamed(name: string): StageBuild {
    const stage = this.others.get(name);
    if (stage === undefined) throw new Error(`There is no stage ${name}.`);
    return stage;
  }
}

const copyAll = (from: string, to: string): Promise<void> =>
  cp(from, to, { recursive: true, verbatimSymlinks: true });
