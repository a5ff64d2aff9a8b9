import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { EventStore } from 'durable-cqrs';
import { course, CourseOpened, enrol, fillSeat, leave } from './course.js';

export class OpenCourse extends Command<void> {
  constructor(
    readonly courseId: string,
    readonly capacity: number,
  ) {
    super();
  }
}

export class Enrol extends Command<'enrolled' | 'queued'> {
  constructor(
    readonly courseId: string,
    readonly studentId: string,
  ) {
    super();
  }
}

export class Leave extends Command<void> {
  constructor(
    readonly courseId: string,
    readonly studentId: string,
  ) {
    super();
  }
}

/** Stored by the saga, so it is plain data. */
export class FillSeat {
  constructor(readonly courseId: string) {}
}

@CommandHandler(OpenCourse)
export class OpenCourseHandler implements ICommandHandler<OpenCourse> {
  constructor(private readonly store: EventStore) {}

  async execute({ courseId, capacity }: OpenCourse): Promise<void> {
    await this.store.transact((tx) => {
      if (tx.create(course, courseId).version > 0) return;
      tx.append(course, courseId, [new CourseOpened({ courseId, capacity })]);
    });
  }
}

@CommandHandler(Enrol)
export class EnrolHandler implements ICommandHandler<Enrol> {
  constructor(private readonly store: EventStore) {}

  async execute({ courseId, studentId }: Enrol): Promise<'enrolled' | 'queued'> {
    return this.store.transact((tx) => {
      const { state } = tx.load(course, courseId);
      const { enrolled } = tx.append(course, courseId, enrol(state, courseId, studentId)).state;
      return enrolled.includes(studentId) ? 'enrolled' : 'queued';
    });
  }
}

@CommandHandler(Leave)
export class LeaveHandler implements ICommandHandler<Leave> {
  constructor(private readonly store: EventStore) {}

  async execute({ courseId, studentId }: Leave): Promise<void> {
    await this.store.transact((tx) => {
      tx.append(course, courseId, leave(tx.load(course, courseId).state, courseId, studentId));
    });
  }
}

@CommandHandler(FillSeat)
export class FillSeatHandler implements ICommandHandler<FillSeat> {
  constructor(private readonly store: EventStore) {}

  async execute({ courseId }: FillSeat): Promise<void> {
    await this.store.transact((tx) => {
      tx.append(course, courseId, fillSeat(tx.load(course, courseId).state, courseId));
    });
  }
}
