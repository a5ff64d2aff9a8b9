import { Module, type DynamicModule } from '@nestjs/common';
import { commandSchema, DurableCqrsModule } from 'durable-cqrs';
import { EnrolHandler, FillSeat, FillSeatHandler, LeaveHandler, OpenCourseHandler } from './commands.js';
import { course, CourseOpened, StudentEnrolled, StudentLeft, StudentQueued } from './course.js';
import { CreateRosters1790000000000, GetRosterHandler, Roster, RostersProjection } from './rosters.js';
import { SeatsSaga } from './seats.saga.js';

/** Exported without a type, so that the compiler has to name the types of the package in the declaration. */
export const logOptions = { type: 'postgres' as const, ...commandSchema };

@Module({
  providers: [
    OpenCourseHandler,
    EnrolHandler,
    LeaveHandler,
    FillSeatHandler,
    RostersProjection,
    GetRosterHandler,
    SeatsSaga,
  ],
})
export class AppModule {
  static at(url: string): DynamicModule {
    const durable = DurableCqrsModule.forRoot({
      url,
      events: [CourseOpened, StudentEnrolled, StudentQueued, StudentLeft],
      commands: { 'course.fill-seat': FillSeat },
      deciders: [course],
      entities: [Roster],
      migrations: [CreateRosters1790000000000],
    });
    return { module: AppModule, imports: [durable] };
  }
}
