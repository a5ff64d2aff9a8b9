/** The class of a command that can be stored. Its data are its enumerable properties: plain JSON values. */
export interface CommandClass<C extends object = object> {
  /** Makes a command. */
  new (...parameters: never[]): C;
  /** Prototype of the instances. */
  readonly prototype: C;
  /** Name of the class; it is not stored. */
  readonly name: string;
}

/** No registered class describes a command that is about to be stored, or that was stored. */
export class UnknownCommandError extends Error {
  override readonly name = 'UnknownCommandError';
}

/** The classes of durable commands by their stable names. It rebuilds instances from stored data. */
export class CommandRegistry {
  private readonly classes = new Map<string, CommandClass>();
  private readonly names = new Map<unknown, string>();

  /**
   * @param commands classes by their stable names, such as `invoice.remind`
   * @throws Error when a name or a class is taken
   */
  register(commands: Readonly<Record<string, CommandClass>>): void {
    for (const [name, commandClass] of Object.entries(commands)) {
      const taken = this.classes.get(name);
      if (taken !== undefined && taken !== commandClass) {
        throw new Error(
          `Two command classes are called "${name}": ${taken.name} and ${commandClass.name}. Rename one of them.`,
        );
      }
      const other = this.names.get(commandClass);
      if (other !== undefined && other !== name) {
        throw new Error(
          `${commandClass.name} is called "${other}" and "${name}". Register a command under one name.`,
        );
      }
      this.classes.set(name, commandClass);
      this.names.set(commandClass, name);
    }
  }

  /** All registered classes by their stable names. */
  entries(): Iterable<readonly [name: string, commandClass: CommandClass]> {
    return this.classes.entries();
  }

  /** All registered names. */
  get types(): string[] {
    return [...this.classes.keys()];
  }

  /** Whether a stored command of this name can be rebuilt. */
  has(name: string): boolean {
    return this.classes.has(name);
  }

  /**
   * @returns the stable name of a command that is about to be stored
   * @throws UnknownCommandError when its class was never registered
   */
  nameOf(command: object): string {
    const name = this.names.get(command.constructor);
    if (name === undefined) {
      throw new UnknownCommandError(
        `${command.constructor.name} has no stable name: list it under "commands" in DurableCqrsModule.forFeature.`,
      );
    }
    return name;
  }

  /** @returns the stable name of a command, or the name of its class if it has none; for metrics and logs */
  labelOf(command: object): string {
    return this.names.get(command.constructor) ?? command.constructor.name;
  }

  /**
   * Rebuilds a command from its stored data.
   * @throws UnknownCommandError for a name that is not registered in this process
   */
  rebuild(name: string, data: Record<string, unknown>): object {
    const commandClass = this.classes.get(name);
    if (commandClass === undefined)
      throw new UnknownCommandError(
        `A stored command is called "${name}", but no class is registered under that name.`,
      );
    return Object.assign(Object.create(commandClass.prototype) as object, data);
  }
}
