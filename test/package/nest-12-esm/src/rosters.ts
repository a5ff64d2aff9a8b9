import { EventsHandler, Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import {
  BEHIND,
  DomainError,
  LiveViews,
  Projection,
  type RecordedEvent,
  type ViewProjection,
} from 'durable-cqrs';
import { Column, Entity, PrimaryColumn, type MigrationInterface, type QueryRunner } from 'typeorm';
import { CourseOpened, StudentEnrolled, StudentLeft } from './course.js';

@Entity({ name: 'rosters' })
export class Roster {
  @PrimaryColumn({ name: 'course_id', type: 'text' })
  courseId!: string;

  @Column({ type: 'integer' })
  capacity!: number;

  @Column({ type: 'text', array: true })
  students!: string[];
}

export class CreateRosters1790000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE TABLE rosters (course_id text PRIMARY KEY, capacity integer NOT NULL, students text[] NOT NULL)',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE rosters');
  }
}

type RosterEvent = CourseOpened | StudentEnrolled | StudentLeft;

@EventsHandler(CourseOpened, StudentEnrolled, StudentLeft)
@Projection({ name: 'rosters', view: Roster })
export class RostersProjection implements ViewProjection<Roster, RosterEvent> {
  keyOf({ event }: RecordedEvent<RosterEvent>): string {
    return event.courseId;
  }

  evolve(row: Roster | undefined, { event }: RecordedEvent<RosterEvent>): Roster {
    const { courseId, capacity, students } = row ?? { courseId: event.courseId, capacity: 0, students: [] };
    switch (event.type) {
      case 'course.opened':
        return { courseId, capacity: event.capacity, students };
      case 'course.student-enrolled':
        return { courseId, capacity, students: [...students, event.studentId] };
      case 'course.student-left':
        return { courseId, capacity, students: students.filter((id) => id !== event.studentId) };
    }
  }
}

export class GetRoster extends Query<readonly string[]> {
  constructor(readonly courseId: string) {
    super();
  }
}

@QueryHandler(GetRoster)
export class GetRosterHandler implements IQueryHandler<GetRoster> {
  constructor(private readonly views: LiveViews) {}

  async execute({ courseId }: GetRoster): Promise<readonly string[]> {
    const row = await this.views.of(RostersProjection).read(courseId);
    if (row === BEHIND) throw new DomainError('VIEW_BEHIND', 'The roster is not known yet. Retry.');
    return row?.students ?? [];
  }
}
