import { Module } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { DurableCqrsModule, event, EventStore, type Decider } from 'durable-cqrs';

export class HeroHired extends event('hero.hired')<{ heroId: string }>() {}

export const hero: Decider<{ isHired: boolean }, HeroHired> = {
  category: 'hero',
  initialState: { isHired: false },
  evolve: () => ({ isHired: true }),
};

export class HireHero extends Command<boolean> {
  constructor(readonly heroId: string) {
    super();
  }
}

@CommandHandler(HireHero)
class HireHeroHandler implements ICommandHandler<HireHero> {
  constructor(private readonly store: EventStore) {}

  execute({ heroId }: HireHero): Promise<boolean> {
    return this.store.transact((tx) => {
      if (tx.load(hero, heroId).state.isHired) return false;
      tx.append(hero, heroId, [new HeroHired({ heroId })]);
      return true;
    });
  }
}

@Module({
  imports: [DurableCqrsModule.forFeature({ events: [HeroHired], deciders: [hero] })],
  providers: [HireHeroHandler],
})
export class HeroesModule {}
