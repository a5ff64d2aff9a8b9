import { Injectable } from '@nestjs/common';
import { AggregateRoot, CommandHandler, EventPublisher, type ICommandHandler } from '@nestjs/cqrs';
import { AggregateRepository, DomainError } from '../../../src/event-sourcing/index.js';

/** The classes of a game, written as the documentation of Nest writes them. */
export class DragonKilled {
  constructor(
    readonly heroId: string,
    readonly dragonId: string,
  ) {}
}

export class ItemFound {
  constructor(
    readonly heroId: string,
    readonly itemId: string,
  ) {}
}

export const heroEvents = { 'hero.dragon-killed': DragonKilled, 'hero.item-found': ItemFound };

export class Hero extends AggregateRoot {
  readonly dragons: string[] = [];
  readonly items: string[] = [];

  constructor(readonly id: string) {
    super();
  }

  kill(dragonId: string): void {
    if (this.dragons.includes(dragonId))
      throw new DomainError('DRAGON_IS_DEAD', `${dragonId} is dead already.`);
    this.apply(new DragonKilled(this.id, dragonId));
  }

  find(itemId: string): void {
    this.apply(new ItemFound(this.id, itemId));
  }

  onDragonKilled({ dragonId }: DragonKilled): void {
    this.dragons.push(dragonId);
  }

  onItemFound({ itemId }: ItemFound): void {
    this.items.push(itemId);
  }
}

@Injectable()
export class Heroes extends AggregateRepository<Hero> {
  readonly category = 'hero';
  create(id: string): Hero {
    return new Hero(id);
  }
}

export class KillDragon {
  constructor(
    readonly heroId: string,
    readonly dragonId: string,
  ) {}
}

/** As in the documentation of Nest. */
@CommandHandler(KillDragon)
export class KillDragonHandler implements ICommandHandler<KillDragon> {
  constructor(
    private readonly heroes: Heroes,
    private readonly publisher: EventPublisher,
  ) {}

  async execute({ heroId, dragonId }: KillDragon): Promise<{ version: number }> {
    const hero = this.publisher.mergeObjectContext(await this.heroes.load(heroId));
    hero.kill(dragonId);
    hero.commit();
    return { version: this.heroes.versionOf(hero) };
  }
}
