import { DomainError, event, type Decider } from 'durable-cqrs';

export class CourseOpened extends event('course.opened')<{ courseId: string; capacity: number }>() {}
export class StudentEnrolled extends event('course.student-enrolled')<{
  courseId: string;
  studentId: string;
}>() {}
export class StudentQueued extends event('course.student-queued')<{
  courseId: string;
  studentId: string;
}>() {}
export class StudentLeft extends event('course.student-left')<{ courseId: string; studentId: string }>() {}

export type CourseEvent = CourseOpened | StudentEnrolled | StudentQueued | StudentLeft;

export interface Course {
  readonly capacity: number;
  readonly enrolled: readonly string[];
  readonly waiting: readonly string[];
}

export const course: Decider<Course, CourseEvent> = {
  category: 'course',
  initialState: { capacity: 0, enrolled: [], waiting: [] },
  evolve: (state, event) => {
    switch (event.type) {
      case 'course.opened':
        return { ...state, capacity: event.capacity };
      case 'course.student-enrolled':
        return {
          ...state,
          enrolled: [...state.enrolled, event.studentId],
          waiting: state.waiting.filter((id) => id !== event.studentId),
        };
      case 'course.student-queued':
        return { ...state, waiting: [...state.waiting, event.studentId] };
      case 'course.student-left':
        return { ...state, enrolled: state.enrolled.filter((id) => id !== event.studentId) };
    }
  },
};

/** A student gets a seat, or a place in the queue if the course is full. */
export function enrol(state: Course, courseId: string, studentId: string): CourseEvent[] {
  if (state.capacity === 0) throw new DomainError('COURSE_NOT_FOUND', `There is no course ${courseId}.`);
  if ([...state.enrolled, ...state.waiting].includes(studentId)) return [];
  const isFull = state.enrolled.length >= state.capacity;
  return [isFull ? new StudentQueued({ courseId, studentId }) : new StudentEnrolled({ courseId, studentId })];
}

export function leave(state: Course, courseId: string, studentId: string): CourseEvent[] {
  return state.enrolled.includes(studentId) ? [new StudentLeft({ courseId, studentId })] : [];
}

/** Gives a free seat to the first student in the queue. */
export function fillSeat({ capacity, enrolled, waiting }: Course, courseId: string): CourseEvent[] {
  const [studentId] = waiting;
  if (studentId === undefined || enrolled.length >= capacity) return [];
  return [new StudentEnrolled({ courseId, studentId })];
}
