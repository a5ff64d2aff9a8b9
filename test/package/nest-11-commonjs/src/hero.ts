import { AggregateRoot } from '@nestjs/cqrs';

export class HeroKilledDragon {
  constructor(
    readonly heroId: string,
    readonly dragonId: string,
  ) {}
}

export class HeroFoundItem {
  constructor(
    readonly heroId: string,
    readonly itemId: string,
  ) {}
}

export class Hero extends AggregateRoot {
  readonly dragons: string[] = [];
  readonly items: string[] = [];

  constructor(readonly id: string) {
    super();
  }

  /** @returns whether the dragon was alive */
  killDragon(dragonId: string): boolean {
    if (this.dragons.includes(dragonId)) return false;
    this.apply(new HeroKilledDragon(this.id, dragonId));
    return true;
  }

  addItem(itemId: string): void {
    this.apply(new HeroFoundItem(this.id, itemId));
  }

  onHeroKilledDragon({ dragonId }: HeroKilledDragon): void {
    this.dragons.push(dragonId);
  }

  onHeroFoundItem({ itemId }: HeroFoundItem): void {
    this.items.push(itemId);
  }
}
