import { Injectable } from '@nestjs/common';
import { ofType, Saga } from '@nestjs/cqrs';
import { DurableSaga } from 'durable-cqrs';
import { map, type Observable } from 'rxjs';
import { FillSeat } from './commands.js';
import { StudentLeft } from './course.js';

/** Whoever leaves makes room for the first student in the queue. */
@Injectable()
export class SeatsSaga {
  @Saga()
  @DurableSaga({ name: 'seats' })
  readonly fill = (events$: Observable<object>): Observable<FillSeat> =>
    events$.pipe(
      ofType(StudentLeft),
      map(({ courseId }) => new FillSeat(courseId)),
    );
}
