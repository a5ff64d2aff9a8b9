import { Injectable, Module } from '@nestjs/common';
import * as cqrs from '@nestjs/cqrs';
import { AggregateRepository, DurableCqrsModule, DurableSaga } from 'durable-cqrs';
import { delay, map, type Observable } from 'rxjs';
import { Hero, HeroFoundItem, HeroKilledDragon } from './hero';

export class KillDragon extends cqrs.Command<{ wasAlive: boolean }> {
  constructor(
    readonly heroId: string,
    readonly dragonId: string,
  ) {
    super();
  }
}

export class DropAncientItem {
  constructor(
    readonly heroId: string,
    readonly itemId: string,
  ) {}
}

export class GetHero extends cqrs.Query<Hero> {
  constructor(readonly heroId: string) {
    super();
  }
}

@Injectable()
export class Heroes extends AggregateRepository<Hero> {
  readonly category = 'hero';
  create(id: string) {
    return new Hero(id);
  }
}

@cqrs.CommandHandler(KillDragon)
export class KillDragonHandler implements cqrs.ICommandHandler<KillDragon> {
  constructor(private readonly heroes: Heroes) {}
  async execute({ heroId, dragonId }: KillDragon) {
    const hero = await this.heroes.load(heroId);
    const wasAlive = hero.killDragon(dragonId);
    hero.commit();
    return { wasAlive };
  }
}

@cqrs.CommandHandler(DropAncientItem)
export class DropAncientItemHandler implements cqrs.ICommandHandler<DropAncientItem> {
  constructor(private readonly heroes: Heroes) {}
  async execute({ heroId, itemId }: DropAncientItem) {
    await this.heroes.change(heroId, (hero) => hero.addItem(itemId));
  }
}

@cqrs.QueryHandler(GetHero)
export class GetHeroHandler implements cqrs.IQueryHandler<GetHero> {
  constructor(private readonly heroes: Heroes) {}
  execute = ({ heroId }: GetHero) => this.heroes.load(heroId);
}

export class HeroesSagas {
  @cqrs.Saga()
  @DurableSaga({ name: 'hero.treasures' })
  dragonKilled = (events: Observable<object>) =>
    events.pipe(
      cqrs.ofType(HeroKilledDragon),
      delay(1000),
      map(({ heroId, dragonId }) => new DropAncientItem(heroId, `treasure of ${dragonId}`)),
    );
}

const feature = DurableCqrsModule.forFeature({
  events: { 'hero.killed-dragon': HeroKilledDragon, 'hero.found-item': HeroFoundItem },
  commands: { 'hero.drop-ancient-item': DropAncientItem },
});
const handlers = [KillDragonHandler, DropAncientItemHandler, GetHeroHandler, HeroesSagas];

@Module({ imports: [feature], providers: [Heroes, ...handlers] })
export class HeroesModule {}
